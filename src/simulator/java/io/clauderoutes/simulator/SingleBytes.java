package io.clauderoutes.simulator;

import io.vertx.core.buffer.Buffer;
import java.util.NoSuchElementException;

/** A script that sends each byte alone. */
final class SingleBytes implements Script {

    private final Script whole;
    private Buffer bytes = Buffer.buffer();
    private int at;

    SingleBytes(Script whole) {
        this.whole = whole;
    }

    @Override
    public boolean hasNext() {
        return at < bytes.length() || whole.hasNext();
    }

    @Override
    public Step next() {
        if (at < bytes.length()) {
            return new Bytes(bytes.slice(at, ++at), Part.DELTA, 0, true);
        }
        if (!whole.hasNext()) {
            throw new NoSuchElementException("the answer is over");
        }
        Step step = whole.next();
        if (step instanceof Bytes many && many.bytes().length() > 0) {
            bytes = many.bytes();
            at = 1;
            return new Bytes(bytes.slice(0, 1), many.part(), many.tokens(), true);
        }
        return step;
    }
}
