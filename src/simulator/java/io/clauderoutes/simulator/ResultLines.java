package io.clauderoutes.simulator;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** The results of a batch, a line each. Each line is sent in two halves, so that a fault can strike within one. */
final class ResultLines implements ReplyScript {

    private static final byte[] NOTHING = {};

    private final Iterator<Buffer> lines;
    private byte[] rest = NOTHING;
    private boolean ended;

    ResultLines(List<Buffer> lines) {
        this.lines = lines.iterator();
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public Step next() {
        if (rest.length > 0) {
            byte[] half = rest;
            rest = NOTHING;
            return new Bytes(half, Part.DELTA, 0);
        }
        if (!lines.hasNext()) {
            ended = true;
            return new Bytes(NOTHING, Part.END, 0);
        }
        byte[] line = lines.next().getBytes();
        rest = Arrays.copyOfRange(line, line.length / 2, line.length + 1);
        rest[rest.length - 1] = '\n';
        return new Bytes(Arrays.copyOf(line, line.length / 2), Part.DELTA, 0);
    }

    /** Nothing: an error has no place among results. */
    @Override
    public byte[] error(String type, String message) {
        return NOTHING;
    }

    @Override
    public byte[] junk() {
        return line("<!>");
    }

    @Override
    public byte[] unknown() {
        return line("{\"custom_id\":\"nobody\",\"result\":{\"type\":\"expired\"}}");
    }

    @Override
    public byte[] hugeBeginning() {
        return "{\"custom_id\":\"".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] hugeEnd() {
        return line("\",\"result\":{\"type\":\"expired\"}}");
    }

    @Override
    public char filling() {
        return 'x';
    }

    private static byte[] line(String text) {
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
