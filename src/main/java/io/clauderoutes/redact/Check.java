package io.clauderoutes.redact;

/** What a pattern cannot say about a number. The text it is asked about is already folded to plain characters. */
enum Check {
    NONE {
        @Override
        boolean passes(CharSequence match) {
            return true;
        }
    },
    LUHN {
        @Override
        boolean passes(CharSequence match) {
            return CardNumber.hasCheckDigit(match);
        }
    },
    ISSUED_CARD {
        @Override
        boolean passes(CharSequence match) {
            return CardNumber.isIssued(match) && CardNumber.hasCheckDigit(match);
        }
    },
    ISSUED_SSN {
        @Override
        boolean passes(CharSequence match) {
            return SocialSecurityNumber.isIssued(match);
        }
    },
    IBAN {
        @Override
        boolean passes(CharSequence match) {
            return Iban.isValid(match);
        }
    },
    PHONE {
        @Override
        boolean passes(CharSequence match) {
            return PhoneNumber.isPlausible(match);
        }
    };

    abstract boolean passes(CharSequence match);

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
