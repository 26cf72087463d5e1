package io.clauderoutes.throttle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What waits, by tenant, served by deficit round robin (Shreedhar and Varghese, 1995): each round gives a tenant the same number of tokens,
 * and what waits longest in a tenant is served when the tenant has saved its cost. Within a tenant, first come is first served. Not safe
 * for use by two threads.
 */
final class FairQueue<T> {

    /** Tokens that a tenant gets in a round. */
    static final long QUANTUM = 200;

    private final Map<String, Tenant<T>> tenants = new HashMap<>();
    private final Deque<String> round = new ArrayDeque<>();
    private int size;

    /**
     * Something that waits.
     *
     * @param cost in tokens, at least 1
     */
    record Item<T>(String tenant, long cost, T waiting) {}

    private static final class Tenant<T> {
        private final Deque<Item<T>> items = new ArrayDeque<>();
        private long deficit;
    }

    void add(Item<T> item) {
        tenants.computeIfAbsent(item.tenant(), name -> {
                    round.addLast(name);
                    return new Tenant<>();
                })
                .items
                .addLast(item);
        size++;
    }

    /** Removes something that does not wait any more. */
    void remove(Item<T> item) {
        Tenant<T> tenant = tenants.get(item.tenant());
        if (tenant != null && tenant.items.remove(item)) {
            size--;
            forgetIfEmpty(item.tenant(), tenant);
        }
    }

    /** A tenant that leaves saves nothing for later. */
    private void forgetIfEmpty(String name, Tenant<T> tenant) {
        if (tenant.items.isEmpty()) {
            tenants.remove(name);
            round.remove(name);
        }
    }

    boolean has(String tenant) {
        return tenants.containsKey(tenant);
    }

    int size() {
        return size;
    }

    /** Tenants of which something waits. */
    int tenants() {
        return tenants.size();
    }

    /** Removes what is served next, among the tenants that may be served; empty if nothing of them waits. */
    Optional<Item<T>> next(Predicate<String> mayBeServed) {
        long rounds = Long.MAX_VALUE;
        for (int i = round.size(); i > 0; i--) {
            String name = round.element();
            Tenant<T> tenant = tenants.get(name);
            if (mayBeServed.test(name)) {
                long missing = tenant.items.element().cost() - tenant.deficit;
                if (missing <= 0) {
                    return Optional.of(served(name, tenant));
                }
                rounds = Math.min(rounds, (missing + QUANTUM - 1) / QUANTUM);
            }
            round.addLast(round.removeFirst());
        }
        if (rounds == Long.MAX_VALUE) {
            return Optional.empty();
        }
        for (Map.Entry<String, Tenant<T>> each : tenants.entrySet()) {
            if (mayBeServed.test(each.getKey())) {
                each.getValue().deficit += rounds * QUANTUM;
            }
        }
        return next(mayBeServed);
    }

    private Item<T> served(String name, Tenant<T> tenant) {
        Item<T> item = tenant.items.removeFirst();
        tenant.deficit -= item.cost();
        size--;
        forgetIfEmpty(name, tenant);
        return item;
    }
}
