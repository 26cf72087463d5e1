package io.clauderoutes.redact;

/** The rules of payment card numbers. */
final class CardNumber {

    private CardNumber() {}

    /** The Luhn sum. All zeros would pass it and is no card. */
    static boolean hasCheckDigit(CharSequence number) {
        int sum = 0;
        int count = 0;
        int seen = 0;
        for (int i = number.length() - 1; i >= 0; i--) {
            char c = number.charAt(i);
            if (!Check.isDigit(c)) {
                continue;
            }
            int digit = c - '0';
            seen |= digit;
            int weighed = count % 2 == 0 ? digit : digit * 2;
            sum += weighed > 9 ? weighed - 9 : weighed;
            count++;
        }
        return seen != 0 && sum % 10 == 0;
    }

    /** A known issuer's prefix with a length that this issuer uses. */
    static boolean isIssued(CharSequence number) {
        int length = 0;
        int prefix = 0;
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (Check.isDigit(c)) {
                if (length < 4) {
                    prefix = prefix * 10 + (c - '0');
                }
                length++;
            }
        }
        return switch (length) {
            case 13 -> isVisa(prefix) || isMaestro(prefix);
            case 14 -> isDiners(prefix) || isMaestro(prefix);
            case 15 -> isAmex(prefix) || isUatp(prefix) || prefix == 2131 || prefix == 1800 || isMaestro(prefix);
            case 16 -> isOfSixteenDigits(prefix);
            case 17, 18 -> isMaestro(prefix) || isUnionPay(prefix);
            case 19 -> isVisa(prefix) || isMaestro(prefix) || isUnionPay(prefix) || isJcb(prefix);
            default -> false;
        };
    }

    private static boolean isOfSixteenDigits(int prefix) {
        return isVisa(prefix)
                || isMastercard(prefix)
                || isDiscover(prefix)
                || isJcb(prefix)
                || isUnionPay(prefix)
                || isMaestro(prefix)
                || isDiners(prefix)
                || isOfOneCountry(prefix);
    }

    private static boolean isMastercard(int prefix) {
        return (prefix >= 5100 && prefix <= 5599) || (prefix >= 2221 && prefix <= 2720);
    }

    private static boolean isDiscover(int prefix) {
        return prefix == 6011 || (prefix >= 6440 && prefix <= 6599);
    }

    /** Mir, RuPay and Troy. */
    private static boolean isOfOneCountry(int prefix) {
        return (prefix >= 2200 && prefix <= 2204)
                || prefix / 100 == 82
                || prefix / 10 == 508
                || prefix / 10 == 353
                || prefix / 10 == 356
                || prefix == 9792;
    }

    private static boolean isVisa(int prefix) {
        return prefix / 1000 == 4;
    }

    private static boolean isAmex(int prefix) {
        return prefix / 100 == 34 || prefix / 100 == 37;
    }

    private static boolean isUatp(int prefix) {
        return prefix / 1000 == 1;
    }

    private static boolean isDiners(int prefix) {
        int two = prefix / 100;
        int three = prefix / 10;
        return two == 36 || two == 38 || two == 39 || (three >= 300 && three <= 305) || three == 309;
    }

    private static boolean isJcb(int prefix) {
        return prefix >= 3528 && prefix <= 3589;
    }

    private static boolean isUnionPay(int prefix) {
        return prefix / 100 == 62 || prefix / 100 == 81;
    }

    private static boolean isMaestro(int prefix) {
        return prefix / 100 == 50 || (prefix / 100 >= 56 && prefix / 1000 <= 6);
    }
}
