package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Server-sent events as the HTML standard frames them; only their data is handed out, for it names the event itself.
 * A block that the stream cuts off before its blank line is not an event.
 */
final class SseReader implements FrameReader {

    private static final byte[] DATA = "data".getBytes(US_ASCII);

    private final LineReader lines;
    private final int maxEvent;

    SseReader(InputStream in, int maxEvent) {
        this.lines = new LineReader(in, maxEvent);
        this.maxEvent = maxEvent;
    }

    @Override
    public byte[] next() throws IOException {
        byte[] data = null;
        while (lines.next()) {
            if (lines.isBlank()) {
                if (data != null) {
                    return data;
                }
            } else if (lines.startsWith(DATA)) {
                data = withLine(data);
            }
        }
        return null;
    }

    private byte[] withLine(byte[] data) throws IOException {
        byte[] buffer = lines.buffer();
        int start = lines.start() + DATA.length;
        int end = lines.end();
        if (start < end) {
            if (buffer[start] != ':') {
                return data;
            }
            start++;
            if (start < end && buffer[start] == ' ') {
                start++;
            }
        }
        if (data == null) {
            return Arrays.copyOfRange(buffer, start, end);
        }
        if (data.length + end - start > maxEvent) {
            throw new LineReader.TooLong(
                    "an event of the stream is longer than claude.split.max-event-bytes=" + maxEvent);
        }
        byte[] joined = Arrays.copyOf(data, data.length + 1 + end - start);
        joined[data.length] = '\n';
        System.arraycopy(buffer, start, joined, data.length + 1, end - start);
        return joined;
    }
}
