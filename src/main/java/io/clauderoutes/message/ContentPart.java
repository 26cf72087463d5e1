package io.clauderoutes.message;

import io.clauderoutes.Frame;

/** A part of a prompt that becomes a content block of the request. */
public sealed interface ContentPart {

    /** Text in a block of its own. */
    record Text(String text) implements ContentPart {}

    /**
     * A text document, such as a text file that is attached to a mail.
     *
     * @param title what the document is called; empty if it has no name
     */
    record TextDocument(String text, String title) implements ContentPart {}

    /**
     * An image or a PDF.
     *
     * @param title what a PDF is called; empty if it has no name
     */
    record Binary(BinaryType type, Frame content, String title) implements ContentPart {}
}
