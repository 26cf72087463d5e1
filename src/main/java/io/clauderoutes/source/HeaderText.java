package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import java.util.UUID;

/** The text of a message header. Consumers give different types: camel-kafka gives {@code byte[]}. */
final class HeaderText {

    private static final char MARK = '\uFEFF';

    private HeaderText() {}

    /** The text of a header's value; empty for a type that has no text of its own, and for bytes that are not UTF-8. */
    static Optional<String> of(Object value) {
        Optional<String> text = read(value);
        return text.filter(read -> !read.isEmpty() && read.charAt(0) == MARK)
                .map(read -> read.substring(1))
                .or(() -> text);
    }

    private static Optional<String> read(Object value) {
        if (value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Character
                || value instanceof UUID) {
            return Optional.of(value.toString());
        }
        if (value instanceof Enum<?> constant) {
            return Optional.of(constant.name());
        }
        if (value instanceof byte[] bytes) {
            return decoded(ByteBuffer.wrap(bytes));
        }
        if (value instanceof ByteBuffer buffer) {
            return decoded(buffer.duplicate());
        }
        if (value instanceof char[] characters) {
            return Optional.of(CharBuffer.wrap(characters).toString());
        }
        return Optional.empty();
    }

    private static Optional<String> decoded(ByteBuffer bytes) {
        try {
            return Optional.of(UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException notText) {
            return Optional.empty();
        }
    }
}
