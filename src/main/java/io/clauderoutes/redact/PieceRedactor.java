package io.clauderoutes.redact;

/** Redacts one text that comes in pieces. */
interface PieceRedactor {

    /** Takes in a piece and returns what is now safe: the very same string where nothing is held or replaced. */
    String append(String piece);

    /** Ends the text and returns all that was held. */
    String flush();

    /** How many characters of what came in are held back at present. */
    int held();

    /** Grows whenever characters that came in are replaced or left out. */
    long changes();
}
