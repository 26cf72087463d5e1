package io.clauderoutes.stream;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;

/** An open answer whose bytes come in the pieces that a test cuts them into; it counts how it was ended. */
final class TestReply implements OpenReply {

    private final Framing framing;
    private final InputStream body;
    int finished;
    int aborted;

    TestReply(Framing framing, InputStream body) {
        this.framing = framing;
        this.body = body;
    }

    static TestReply of(Framing framing, byte[] bytes) {
        return new TestReply(framing, new ByteArrayInputStream(bytes));
    }

    /** Bytes of which each read gives at most so many. */
    static InputStream pieces(byte[] bytes, int size) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, size));
            }
        };
    }

    /** Bytes that come in two reads. */
    static InputStream cut(byte[] bytes, int at) {
        return new java.io.SequenceInputStream(
                new ByteArrayInputStream(bytes, 0, at), new ByteArrayInputStream(bytes, at, bytes.length - at));
    }

    /** Bytes and then a broken connection. */
    static InputStream broken(byte[] bytes) {
        return new java.io.SequenceInputStream(new ByteArrayInputStream(bytes), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("reset");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                throw new IOException("reset");
            }
        });
    }

    static byte[] resource(String name) {
        try (InputStream in = TestReply.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static byte[] joined(byte[] left, byte[] right) {
        byte[] joined = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, joined, left.length, right.length);
        return joined;
    }

    @Override
    public Framing framing() {
        return framing;
    }

    @Override
    public InputStream body() {
        return body;
    }

    @Override
    public Map<String, String> headers() {
        return Map.of("request-id", "req_1");
    }

    @Override
    public void alive(boolean content) {
        // no clock runs here
    }

    @Override
    public ClaudeException failure(IOException cause) {
        return new ClaudeException.Unavailable(ApiError.ours(502, "api_error", "broken"), cause);
    }

    @Override
    public void finished() {
        finished++;
    }

    @Override
    public void abort() {
        aborted++;
    }
}
