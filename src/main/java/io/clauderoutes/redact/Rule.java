package io.clauderoutes.redact;

import java.util.Optional;

/**
 * One pattern. A pattern without a border at its end is acted upon as soon as it has matched, and then takes in all that
 * still fits; this is how a key of any length is redacted with little text held back. A match with fewer characters than
 * {@code shortest} does not count.
 *
 * @param kind what the pattern finds; empty: harmless text, within which no number is redacted
 */
record Rule(Optional<Kind> kind, String pattern, Border border, Check check, int shortest) {

    enum Border {
        /** A word border on both sides. */
        BOTH,
        /** No digit on either side; letters may touch the match. */
        DIGITS,
        /** A word border before it; it ends where it ends. */
        START,
        /** Also within a word. */
        NONE
    }

    Rule {
        if ((border == Border.START || border == Border.NONE) && check != Check.NONE) {
            throw new IllegalArgumentException(kind + ": a rule that is acted upon at once cannot be checked");
        }
    }

    /** Text that looks like a number to redact and is none: a UUID, a hash, a decimal. */
    static Rule harmless(String pattern, Border border) {
        return new Rule(Optional.empty(), pattern, border, Check.NONE, 0);
    }

    boolean isHarmless() {
        return kind.isEmpty();
    }

    /** Whether it finds numbers, which count only outside of harmless text. */
    boolean isNumber() {
        return kind.filter(Kind::isNumber).isPresent();
    }

    /** Why a text counts as a match. */
    String why() {
        return switch (check) {
            case LUHN -> "16 digits with a right check digit";
            case ISSUED_CARD -> "13 to 19 digits with a right check digit and a known issuer";
            case ISSUED_SSN -> "9 digits with an area that is issued";
            case IBAN -> "the length of its country and a right check sum";
            case PHONE -> "the form of a telephone number";
            case NONE -> kind.map(Rule::form).orElse("harmless");
        };
    }

    private static String form(Kind kind) {
        return switch (kind) {
            case CARD -> "16 digits, in a row or in fours with one separator";
            case SSN -> "9 digits, in a row or as 3-2-4 with one separator";
            case EMAIL -> "the form of an address";
            default -> "the form of a provider's key or token";
        };
    }

    /** Whether what follows a match decides on it. */
    boolean isCheckedAtEnd() {
        return border == Border.BOTH || border == Border.DIGITS;
    }

    /** Whether a match may begin behind such a character. */
    boolean mayBegin(Before before) {
        return switch (border) {
            case NONE -> true;
            case DIGITS -> before != Before.DIGIT;
            case BOTH, START -> before == Before.BORDER;
        };
    }

    /** What stands before the place where a match would begin. */
    enum Before {
        BORDER(0),
        LETTER(1),
        DIGIT(2);

        private final int number;

        Before(int number) {
            this.number = number;
        }

        /** Counts from zero. */
        int number() {
            return number;
        }
    }
}
