package io.clauderoutes.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Lines of a JSONL body, one in memory at a time. A line that is too long is reported and skipped. */
public final class JsonLines {

    /** Receives the lines of a body. */
    public interface Lines {
        void line(byte[] line) throws IOException;

        /** A line was too long and is skipped. */
        void tooLong();
    }

    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final int longest;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;
    private boolean over;

    /** @param longest bytes that a line may have */
    public JsonLines(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /**
     * Hands each line that is not blank to {@code lines} as it comes. The last one needs no line end: whether it is whole is for
     * its reader to see.
     */
    public void read(Lines lines) throws IOException {
        while (!over) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            boolean tooLong = false;
            boolean ended = false;
            while (!ended && fill()) {
                int end = position;
                while (end < limit && buffer[end] != '\n') {
                    end++;
                }
                ended = end < limit;
                tooLong |= line.size() + end - position > longest;
                if (tooLong) {
                    line.reset();
                } else {
                    line.write(buffer, position, end - position);
                }
                position = ended ? end + 1 : end;
            }
            over = !ended;
            if (tooLong) {
                lines.tooLong();
            }
            byte[] bytes = line.toByteArray();
            if (!isBlank(bytes)) {
                lines.line(bytes);
            }
        }
    }

    private boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return true;
    }
}
