package io.clauderoutes.check.pattern;

/** What must stand at an end of a match. */
enum Border {
    /** Anything. */
    NONE,
    /** A word border ({@code \b}). */
    WORD,
    /** No word border ({@code \B}). */
    NOT_WORD,
    /** The begin or the end of the text ({@code ^}, {@code $}). */
    TEXT,
    /** The begin or the end of a line ({@code ^}, {@code $} with the flag {@code m}). */
    LINE;

    /** What stands beyond the text. */
    static final int NOTHING = -1;

    /**
     * Whether the border is there.
     *
     * @param inside the first or last character of the match
     * @param outside the character beside the match, or {@link #NOTHING}
     */
    boolean isAt(int inside, int outside) {
        return switch (this) {
            case NONE -> true;
            case WORD -> isWord(inside) != isWord(outside);
            case NOT_WORD -> isWord(inside) == isWord(outside);
            case TEXT -> outside == NOTHING;
            case LINE -> outside == NOTHING || outside == '\n';
        };
    }

    private static boolean isWord(int c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
