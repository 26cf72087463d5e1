package io.clauderoutes.redact;

import java.util.List;

/** The international bank account number: its length is its country's, its two check digits are a sum modulo 97. */
final class Iban {

    /** Of the length of some country; of its own country's is for {@link #isValid} to say. */
    static final String PATTERN = "[A-Za-z]{2}[0-9]{2}([ \\-]?[A-Za-z0-9]){11,29}";

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

    private static final byte[] LENGTHS = lengths();

    private Iban() {}

    static boolean isValid(CharSequence text) {
        int wanted = LENGTHS[country(text)];
        if (wanted == 0 || text.length() < wanted || text.length() > 2 * wanted || count(text) != wanted) {
            return false;
        }
        int length = 0;
        int head = 0;
        int rest = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = Character.digit(text.charAt(i), 36);
            if (value >= 0) {
                head = length < 4 ? take(head, value) : head;
                rest = length < 4 ? rest : take(rest, value);
                length++;
            }
        }
        // Moved to the end, the country's two letters and the two check digits are six decimal places.
        return (rest * (1_000_000 % 97) + head) % 97 == 1;
    }

    /** Letters and digits; anything else in it is a separator. */
    private static int count(CharSequence text) {
        int count = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ' ' && c != '-') {
                count++;
            }
        }
        return count;
    }

    /** A number for the two letters that a text begins with. */
    private static int country(CharSequence text) {
        return Character.digit(text.charAt(0), 36) * 36 + Character.digit(text.charAt(1), 36);
    }

    private static byte[] lengths() {
        byte[] lengths = new byte[36 * 36];
        for (String line : COUNTRIES_BY_LENGTH) {
            String[] parts = line.split(" ", -1);
            for (int i = 1; i < parts.length; i++) {
                lengths[country(parts[i])] = Byte.parseByte(parts[0]);
            }
        }
        return lengths;
    }

    private static int take(int remainder, int value) {
        return (remainder * (value < 10 ? 10 : 100) + value) % 97;
    }
}
