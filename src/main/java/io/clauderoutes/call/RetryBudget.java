package io.clauderoutes.call;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many calls may be made again: a share of the first calls, and a few for a quiet start. It keeps retries from doubling
 * the load of an endpoint that is already sick. A share of nothing is none at all.
 */
final class RetryBudget {

    private static final long ONE = 100;
    private static final long START = 10 * ONE;
    private static final long MOST = 100 * ONE;

    private final int percent;
    private final AtomicLong credit;

    RetryBudget(int percent) {
        this.percent = percent;
        this.credit = new AtomicLong(percent == 0 ? 0 : START);
    }

    /** A first call is made. */
    void called() {
        credit.accumulateAndGet(percent, (held, more) -> Math.min(MOST, held + more));
    }

    /** Takes one retry out of the budget, if there is one. */
    boolean take() {
        return credit.getAndUpdate(held -> held >= ONE ? held - ONE : held) >= ONE;
    }
}
