package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One connection to {@link Upstream}, and the call that is on it. */
final class UpstreamCall {

    private static final String STREAM = "\"stream\"";
    private static final int LARGEST_BODY = 64 * 1024;

    private final SocketChannel channel;
    private final HttpReader reader = new HttpReader(this::part);
    private final byte[] body = new byte[LARGEST_BODY];
    private int length;
    private boolean stream;
    private boolean pieceByPiece;
    private int spacingMillis;

    UpstreamCall(SocketChannel channel) {
        this.channel = channel;
    }

    /** The connection that it is on. */
    SocketChannel channel() {
        return channel;
    }

    private void part(byte[] bytes, int from, int to) {
        System.arraycopy(bytes, from, body, length, to - from);
        length += to - from;
    }

    /** Takes what came; true when the request is complete. */
    boolean read(byte[] bytes, int count) {
        reader.read(bytes, 0, count);
        if (reader.complete() && length > 0) {
            String request = new String(body, 0, length, US_ASCII);
            stream = asksForStream(request);
            pieceByPiece = request.contains("Answer piece by piece.");
            int spacing = request.indexOf("Answer every ");
            spacingMillis = spacing < 0
                    ? 0
                    : Integer.parseInt(
                            request.substring(spacing + "Answer every ".length(), request.indexOf(" ms.", spacing)));
        }
        return reader.complete();
    }

    /** Some clients write blanks around the colon. */
    private static boolean asksForStream(String request) {
        int at = request.indexOf(STREAM) + STREAM.length();
        while (at >= STREAM.length() && at < request.length() && " :".indexOf(request.charAt(at)) >= 0) {
            at++;
        }
        return request.startsWith("true", at);
    }

    boolean asksForCount() {
        return reader.startLine().startsWith("GET ");
    }

    boolean stream() {
        return stream;
    }

    boolean pieceByPiece() {
        return pieceByPiece;
    }

    /** Time between two deltas; 0: as fast as they can be sent. */
    int spacingMillis() {
        return spacingMillis;
    }

    /** Writes all of it. A reader that does not take a few kilobytes has no place in this benchmark. */
    void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The call is answered; the next one may come. */
    void done() {
        reader.reset();
        length = 0;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
