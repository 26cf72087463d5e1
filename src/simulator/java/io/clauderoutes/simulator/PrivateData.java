package io.clauderoutes.simulator;

import java.math.BigInteger;
import java.util.Locale;
import java.util.SplittableRandom;

/** Made-up data of the kinds that should not leave a house. All of it passes the checks that the real thing passes. */
final class PrivateData {

    /** Number ranges that card networks set aside for tests. */
    private static final String[] CARD_BEGINNINGS = {"424242", "400000", "555555", "510510"};

    private static final String[] NAMES = {"ada", "grace", "alan", "edsger", "barbara"};
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private PrivateData() {}

    static String card(SplittableRandom random, char separator) {
        StringBuilder digits = new StringBuilder(CARD_BEGINNINGS[random.nextInt(CARD_BEGINNINGS.length)]);
        while (digits.length() < 15) {
            digits.append((char) ('0' + random.nextInt(10)));
        }
        digits.append(luhnDigit(digits));
        return digits.insert(12, separator)
                .insert(8, separator)
                .insert(4, separator)
                .toString();
    }

    static String socialSecurityNumber(SplittableRandom random) {
        int area = 1 + random.nextInt(665);
        int group = 1 + random.nextInt(99);
        int serial = 1 + random.nextInt(9_999);
        return padded(area, 3) + '-' + padded(group, 2) + '-' + padded(serial, 4);
    }

    static String email(SplittableRandom random, String topic) {
        String word = topic.toLowerCase(Locale.ROOT);
        String box = word.chars().allMatch(c -> c >= 'a' && c <= 'z') ? word : "desk";
        return NAMES[random.nextInt(NAMES.length)] + "." + box + "@example.com";
    }

    static String iban(SplittableRandom random) {
        String account = padded(10_000_000 + random.nextInt(89_999_999), 8) + padded(random.nextInt(1_000_000_000), 10);
        // Letters count as 10 to 35, the country and "00" stand at the end: D=13, E=14.
        int rest =
                new BigInteger(account + "131400").mod(BigInteger.valueOf(97)).intValue();
        String compact = "DE" + padded(98 - rest, 2) + account;
        return compact.replaceAll("(.{4})(?=.)", "$1 ");
    }

    static String apiKey(SplittableRandom random) {
        StringBuilder key = new StringBuilder("sk-ant-api03-");
        for (int i = 0; i < 80; i++) {
            key.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return key.append("-simAA").toString();
    }

    private static char luhnDigit(CharSequence digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int doubled = i % 2 == 0 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return (char) ('0' + (10 - sum % 10) % 10);
    }

    private static String padded(int number, int digits) {
        String text = Integer.toString(number);
        return "0".repeat(digits - text.length()) + text;
    }
}
