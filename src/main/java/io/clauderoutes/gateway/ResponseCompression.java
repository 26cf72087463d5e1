package io.clauderoutes.gateway;

import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses whole responses with gzip for clients that accept it (RFC 9110, section 12.5.3). Streams are not compressed: their
 * events are small and are written one by one. Short responses would not become shorter.
 */
final class ResponseCompression {

    static final String CODING = "gzip";

    private static final int SHORTEST = 1024;
    private static final Pattern REFUSED = Pattern.compile(".*;\\s*q=0(\\.0*)?\\s*");

    private ResponseCompression() {}

    /** Whether the client of a request takes gzip. */
    static boolean isAccepted(HttpServerRequest request) {
        String accepted = request.getHeader("accept-encoding");
        if (accepted == null) {
            return false;
        }
        for (String coding : accepted.toLowerCase(Locale.ROOT).split(",", -1)) {
            String name = coding.split(";", 2)[0].trim();
            if (name.equals(CODING) || name.equals("*")) {
                return !REFUSED.matcher(coding).matches();
            }
        }
        return false;
    }

    static boolean isWorthwhile(byte[] body) {
        return body.length >= SHORTEST;
    }

    static byte[] compressed(byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }
}
