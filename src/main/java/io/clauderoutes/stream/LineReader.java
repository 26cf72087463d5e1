package io.clauderoutes.stream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Lines of a byte stream, ended by LF, CRLF or CR. It never asks for a byte beyond the end of a line, so that no line waits
 * for the next; and it is the buffer's slice that it hands out, valid until the next call.
 */
final class LineReader {

    private static final int FIRST_BUFFER = 2 * 1024;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final InputStream in;
    private final int maxLine;
    private byte[] buffer = new byte[FIRST_BUFFER];
    private int position;
    private int limit;
    private int lineStart;
    private int lineEnd;
    private boolean skipLineFeed;
    private boolean firstLine = true;

    LineReader(InputStream in, int maxLine) {
        this.in = in;
        this.maxLine = maxLine;
    }

    /**
     * Reads up to the end of the next line.
     *
     * @return false at the end of the stream; what stands between the last line end and there is a line only if it is wanted:
     *     see {@link #unended()}
     */
    boolean next() throws IOException {
        lineStart = position;
        int scan = position;
        while (true) {
            while (scan < limit) {
                byte b = buffer[scan];
                if (skipLineFeed) {
                    skipLineFeed = false;
                    if (b == '\n') {
                        scan++;
                        lineStart = scan;
                        continue;
                    }
                }
                if (b == '\n' || b == '\r') {
                    skipLineFeed = b == '\r';
                    lineEnd = scan;
                    position = scan + 1;
                    within(lineEnd - lineStart);
                    skipMark();
                    return true;
                }
                scan++;
            }
            int unread = limit - lineStart;
            within(unread);
            makeRoom();
            scan = lineStart + unread;
            int read = in.read(buffer, limit, buffer.length - limit);
            if (read < 0) {
                position = limit;
                lineEnd = limit;
                skipMark();
                return false;
            }
            limit += read;
        }
    }

    private void within(int length) throws TooLong {
        if (length > maxLine) {
            throw new TooLong("a line of the stream is longer than claude.split.max-event-bytes=" + maxLine);
        }
    }

    private void makeRoom() {
        if (lineStart == limit) {
            lineStart = 0;
            limit = 0;
        } else if (limit == buffer.length) {
            if (lineStart > 0) {
                System.arraycopy(buffer, lineStart, buffer, 0, limit - lineStart);
                limit -= lineStart;
                lineStart = 0;
            } else {
                buffer = Arrays.copyOf(buffer, buffer.length * 2);
            }
        }
    }

    private void skipMark() {
        if (firstLine) {
            firstLine = false;
            int end = lineStart + BYTE_ORDER_MARK.length;
            if (end <= lineEnd && Arrays.equals(buffer, lineStart, end, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
                lineStart = end;
            }
        }
    }

    /** After {@link #next()} was false: whether something follows the last line end. */
    boolean unended() {
        return lineEnd > lineStart;
    }

    byte[] buffer() {
        return buffer;
    }

    int start() {
        return lineStart;
    }

    int end() {
        return lineEnd;
    }

    boolean isBlank() {
        return lineStart == lineEnd;
    }

    boolean startsWith(byte[] prefix) {
        int end = lineStart + prefix.length;
        return end <= lineEnd && Arrays.equals(buffer, lineStart, end, prefix, 0, prefix.length);
    }

    /** An endpoint sends more in one piece than we are ready to hold. */
    static final class TooLong extends EOFException {
        private static final long serialVersionUID = 1;

        TooLong(String message) {
            super(message);
        }
    }
}
