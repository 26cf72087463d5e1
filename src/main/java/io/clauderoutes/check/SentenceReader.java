package io.clauderoutes.check;

/**
 * Cuts a text into sentences: after a full stop, a question mark or an exclamation mark that white space follows, after their CJK
 * forms, after a line break, and in a sentence that is too long after white space. Where it cuts depends on the text alone.
 */
final class SentenceReader {

    private static final int LONG = 2_000;
    private static final int LONGEST = 4_000;
    private static final String ENDS = ".!?\u2026";
    private static final String CJK_ENDS = "\u3002\uff01\uff1f";
    private static final String CLOSES = "\"')]}\u201d\u2019\u00bb";

    private final StringBuilder sentence = new StringBuilder();
    private boolean ends;
    private boolean hasText;

    /** Takes in the next character; says whether the sentence ends with it. */
    boolean accept(char c) {
        sentence.append(c);
        boolean isSpace = Character.isWhitespace(c);
        boolean cut = c == '\n'
                || CJK_ENDS.indexOf(c) >= 0
                || (isSpace && (ends || sentence.length() >= LONG))
                || (sentence.length() >= LONGEST && !Character.isHighSurrogate(c));
        ends = ENDS.indexOf(c) >= 0 || (ends && CLOSES.indexOf(c) >= 0);
        hasText |= !isSpace;
        return cut && hasText;
    }

    /** Characters of the sentence so far. */
    int length() {
        return sentence.length();
    }

    /** Whether there is anything but white space. */
    boolean hasText() {
        return hasText;
    }

    /** The sentence so far; the next one begins. */
    String take() {
        String taken = sentence.toString();
        sentence.setLength(0);
        ends = false;
        hasText = false;
        return taken;
    }
}
