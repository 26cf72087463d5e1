package io.clauderoutes.redact;

/** Takes a redacted text in parts, in order. Lengths are in characters of the text that came in. */
public interface RedactedText {

    /** These characters stay as they are. */
    void keep(char[] text, int from, int to);

    /** Characters are replaced: {@code length} of those that came in by {@code text}, which may be empty. */
    void replace(int length, String text);

    /** A match begins here; what comes next replaces it. */
    default void matched(RedactionPlaceholder by) {
        // most want the text alone
    }

    /** Takes no notice. */
    RedactedText NOWHERE = new RedactedText() {
        @Override
        public void keep(char[] text, int from, int to) {
            // it is not wanted
        }

        @Override
        public void replace(int length, String text) {
            // it is not wanted
        }
    };

    /** Writes the redacted text. */
    static RedactedText into(StringBuilder out) {
        return new RedactedText() {
            @Override
            public void keep(char[] text, int from, int to) {
                out.append(text, from, to - from);
            }

            @Override
            public void replace(int length, String text) {
                out.append(text);
            }
        };
    }
}
