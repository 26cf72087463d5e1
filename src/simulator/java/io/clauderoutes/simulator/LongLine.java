package io.clauderoutes.simulator;

import java.util.Arrays;
import java.util.Iterator;

/** One line of any length, of which only a block is ever in memory. */
final class LongLine implements Iterator<Script.Step> {

    private static final int BLOCK = 64 * 1024;

    private final ReplyScript answer;
    private final byte[] block;
    private boolean begun;
    private boolean ended;
    private long left;

    LongLine(ReplyScript answer, long bytes) {
        this.answer = answer;
        this.left = bytes;
        this.block = new byte[(int) Math.min(BLOCK, bytes)];
        Arrays.fill(block, (byte) answer.filling());
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public Script.Step next() {
        if (!begun) {
            begun = true;
            return step(answer.hugeBeginning());
        }
        if (left == 0) {
            ended = true;
            return step(answer.hugeEnd());
        }
        int size = (int) Math.min(left, block.length);
        left -= size;
        return step(size == block.length ? block : Arrays.copyOf(block, size));
    }

    private static Script.Step step(byte[] bytes) {
        return new Script.Bytes(bytes, Script.Part.BEGINNING, 0);
    }
}
