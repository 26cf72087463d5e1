package io.clauderoutes.stream;

import java.util.Arrays;
import java.util.NoSuchElementException;

/**
 * Frames one after the other in little room: of each is kept in what it differs from the one before it. A delta differs
 * from its neighbours in its text alone. Not for use by two threads while it grows.
 */
public final class FrameLog {

    private static final int SEVEN_BITS = 0x7f;
    private static final int MORE = 0x80;
    /** Of three numbers of seven bits a byte. */
    private static final int LONGEST_HEAD = 15;

    private byte[] bytes = {};
    private int end;
    private byte[] last = {};

    /** Adds a frame; its bytes are not to be changed afterwards. */
    public void add(byte[] frame) {
        int before = commonBeginning(last, frame);
        int behind = commonEnd(last, frame, Math.min(last.length, frame.length) - before);
        int between = frame.length - before - behind;
        makeRoom(LONGEST_HEAD + between);
        write(before);
        write(behind);
        write(between);
        System.arraycopy(frame, before, bytes, end, between);
        end += between;
        last = frame;
    }

    private static int commonBeginning(byte[] one, byte[] other) {
        int differs = Arrays.mismatch(one, other);
        return differs < 0 ? other.length : differs;
    }

    private static int commonEnd(byte[] one, byte[] other, int most) {
        int same = 0;
        while (same < most && one[one.length - 1 - same] == other[other.length - 1 - same]) {
            same++;
        }
        return same;
    }

    private void makeRoom(int more) {
        if (end + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end + more, bytes.length / 2 * 3));
        }
    }

    private void write(int number) {
        int left = number;
        while (left > SEVEN_BITS) {
            bytes[end++] = (byte) ((left & SEVEN_BITS) | MORE);
            left >>>= 7;
        }
        bytes[end++] = (byte) left;
    }

    /** Gives back the room that was kept for more frames; there are none to come. */
    public void trim() {
        bytes = Arrays.copyOf(bytes, end);
        last = new byte[0];
    }

    /** Bytes that all frames take. */
    public int size() {
        return end;
    }

    /** The frames from the first on, also those that are added later. */
    public Reader reader() {
        return new Reader();
    }

    /** Reads frames, each into an array of its own. */
    public final class Reader {
        private int at;
        private byte[] previous = {};

        public boolean hasNext() {
            return at < end;
        }

        /** The next frame; its bytes are not to be changed. */
        public byte[] next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no frame was added yet");
            }
            int before = read();
            int behind = read();
            int between = read();
            byte[] frame = Arrays.copyOf(previous, before + between + behind);
            System.arraycopy(bytes, at, frame, before, between);
            System.arraycopy(previous, previous.length - behind, frame, before + between, behind);
            at += between;
            previous = frame;
            return frame;
        }

        private int read() {
            int number = 0;
            int shift = 0;
            int next;
            do {
                next = bytes[at++];
                number |= (next & SEVEN_BITS) << shift;
                shift += 7;
            } while ((next & MORE) != 0);
            return number;
        }
    }
}
