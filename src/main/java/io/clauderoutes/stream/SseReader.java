package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Server-sent events as the HTML standard frames them; only their data is handed out, because it names the event itself.
 * A block that the stream cuts off before its blank line is not an event.
 */
final class SseReader implements FrameReader {

    private static final byte[] DATA = "data".getBytes(US_ASCII);

    private final LineReader lines;
    private final int maxEvent;
    /** The first line of data; where there are others, all of them are in {@link #more}. */
    private byte[] data;

    private final ByteArrayOutputStream more = new ByteArrayOutputStream(0);

    SseReader(InputStream in, int maxEvent) {
        this.lines = new LineReader(in, maxEvent);
        this.maxEvent = maxEvent;
    }

    @Override
    public byte[] next() throws IOException {
        data = null;
        more.reset();
        while (lines.next()) {
            if (lines.isBlank()) {
                if (data != null) {
                    return joined();
                }
            } else if (lines.startsWith(DATA)) {
                add();
            }
        }
        if (lines.unended() && lines.startsWith(DATA)) {
            add();
        }
        return null;
    }

    /** After {@link #next()} was null: the data of a block that has no blank line after it; null if there is none. */
    byte[] cutOff() {
        return data == null ? null : joined();
    }

    private byte[] joined() {
        return more.size() == 0 ? data : more.toByteArray();
    }

    private void add() throws IOException {
        byte[] buffer = lines.buffer();
        int start = lines.start() + DATA.length;
        int end = lines.end();
        if (start < end) {
            if (buffer[start] != ':') {
                return;
            }
            start++;
            if (start < end && buffer[start] == ' ') {
                start++;
            }
        }
        if (data == null) {
            data = Arrays.copyOfRange(buffer, start, end);
            return;
        }
        if (more.size() == 0) {
            more.write(data, 0, data.length);
        }
        if (more.size() + end - start >= maxEvent) {
            throw new LineReader.TooLong(
                    "an event of the stream is longer than claude.split.max-event-bytes=" + maxEvent);
        }
        // A line end between two tokens of JSON; as a space it keeps the event on one line wherever it is written
        // again.
        more.write(' ');
        more.write(buffer, start, end - start);
    }
}
