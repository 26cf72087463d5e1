package io.clauderoutes.redact;

/** Tells a telephone number from other numbers of the same looks. */
final class PhoneNumber {

    private PhoneNumber() {}

    /** From 8 to 15 digits, and not an amount such as {@code +12.345.678}. */
    static boolean isPlausible(CharSequence text) {
        int digits = 0;
        int group = 0;
        boolean thousands = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Check.isDigit(c)) {
                digits++;
                group++;
            } else if (c != '+') {
                thousands &= c == '.' && (digits == group ? group <= 3 : group == 3);
                group = 0;
            }
        }
        thousands &= group == 3 && digits > group;
        return digits >= 8 && digits <= 15 && !thousands;
    }
}
