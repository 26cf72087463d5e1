package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;

/**
 * Reads one HTTP/1.1 message after the other from bytes that may be cut anywhere, and hands its body on. It knows only
 * what the parties of this benchmark say: a length or chunks, no trailers that matter, no compression.
 */
public final class HttpReader {

    /** Takes parts of a body. */
    public interface Body {
        void part(byte[] bytes, int from, int to);
    }

    private enum State {
        START_LINE,
        HEADER,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        COMPLETE
    }

    private static final int LONGEST_LINE = 8192;
    private static final int HEXADECIMAL = 16;

    private final Body body;
    private final byte[] line = new byte[LONGEST_LINE];
    private int length;
    private State state = State.START_LINE;
    private String startLine = "";
    private long left;
    private boolean chunked;
    private boolean closing;

    public HttpReader(Body body) {
        this.body = body;
    }

    /** Begins anew, for the next message. */
    public void reset() {
        state = State.START_LINE;
        length = 0;
        left = 0;
        chunked = false;
        closing = false;
    }

    /**
     * Reads up to the end of the message.
     *
     * @return the place of the first byte that was not read: {@code to}, unless the message ended before it
     */
    public int read(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && state != State.COMPLETE) {
            if (state == State.BODY || state == State.CHUNK) {
                int part = (int) Math.min(left, to - at);
                body.part(bytes, at, at + part);
                at += part;
                left -= part;
                if (left == 0) {
                    state = state == State.BODY ? State.COMPLETE : State.CHUNK_END;
                }
            } else {
                at = readLine(bytes, at, to);
            }
        }
        return at;
    }

    private int readLine(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            byte next = bytes[at];
            if (next == '\n') {
                line();
                length = 0;
                return at + 1;
            }
            if (next != '\r') {
                line[length++] = next;
            }
        }
        return to;
    }

    private void line() {
        switch (state) {
            case START_LINE -> {
                startLine = new String(line, 0, length, US_ASCII);
                state = State.HEADER;
            }
            case HEADER -> header();
            case CHUNK_SIZE -> chunkSize();
            case CHUNK_END -> state = State.CHUNK_SIZE;
            case TRAILER -> state = length == 0 ? State.COMPLETE : State.TRAILER;
            default -> throw new IllegalStateException("no line is due in state " + state);
        }
    }

    private void header() {
        if (length == 0) {
            state = chunked ? State.CHUNK_SIZE : left > 0 ? State.BODY : State.COMPLETE;
            return;
        }
        String value = valueOf("content-length:");
        if (value != null) {
            left = Long.parseLong(value);
        } else if ("chunked".equals(valueOf("transfer-encoding:"))) {
            chunked = true;
        } else if ("close".equals(valueOf("connection:"))) {
            closing = true;
        }
    }

    /** The value of the header in this line, in lower case, if it is the one of that name; {@code null} otherwise. */
    private String valueOf(String name) {
        if (length < name.length()) {
            return null;
        }
        for (int i = 0; i < name.length(); i++) {
            if ((line[i] | ' ') != name.charAt(i)) {
                return null;
            }
        }
        return new String(line, name.length(), length - name.length(), US_ASCII)
                .trim()
                .toLowerCase(Locale.ROOT);
    }

    private void chunkSize() {
        int end = 0;
        long size = 0;
        while (end < length && Character.digit(line[end], HEXADECIMAL) >= 0) {
            size = size * HEXADECIMAL + Character.digit(line[end++], HEXADECIMAL);
        }
        left = size;
        state = size == 0 ? State.TRAILER : State.CHUNK;
    }

    public boolean complete() {
        return state == State.COMPLETE;
    }

    /** The first line: of a response its status, of a request its method and path. */
    public String startLine() {
        return startLine;
    }

    /** Whether the other side closes the connection after this message. */
    public boolean closing() {
        return closing;
    }
}
