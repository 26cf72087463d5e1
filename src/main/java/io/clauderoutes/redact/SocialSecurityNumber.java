package io.clauderoutes.redact;

/**
 * Which nine digits can be a US social security number. Areas from 900 up are taxpayer numbers (ITIN) in the same form
 * and count as well where their group is in use, since they are as personal.
 */
final class SocialSecurityNumber {

    private SocialSecurityNumber() {}

    static boolean isIssued(CharSequence text) {
        int number = 0;
        char first = 0;
        char second = 0;
        int digits = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Check.isDigit(c)) {
                number = number * 10 + (c - '0');
                digits++;
            } else if (digits == 3) {
                first = c;
            } else {
                second = c;
            }
        }
        return digits == 9
                && (first == second || second == 0 || first == 0)
                && isIssued(number / 1_000_000, number / 10_000 % 100, number % 10_000)
                && number != 123_456_789
                && number != 78_051_120
                && number / 10 != 98_765_432
                && number % 111_111_111 != 0;
    }

    private static boolean isIssued(int area, int group, int serial) {
        if (area == 0 || area == 666 || group == 0 || serial == 0) {
            return false;
        }
        return area < 900 || isTaxpayerGroup(group);
    }

    private static boolean isTaxpayerGroup(int group) {
        boolean unused = group < 50 || group == 89 || group == 93 || (group >= 66 && group <= 69);
        return !unused;
    }
}
