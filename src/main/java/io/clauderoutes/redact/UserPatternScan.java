package io.clauderoutes.redact;

/**
 * Where a user's pattern matches next in one stream. It looks again only when a good part of its look-ahead has come
 * in, since each look costs the whole look-ahead.
 */
final class UserPatternScan {

    static final int LOOKS_PER_WINDOW = 4;

    private final UserPattern pattern;
    private int clearedTo;
    private int matchStart = -1;
    private int matchEnd = -1;

    UserPatternScan(UserPattern pattern) {
        this.pattern = pattern;
    }

    UserPattern pattern() {
        return pattern;
    }

    void clear() {
        clearedTo = 0;
        matchStart = -1;
    }

    void shift(int by) {
        clearedTo -= by;
        matchStart -= by;
        matchEnd -= by;
    }

    /** No match begins before this place, save the one at {@link #matchStart}. */
    int clearedTo() {
        return clearedTo;
    }

    int matchStart() {
        return matchStart;
    }

    int matchEnd() {
        return matchEnd;
    }

    void look(char[] text, int start, int end, boolean last) {
        if (matchStart >= start) {
            return;
        }
        int from = Math.max(start, clearedTo);
        int bound = last ? end : end - pattern.lookAhead();
        int worthALook = last ? 1 : Math.max(1, pattern.lookAhead() / LOOKS_PER_WINDOW);
        if (bound - from < worthALook) {
            return;
        }
        while (from < bound) {
            int found = pattern.find(text, from, end);
            if (found < 0 || found >= bound) {
                break;
            }
            int length = pattern.lengthAt(text, found, end);
            if (length > 0) {
                matchStart = found;
                matchEnd = found + length;
                clearedTo = found + 1;
                return;
            }
            from = found + 1;
        }
        clearedTo = bound;
    }
}
