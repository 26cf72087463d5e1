package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** The JSON that a caller has sent. gzip is undone, for every later stage reads it; what cannot be JSON is refused. */
final class SentBody {

    /** Of what was compressed, as much as the API itself takes. */
    private static final int LONGEST = 32 * 1024 * 1024;

    private SentBody() {}

    /**
     * The bytes of a request.
     *
     * @param body as the server hands it out: it makes something else of a form, and nothing of what is not there
     * @throws ClaudeException.Rejected if it is a form, or is compressed in a way that is not known here
     */
    static byte[] of(Object body, HttpServerRequest request) {
        if (body instanceof Buffer buffer) {
            return decoded(buffer.getBytes(), request.getHeader("content-encoding"));
        }
        String type = request.getHeader("content-type");
        if (type != null && type.toLowerCase(Locale.ROOT).contains("form")) {
            throw refused("a Messages request is JSON: send it with content-type: application/json, not as a form");
        }
        return new byte[0];
    }

    private static byte[] decoded(byte[] bytes, String encoding) {
        if (encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity") || bytes.length == 0) {
            return bytes;
        }
        if (!encoding.equalsIgnoreCase("gzip")) {
            throw refused(
                    "content-encoding: " + encoding + " is not known here: send the request as it is, or with gzip");
        }
        byte[] plain;
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            plain = gzip.readNBytes(LONGEST + 1);
        } catch (IOException broken) {
            throw refused("the request says content-encoding: gzip, and is none");
        }
        if (plain.length > LONGEST) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    413,
                    "request_too_large",
                    "the request is longer than " + LONGEST + " bytes when its gzip is undone"));
        }
        return plain;
    }

    private static ClaudeException refused(String why) {
        return new ClaudeException.Rejected(ApiError.ours(400, "invalid_request_error", why));
    }
}
