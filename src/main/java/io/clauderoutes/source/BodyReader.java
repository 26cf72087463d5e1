package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException.Rejected;
import io.clauderoutes.message.MessageJson;
import java.io.IOException;
import java.io.InputStream;
import java.time.temporal.TemporalAccessor;
import java.util.Arrays;
import java.util.Date;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.BaseStream;
import org.apache.camel.Exchange;
import org.apache.camel.WrappedFile;

/** The bytes of a body, whatever its type: those of a text in UTF-8, of JSON, or of a file. They are bounded. */
final class BodyReader {

    /** The byte order mark, which some editors write in front of a text. */
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final MessageJson json;
    private final ObjectText objects = new ObjectText();
    private final int maxBytes;

    /** @param maxBytes how long a body may be */
    BodyReader(MessageJson json, int maxBytes) {
        this.json = json;
        this.maxBytes = maxBytes;
    }

    /**
     * The bytes of a body without a byte order mark.
     *
     * @throws Rejected if the body is too long or is of a type that cannot be read
     */
    byte[] bytes(Exchange exchange, Object body) {
        if (body instanceof String text) {
            return utf8(text);
        }
        if (body instanceof TextNode text) {
            return utf8(text.textValue());
        }
        if (body instanceof JsonNode) {
            return bounded(json.bytesOf(body));
        }
        if (isPlain(body)) {
            return utf8(body.toString());
        }
        if (body instanceof byte[] array) {
            return withoutMark(bounded(array));
        }
        if (body instanceof Map<?, ?>
                || (body instanceof Iterable<?> && !(body instanceof java.nio.file.Path))
                || body instanceof Object[]) {
            return bounded(object(body));
        }
        return withoutMark(bounded(content(exchange, body)));
    }

    /** Whether a value's text is all that there is to it. */
    private static boolean isPlain(Object body) {
        return body instanceof CharSequence
                || body instanceof Number
                || body instanceof Boolean
                || body instanceof Character
                || body instanceof Enum<?>
                || body instanceof java.util.UUID
                || body instanceof TemporalAccessor
                || body instanceof Date;
    }

    private byte[] object(Object body) {
        return objects.json(body).orElseThrow(() -> unreadable(body));
    }

    private byte[] content(Exchange exchange, Object body) {
        if (body == null) {
            throw rejected("the message has no body that can be read as a prompt");
        }
        if (body instanceof WrappedFile<?> file && file.getFileLength() > maxBytes) {
            throw tooLong();
        }
        Optional<InputStream> content = body instanceof Iterator<?> || body instanceof BaseStream<?, ?>
                ? Optional.empty()
                : Optional.ofNullable(
                        exchange.getContext().getTypeConverter().tryConvertTo(InputStream.class, exchange, body));
        if (content.isEmpty()) {
            return object(body);
        }
        try (InputStream in = content.get()) {
            return in.readNBytes(maxBytes + 1);
        } catch (IOException broken) {
            throw new Rejected(
                    ApiError.ours(400, "invalid_request_error", "the prompt could not be read to its end"), broken);
        }
    }

    private byte[] utf8(String text) {
        if (text.length() > maxBytes) {
            throw tooLong();
        }
        return bounded(withoutMark(PromptText.checked(text).getBytes(UTF_8)));
    }

    private static byte[] withoutMark(byte[] bytes) {
        return bytes.length >= MARK.length && Arrays.equals(bytes, 0, MARK.length, MARK, 0, MARK.length)
                ? Arrays.copyOfRange(bytes, MARK.length, bytes.length)
                : bytes;
    }

    /**
     * Checks the length of a request with files, which are longer in it by a third.
     *
     * @param length of the request in bytes
     */
    void checkEncoded(int length) {
        if (length > maxBytes) {
            throw new Rejected(ApiError.ours(
                    413,
                    "request_too_large",
                    "the prompt with its files has " + length + " bytes in Base64, more than claude.source.max-bytes="
                            + maxBytes + ". Send fewer or smaller files"));
        }
    }

    private byte[] bounded(byte[] bytes) {
        if (bytes.length > maxBytes) {
            throw tooLong();
        }
        return bytes;
    }

    private Rejected tooLong() {
        return new Rejected(ApiError.ours(
                413, "request_too_large", "the prompt is longer than claude.source.max-bytes=" + maxBytes + " bytes"));
    }

    /** A body of a type that is no prompt. */
    static Rejected unreadable(Object body) {
        return rejected("the message has no body that can be read as a prompt: "
                + body.getClass().getName()
                + ". Expected a text, a map, a list, an object that Jackson can write, a file, or the bytes of an image or a PDF."
                + " Convert the body before, for example with setBody or marshal");
    }

    static Rejected rejected(String why) {
        return new Rejected(ApiError.ours(400, "invalid_request_error", why));
    }
}
