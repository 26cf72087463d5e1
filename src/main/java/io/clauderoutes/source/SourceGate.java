package io.clauderoutes.source;

import io.clauderoutes.settings.RedeliverySettings;
import io.clauderoutes.text.Printable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the messages of one source while a dependency is down. They wait on the source's own threads, so the source takes no
 * more of them, and they stay where they are. While the gate is closed one message at a time is tried, after a wait that doubles;
 * the first that is answered opens the gate.
 */
final class SourceGate {

    private static final Logger LOG = LoggerFactory.getLogger(SourceGate.class);
    private static final long LOOK_AGAIN_MILLIS = 200;
    private static final double JITTER = 0.2;
    private static final int MOST_DOUBLINGS = 30;

    private final String name;
    private final RedeliverySettings settings;
    private final Supplier<Optional<Outage>> condition;
    private final Clock clock;
    private final LongSupplier ticker;
    private final DoubleSupplier chance;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Paused paused;
    private final Map<Object, Long> waitingSince = new ConcurrentHashMap<>();
    private boolean trial;
    private volatile boolean stopping;

    /** @param blocked whether a condition says so, which no message needs to try */
    private record Paused(Outage outage, Instant since, boolean blocked, int failures, long nextTrialNanos) {}

    /**
     * Opens the gate.
     *
     * @param condition an outage that is known without a message
     * @param chance from 0 to 1
     */
    SourceGate(
            String name,
            RedeliverySettings settings,
            Supplier<Optional<Outage>> condition,
            Clock clock,
            LongSupplier ticker,
            DoubleSupplier chance) {
        this.name = name;
        this.settings = settings;
        this.condition = condition;
        this.clock = clock;
        this.ticker = ticker;
        this.chance = chance;
    }

    /**
     * Waits until a message may be worked on.
     *
     * @return whether the message is the one that is tried while the gate is closed
     * @throws RejectedExecutionException if the bundle stops meanwhile
     */
    boolean enter() {
        if (paused == null && !stopping && condition.get().isEmpty()) {
            return false;
        }
        Object waiting = new Object();
        waitingSince.put(waiting, ticker.getAsLong());
        lock.lock();
        try {
            while (true) {
                if (stopping) {
                    throw new RejectedExecutionException("the bundle is stopping: the message stays with its source");
                }
                condition.get().ifPresentOrElse(this::block, this::unblock);
                if (paused == null) {
                    return false;
                }
                if (mayTry(paused) && !trial && ticker.getAsLong() - paused.nextTrialNanos() >= 0) {
                    trial = true;
                    return true;
                }
                try {
                    boolean unused = changed.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException interrupted) {
                    // Only a stop ends the wait. What interrupted this thread was meant for the work before.
                    LOG.debug("source {}: a wait was interrupted", name);
                }
            }
        } finally {
            waitingSince.remove(waiting);
            lock.unlock();
        }
    }

    /** How long the message has waited that waits longest; 0 while none does. */
    long oldestWaitNanos() {
        long now = ticker.getAsLong();
        return waitingSince.values().stream()
                .mapToLong(since -> now - since)
                .max()
                .orElse(0);
    }

    /** What a sink does with another message shows only when it gets one; the reply is kept if it fails. */
    private static boolean mayTry(Paused held) {
        return !held.blocked() || held.outage().kind() == Outage.Kind.SINK;
    }

    private long nextTrialNanos() {
        return ticker.getAsLong() + settings.maxDelay().toNanos();
    }

    private void block(Outage outage) {
        Paused held = paused;
        if (held == null) {
            report(outage);
            paused = new Paused(outage, clock.instant(), true, 0, nextTrialNanos());
        } else if (!held.blocked() || !held.outage().equals(outage)) {
            paused = new Paused(outage, held.since(), true, held.failures(), held.nextTrialNanos());
        }
    }

    /** The condition has passed: a message is tried at once. */
    private void unblock() {
        Paused held = paused;
        if (held != null && held.blocked()) {
            paused = new Paused(held.outage(), held.since(), false, 0, ticker.getAsLong());
        }
    }

    private void report(Outage outage) {
        LOG.warn(
                "source {} is paused, its messages stay where they are: {}: {}",
                name,
                outage.kind().word(),
                Printable.line(outage.reason()));
    }

    /** A message failed because of an outage. */
    void failed(Outage outage, boolean wasTrial) {
        lock.lock();
        try {
            Paused held = paused;
            if (held == null && !stopping) {
                report(outage);
            }
            trial &= !wasTrial;
            boolean counts = held == null || wasTrial;
            int failures = (held == null ? 0 : held.failures()) + (counts ? 1 : 0);
            long next = counts ? ticker.getAsLong() + delayNanos(failures) : held.nextTrialNanos();
            paused = new Paused(outage, held == null ? clock.instant() : held.since(), false, failures, next);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private long delayNanos(int failures) {
        Duration first = settings.delay();
        long doubled = first.toMillis() << Math.min(MOST_DOUBLINGS, Math.max(0, failures - 1));
        long millis = doubled < first.toMillis()
                ? settings.maxDelay().toMillis()
                : Math.min(doubled, settings.maxDelay().toMillis());
        return (long) (TimeUnit.MILLISECONDS.toNanos(millis) * (1 - JITTER * chance.getAsDouble()));
    }

    /** A message was answered, or the endpoint refused it for what it is: the dependencies are there. */
    void succeeded() {
        if (paused == null) {
            return;
        }
        lock.lock();
        try {
            Paused held = paused;
            trial = false;
            if (held != null && condition.get().isEmpty()) {
                paused = null;
                LOG.info(
                        "source {} goes on after {} s",
                        name,
                        Duration.between(held.since(), clock.instant()).toSeconds());
            } else if (held != null) {
                paused = new Paused(held.outage(), held.since(), held.blocked(), held.failures(), nextTrialNanos());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The message that was tried ended without a word about the dependencies. */
    void trialEnded() {
        lock.lock();
        try {
            trial = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No further message gets through. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isStopping() {
        return stopping;
    }

    /** Why the source is paused and since when; empty if it is not. */
    Optional<SourceGates.Pause> pause() {
        Paused held = paused;
        return held == null
                ? Optional.empty()
                : Optional.of(new SourceGates.Pause(
                        held.outage().kind().word(), held.outage().reason(), held.since()));
    }
}
