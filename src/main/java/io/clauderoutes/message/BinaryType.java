package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Optional;

/** The media types that the API takes as images and documents, each recognised by the first bytes of its content. */
public enum BinaryType {
    PNG("image/png", "\u0089PNG\r\n\u001a\n"),
    JPEG("image/jpeg", "\u00ff\u00d8\u00ff"),
    GIF("image/gif", "GIF8"),
    WEBP("image/webp", "RIFF"),
    PDF("application/pdf", "%PDF-");

    private static final String WEBP_FORMAT = "WEBP";
    private static final int WEBP_FORMAT_AT = 8;

    /** How many bytes from the start of a content decide its type. */
    public static final int HEAD = WEBP_FORMAT_AT + WEBP_FORMAT.length();

    private final String mediaType;
    private final String beginning;

    BinaryType(String mediaType, String beginning) {
        this.mediaType = mediaType;
        this.beginning = beginning;
    }

    /** The type of a content; empty if it is none of these. */
    public static Optional<BinaryType> of(byte[] content) {
        return Arrays.stream(values()).filter(type -> type.begins(content)).findFirst();
    }

    private boolean begins(byte[] content) {
        return has(content, 0, beginning) && (this != WEBP || has(content, WEBP_FORMAT_AT, WEBP_FORMAT));
    }

    private static boolean has(byte[] content, int at, String text) {
        byte[] expected = text.getBytes(ISO_8859_1);
        int end = at + expected.length;
        return content.length >= end && Arrays.equals(content, at, end, expected, 0, expected.length);
    }

    /** The API's word for the content's format. */
    public String mediaType() {
        return mediaType;
    }

    /** Whether the content is an image; otherwise it is a document. */
    public boolean isImage() {
        return this != PDF;
    }
}
