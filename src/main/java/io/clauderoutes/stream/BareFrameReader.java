package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Frames separated by blank lines, as company gateways send them: bare JSON, with or without {@code data:} before it.
 * The last frame needs no blank line, because this dialect has no event that ends a stream.
 */
final class BareFrameReader implements FrameReader {

    private static final byte[] DATA = "data:".getBytes(US_ASCII);

    private final LineReader lines;
    private final int maxFrame;

    BareFrameReader(InputStream in, int maxFrame) {
        this.lines = new LineReader(in, maxFrame);
        this.maxFrame = maxFrame;
    }

    @Override
    public byte[] next() throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        while (lines.next()) {
            if (!lines.isBlank()) {
                add(frame);
            } else if (frame.size() > 0) {
                return frame.toByteArray();
            }
        }
        if (lines.unended()) {
            add(frame);
        }
        return frame.size() > 0 ? frame.toByteArray() : null;
    }

    private void add(ByteArrayOutputStream frame) throws IOException {
        int start = lines.startsWith(DATA) ? lines.start() + DATA.length : lines.start();
        if (frame.size() + lines.end() - start > maxFrame) {
            throw new LineReader.TooLong(
                    "a frame of the stream is longer than claude.split.max-event-bytes=" + maxFrame);
        }
        if (frame.size() > 0) {
            frame.write('\n');
        }
        frame.write(lines.buffer(), start, lines.end() - start);
    }
}
