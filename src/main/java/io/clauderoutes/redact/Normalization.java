package io.clauderoutes.redact;

import java.text.Normalizer;

/**
 * The plain character that a look-alike stands for, one code point at a time, so that a match found in folded text has
 * the same place in the text as it is. Invisible characters fold to nothing.
 */
final class Normalization {

    /** An invisible character or a combining mark: passed over. */
    static final int NOTHING = -1;
    /** A letter of a script that writes words apart, such as é or ж. */
    static final int LETTER = -2;
    /** No part of anything that is looked for. */
    static final int OTHER = -3;

    private static final String LOOK_ALIKES =
            // Cyrillic
            "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425"
                    + "\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u04bb\u051b\u051d"
                    // Greek
                    + "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf";
    private static final String LATIN = "ABESIJKMHOPCTYXaesijopcyxhqwABEZHIKMNOPTYXo";

    private Normalization() {}

    /** Made once, for to ask about a character that is not plain takes a thousand times as long. */
    private static final byte[] BASIC = table(0, 0x10000);

    private static final int MATHEMATICAL = 0x1d400;
    private static final byte[] MATHEMATICAL_LETTERS = table(MATHEMATICAL, 0x400);

    private static byte[] table(int first, int size) {
        byte[] table = new byte[size];
        for (int i = 0; i < size; i++) {
            table[i] = (byte) made(first + i);
        }
        return table;
    }

    /** A character below 128, or one of the constants above. */
    static int of(int codePoint) {
        if (codePoint < BASIC.length) {
            return BASIC[codePoint];
        }
        int mathematical = codePoint - MATHEMATICAL;
        return mathematical >= 0 && mathematical < MATHEMATICAL_LETTERS.length
                ? MATHEMATICAL_LETTERS[mathematical]
                : made(codePoint);
    }

    private static int made(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint;
        }
        if (codePoint >= 0xff01 && codePoint <= 0xff5e) {
            return codePoint - 0xfee0;
        }
        return switch (Character.getType(codePoint)) {
            case Character.FORMAT, Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> NOTHING;
            case Character.SPACE_SEPARATOR -> ' ';
            case Character.DASH_PUNCTUATION -> '-';
            case Character.DECIMAL_DIGIT_NUMBER -> '0' + Character.digit(codePoint, 10);
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.OTHER_LETTER,
                    Character.MODIFIER_LETTER -> letter(codePoint);
            case Character.OTHER_NUMBER,
                    Character.LETTER_NUMBER,
                    Character.OTHER_SYMBOL,
                    Character.MATH_SYMBOL,
                    Character.OTHER_PUNCTUATION -> compatible(codePoint);
            default -> OTHER;
        };
    }

    private static int letter(int codePoint) {
        if (isFiller(codePoint)) {
            return NOTHING;
        }
        if (codePoint >= 0x391 && codePoint <= 0x51d) {
            int i = LOOK_ALIKES.indexOf(codePoint);
            return i < 0 ? LETTER : LATIN.charAt(i);
        }
        int plain = compatible(codePoint);
        if (plain != OTHER) {
            return plain;
        }
        return codePoint < 0xe00 || isBetween(0x1e00, codePoint, 0x1fff) ? LETTER : OTHER;
    }

    /** Letters of Hangul that have no shape. */
    private static boolean isFiller(int codePoint) {
        return codePoint == 0x115f || codePoint == 0x1160 || codePoint == 0x3164 || codePoint == 0xffa0;
    }

    private static int compatible(int codePoint) {
        if (codePoint == 0x2212) {
            return '-';
        }
        if (!hasCompatibleForms(codePoint)) {
            return OTHER;
        }
        String plain = Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFKC);
        return plain.length() == 1 && plain.charAt(0) < 0x80 ? plain.charAt(0) : OTHER;
    }

    /** The blocks in which plain characters have doubles; asking the normalizer about every character would be slow. */
    private static boolean hasCompatibleForms(int codePoint) {
        return codePoint < 0xbf
                || codePoint == 0x17f
                || isBetween(0x2b0, codePoint, 0x2b8)
                || isBetween(0x1d2c, codePoint, 0x1d6a)
                || isBetween(0x2024, codePoint, 0x217f)
                || isBetween(0x2460, codePoint, 0x24ea)
                || isBetween(0xfe50, codePoint, 0xfe6f)
                || isBetween(0x1d400, codePoint, 0x1d7ff)
                || isBetween(0x1f130, codePoint, 0x1f149);
    }

    private static boolean isBetween(int low, int codePoint, int high) {
        return low <= codePoint && codePoint <= high;
    }
}
