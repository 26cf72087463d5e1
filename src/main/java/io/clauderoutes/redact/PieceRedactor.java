package io.clauderoutes.redact;

/** Redacts one text that comes in pieces. */
interface PieceRedactor {

    /** Takes in a piece and hands on what is now decided. */
    void append(CharSequence piece, RedactedText out);

    /** Ends the text and hands on all that was held. */
    void flush(RedactedText out);
}
