package io.clauderoutes.throttle;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.concurrent.CancellableWait;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Permits for requests in flight, altogether and per tenant. Requests of one tenant wait in order of arrival. A permit that becomes
 * free goes to the waiting tenant that holds the fewest, so no tenant keeps the others waiting. A request that waits holds none.
 */
final class Permits {

    private int limit;
    private Map<String, Integer> tenantLimits;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Integer> taken = new HashMap<>();
    private final Map<String, Deque<Waiting>> queues = new HashMap<>();
    private int inFlight;
    private long arrivals;

    private static final class Waiting {
        private final long arrival;
        private final Condition granted;
        private boolean isGranted;

        Waiting(long arrival, Condition granted) {
            this.arrival = arrival;
            this.granted = granted;
        }
    }

    /**
     * Permits within limits.
     *
     * @param limit of all tenants together; 0 is no limit
     * @param tenantLimits of single tenants, by name
     */
    Permits(int limit, Map<String, Integer> tenantLimits, LongSupplier ticker) {
        this.limit = limit;
        this.tenantLimits = Map.copyOf(tenantLimits);
        this.ticker = ticker;
    }

    /** Keeps other limits from now on. Permits that are taken stay taken; requests that wait get those that become free. */
    void use(int otherLimit, Map<String, Integer> otherTenantLimits) {
        lock.lock();
        try {
            limit = otherLimit;
            tenantLimits = Map.copyOf(otherTenantLimits);
            handOn();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a permit.
     *
     * @param deadline until when it is waited for, in the ticker's time
     * @param cancelled whether nobody wants it any more
     * @throws RateLimited if there is none in time
     */
    void take(String tenant, long deadline, BooleanSupplier cancelled) {
        lock.lock();
        try {
            if (!queues.containsKey(tenant) && isFree(tenant)) {
                grant(tenant);
                return;
            }
            Waiting waiting = new Waiting(arrivals++, lock.newCondition());
            queues.computeIfAbsent(tenant, first -> new ArrayDeque<>()).add(waiting);
            try {
                while (!waiting.isGranted) {
                    long left = deadline - ticker.getAsLong();
                    if (left <= 0 || cancelled.getAsBoolean()) {
                        throw full(reason(tenant));
                    }
                    if (waiting.granted.awaitNanos(Math.min(left, CancellableWait.LOOK_NANOS)) > left) {
                        throw new IllegalStateException("a wait that was longer than it may be");
                    }
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                if (waiting.isGranted) {
                    giveBack(tenant);
                }
                throw full("the bundle is stopping");
            } finally {
                if (!waiting.isGranted) {
                    forget(tenant, waiting);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void forget(String tenant, Waiting waiting) {
        Deque<Waiting> queue = queues.get(tenant);
        queue.remove(waiting);
        if (queue.isEmpty()) {
            queues.remove(tenant);
        }
    }

    private boolean isFree(String tenant) {
        return (limit == 0 || inFlight < limit) && isWithinItsLimit(tenant);
    }

    private boolean isWithinItsLimit(String tenant) {
        int most = tenantLimits.getOrDefault(tenant, 0);
        return most == 0 || taken.getOrDefault(tenant, 0) < most;
    }

    private String reason(String tenant) {
        return isWithinItsLimit(tenant)
                ? "claude.throttle.in-flight=" + limit + " requests are at work"
                : "claude.throttle.tenants." + tenant + ".in-flight=" + tenantLimits.get(tenant)
                        + " requests are at work";
    }

    private void grant(String tenant) {
        inFlight++;
        taken.merge(tenant, 1, Integer::sum);
    }

    /** Gives a permit back. */
    void giveBack(String tenant) {
        lock.lock();
        try {
            inFlight--;
            taken.computeIfPresent(tenant, (name, count) -> count == 1 ? null : count - 1);
            handOn();
        } finally {
            lock.unlock();
        }
    }

    private void handOn() {
        for (String next = next(); next != null; next = next()) {
            Waiting waiting = queues.get(next).peek();
            grant(next);
            waiting.isGranted = true;
            forget(next, waiting);
            waiting.granted.signal();
        }
    }

    /** The waiting tenant with the fewest permits among those that may have one more; the earliest of equals. */
    private String next() {
        String best = null;
        for (Map.Entry<String, Deque<Waiting>> queue : queues.entrySet()) {
            String tenant = queue.getKey();
            if (isFree(tenant) && (best == null || isBefore(tenant, best))) {
                best = tenant;
            }
        }
        return best;
    }

    private boolean isBefore(String one, String other) {
        int difference = taken.getOrDefault(one, 0) - taken.getOrDefault(other, 0);
        return difference < 0
                || (difference == 0
                        && queues.get(one).element().arrival < queues.get(other).element().arrival);
    }

    static RateLimited full(String why) {
        return new RateLimited(ApiError.ours(429, "rate_limit_error", why));
    }

    int inFlight() {
        lock.lock();
        try {
            return inFlight;
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return queues.values().stream().mapToInt(Deque::size).sum();
        } finally {
            lock.unlock();
        }
    }
}
