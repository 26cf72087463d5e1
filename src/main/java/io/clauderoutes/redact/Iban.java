package io.clauderoutes.redact;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The international bank account number: its length is its country's, its two check digits are a sum modulo 97. */
final class Iban {

    /** Countries by the length of their IBAN, from the SWIFT registry and the countries that use it unregistered. */
    private static final List<String> COUNTRIES_BY_LENGTH = List.of(
            "15 NO",
            "16 BE",
            "18 DK FI FK FO GL NL SD",
            "19 MK SI",
            "20 AT BA EE KZ LT LU MN XK",
            "21 CH HR LI LV",
            "22 BG BH CR DE GB GE IE ME RS VA",
            "23 AE GI IL IQ OM SO TL",
            "24 AD CZ ES MD PK RO SA SE SK TN VG",
            "25 LY PT ST",
            "26 IS TR",
            "27 BI CF CG CM DJ FR GA GQ GR IT KM MC MR SM TD",
            "28 AL AZ BF BJ BY CI CY DO GT HN HU LB MA MG ML MZ NE NI PL SN SV TG",
            "29 BR EG PS QA UA",
            "30 JO KW MU YE",
            "31 MT SC",
            "32 LC",
            "33 RU");

    private Iban() {}

    /**
     * One pattern for all countries, each with exactly its own number of characters. The long ones come first and share
     * their ends with the shorter ones, which keeps the pattern small.
     */
    static String pattern() {
        String character = "[ \\-]?[A-Za-z0-9]";
        String pattern = "";
        int open = 0;
        for (int i = COUNTRIES_BY_LENGTH.size() - 1; i >= 0; i--) {
            String line = COUNTRIES_BY_LENGTH.get(i);
            int length = Integer.parseInt(line.substring(0, 2));
            String heads = "(" + codes(line) + ")[ \\-]?[0-9][0-9]";
            pattern = open == 0 ? heads : "(" + pattern + ")(" + character + "){" + (open - length) + "}|" + heads;
            open = length;
        }
        return "(" + pattern + ")(" + character + "){" + (open - 4) + "}";
    }

    private static String codes(String line) {
        List<String> codes = new ArrayList<>();
        for (int i = 3; i < line.length(); i += 3) {
            String code = line.substring(i, i + 2);
            codes.add(code);
            codes.add(code.toLowerCase(Locale.ROOT));
        }
        return String.join("|", codes);
    }

    static boolean hasCheckDigits(CharSequence iban) {
        int rest = 0;
        int seen = 0;
        int head = 0;
        for (int i = 0; i < iban.length(); i++) {
            int value = Character.digit(iban.charAt(i), 36);
            if (value < 0) {
                continue;
            }
            if (seen < 4) {
                head = take(head, value);
            } else {
                rest = take(rest, value);
            }
            seen++;
        }
        // Moved to the end, the country's two letters and the two check digits are six decimal places.
        return (rest * (1_000_000 % 97) + head) % 97 == 1;
    }

    private static int take(int remainder, int value) {
        return (remainder * (value < 10 ? 10 : 100) + value) % 97;
    }
}
