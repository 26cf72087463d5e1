package io.clauderoutes.check;

/** Takes what a check decides of a text, from its begin to its end. */
interface CheckedText {

    /** The next characters are verified as they are. */
    void release(int length);

    /** Another text stands in the place of the next characters. */
    void replace(int length, String text);
}
