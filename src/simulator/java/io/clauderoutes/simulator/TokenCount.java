package io.clauderoutes.simulator;

/** The simulator's measure of text: four characters are a token, and a begun one counts whole. */
final class TokenCount {

    static final int CHARS = 4;

    private TokenCount() {}

    static int of(CharSequence text) {
        return of(text.length());
    }

    static int of(int chars) {
        return (chars + CHARS - 1) / CHARS;
    }
}
