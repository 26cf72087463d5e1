package io.clauderoutes.resume;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/** Bounds the bytes of retained replies, of each and of all of them. Lock-free but for the eviction of replies that have ended. */
final class RetentionBounds {

    /** What a reply may always have, so that its first reader is served when all memory is in use. */
    private static final long LEAST_BYTES = 64 * 1024L;

    private final LongSupplier mostOfOne;
    private final LongSupplier mostOfAll;
    private final LongPredicate evict;
    private final AtomicLong used = new AtomicLong();

    /** @param evict removes replies until so many bytes are free; false if it could not */
    RetentionBounds(LongSupplier mostOfOne, LongSupplier mostOfAll, LongPredicate evict) {
        this.mostOfOne = mostOfOne;
        this.mostOfAll = mostOfAll;
        this.evict = evict;
    }

    /**
     * Takes bytes for a reply. To be called without a lock.
     *
     * @param retained bytes that the reply has
     * @return false if there is no room for them
     */
    boolean take(long retained, long bytes) {
        long size = retained + bytes;
        boolean fits = size <= mostOfOne.getAsLong() && (isFree(bytes) || evict.test(bytes));
        if (!fits && size > LEAST_BYTES) {
            return false;
        }
        used.addAndGet(bytes);
        return true;
    }

    void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }

    /** Whether so many bytes are free. */
    boolean isFree(long bytes) {
        return used.get() + bytes <= mostOfAll.getAsLong();
    }

    /** Bytes in use. */
    long used() {
        return used.get();
    }
}
