package io.clauderoutes.simulator;

import java.time.Duration;

/** How an answer is delivered. */
record Manner(Duration latency, int tokensPerSecond, boolean byteByByte, boolean gzipped, boolean broken)
        implements Fault.Delivery.Cases<Manner> {

    Manner changedBy(Fault.Delivery fault) {
        return fault.choose(this);
    }

    Manner gzipped(boolean value) {
        return new Manner(latency, tokensPerSecond, byteByByte, value, broken);
    }

    Manner timed(Duration first, int speed) {
        return new Manner(first, speed, byteByByte, gzipped, broken);
    }

    @Override
    public Manner broken(Fault.Broken fault) {
        return new Manner(latency, tokensPerSecond, byteByByte, gzipped, true);
    }

    @Override
    public Manner ok(Fault.Ok fault) {
        return this;
    }

    @Override
    public Manner byteByByte(Fault.ByteByByte fault) {
        return new Manner(latency, tokensPerSecond, true, gzipped, broken);
    }

    @Override
    public Manner gzip(Fault.Gzip fault) {
        return gzipped(true);
    }

    @Override
    public Manner slow(Fault.Slow fault) {
        return new Manner(fault.latency(), fault.tokensPerSecond(), byteByByte, gzipped, broken);
    }
}
