package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/** Counts the events of a stream by the lines that name them; the bytes may be cut anywhere. */
public final class EventScan {

    private static final byte[] DELTA = "event: content_block_delta".getBytes(US_ASCII);
    private static final byte[] STOP = "event: message_stop".getBytes(US_ASCII);

    private final byte[] line = new byte[DELTA.length + 1];
    private int length;
    private int deltas;
    private boolean stopped;

    public void reset() {
        length = 0;
        deltas = 0;
        stopped = false;
    }

    public void scan(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte next = bytes[i];
            if (next == '\n') {
                end();
            } else if (length < line.length && next != '\r') {
                line[length++] = next;
            }
        }
    }

    private void end() {
        if (is(DELTA)) {
            deltas++;
        } else if (is(STOP)) {
            stopped = true;
        }
        length = 0;
    }

    private boolean is(byte[] name) {
        return length == name.length && Arrays.equals(line, 0, length, name, 0, length);
    }

    public int deltas() {
        return deltas;
    }

    /** Whether the stream came to its own end. */
    public boolean stopped() {
        return stopped;
    }
}
