package io.clauderoutes.request;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** The last requests that failed or were refused, so that an operator sees what a fault costs. It holds no text. Thread-safe. */
public final class FailureLog {

    private static final int MOST = 5_000;

    private final Deque<Failed> last = new ArrayDeque<>();
    private final LongSupplier ticker;

    FailureLog(LongSupplier ticker) {
        this.ticker = ticker;
    }

    /**
     * A request that failed.
     *
     * @param endpoint that was called last; empty text if none was
     * @param type as in the errors of the API
     * @param costMicroUsd of its calls; empty if it is not known or no call was made
     */
    public record Failed(long atNanos, String endpoint, String tenant, String type, OptionalLong costMicroUsd) {}

    /**
     * What failures cost.
     *
     * @param requests that failed
     * @param costMicroUsd of those whose cost is known
     */
    public record Loss(long requests, long costMicroUsd) {}

    void add(String endpoint, String tenant, String type, OptionalLong costMicroUsd) {
        Failed failed = new Failed(ticker.getAsLong(), endpoint, tenant, type, costMicroUsd);
        synchronized (last) {
            if (last.size() == MOST) {
                last.removeFirst();
            }
            last.addLast(failed);
        }
    }

    /** What failures of a kind cost since a time of the ticker. */
    public Loss since(long nanos, Predicate<Failed> kind) {
        List<Failed> all;
        synchronized (last) {
            all = new ArrayList<>(last);
        }
        long requests = 0;
        long cost = 0;
        for (Failed failed : all) {
            if (failed.atNanos() - nanos >= 0 && kind.test(failed)) {
                requests++;
                cost += failed.costMicroUsd().orElse(0);
            }
        }
        return new Loss(requests, cost);
    }
}
