package io.clauderoutes.throttle;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.concurrent.CancellableWait;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Permits for requests in flight, altogether and per tenant. A permit that becomes free goes to the tenant whose turn it is by deficit
 * round robin, with the expected tokens as cost; tenants that hold more than their share wait for those that hold less. A request
 * that waits holds none.
 */
final class Permits {

    private int limit;
    private Map<String, Integer> tenantLimits;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Integer> taken = new HashMap<>();
    private final FairQueue<Waiting> queue = new FairQueue<>();
    private int inFlight;

    private static final class Waiting {
        private final Condition granted;
        private boolean isGranted;

        Waiting(Condition granted) {
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
     * @param cost expected tokens of the request, asked for if it has to wait
     * @param deadline until when it is waited for, in the ticker's time
     * @param cancelled whether the permit is no longer needed
     * @return whether it had to wait
     * @throws RateLimited if there is none in time
     */
    boolean take(String tenant, LongSupplier cost, long deadline, BooleanSupplier cancelled) {
        if (taken(tenant)) {
            return false;
        }
        long tokens = Math.max(1, cost.getAsLong());
        lock.lock();
        try {
            FairQueue.Item<Waiting> item = new FairQueue.Item<>(tenant, tokens, new Waiting(lock.newCondition()));
            queue.add(item);
            handOn();
            await(item, deadline, cancelled);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean taken(String tenant) {
        lock.lock();
        try {
            boolean taken = !queue.has(tenant) && isFree(tenant);
            if (taken) {
                grant(tenant);
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void await(FairQueue.Item<Waiting> item, long deadline, BooleanSupplier cancelled) {
        Waiting waiting = item.waiting();
        String tenant = item.tenant();
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
                queue.remove(item);
            }
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
        for (Optional<FairQueue.Item<Waiting>> next = next(); next.isPresent(); next = next()) {
            grant(next.get().tenant());
            next.get().waiting().isGranted = true;
            next.get().waiting().granted.signal();
        }
    }

    private Optional<FairQueue.Item<Waiting>> next() {
        if (limit > 0 && inFlight >= limit) {
            return Optional.empty();
        }
        int share = share();
        return queue.next(tenant -> isWithinItsLimit(tenant) && taken.getOrDefault(tenant, 0) < share)
                .or(() -> queue.next(this::isWithinItsLimit));
    }

    /** Permits of each tenant if all that hold some or wait have the same number. */
    private int share() {
        if (limit == 0) {
            return Integer.MAX_VALUE;
        }
        long active = queue.tenants()
                + taken.keySet().stream().filter(tenant -> !queue.has(tenant)).count();
        return (int) ((limit + active - 1) / Math.max(1, active));
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
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Tenants with a request that waits. */
    int waitingTenants() {
        lock.lock();
        try {
            return queue.tenants();
        } finally {
            lock.unlock();
        }
    }

    /** The share of the permits that are taken; 0 without a limit. */
    double used() {
        lock.lock();
        try {
            return limit == 0 ? 0 : inFlight / (double) limit;
        } finally {
            lock.unlock();
        }
    }
}
