package io.clauderoutes.batch;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.BatchSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The course of one batch: what is done with it next, and when. It has one thing done with it at a time. */
final class BatchLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(BatchLifecycle.class);
    private static final double SLOWER = 1.5;
    private static final int MOST_GONE = 3;
    private static final int NOT_FOUND = 404;
    private static final Duration TELL_EVERY = Duration.ofMinutes(10);

    private final BatchSettings settings;
    private final BatchStore store;
    private final BatchSubmission creation;
    private final BatchResults results;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final LongSupplier ticker;

    private long dueNanos;
    private long toldNanos;
    private Duration interval;
    private int gone;
    private volatile boolean busy;

    /** The course of a batch that is due at once. */
    BatchLifecycle(
            BatchSettings settings,
            BatchStore store,
            BatchSubmission creation,
            BatchResults results,
            ClaudeMeters meters,
            BundleRuntime runtime,
            long nowNanos) {
        this.settings = settings;
        this.store = store;
        this.creation = creation;
        this.results = results;
        this.meters = meters;
        this.clock = runtime.clock();
        this.ticker = runtime.ticker();
        this.dueNanos = nowNanos;
        this.toldNanos = nowNanos;
        this.interval = settings.polling().interval();
    }

    boolean isBusy() {
        return busy;
    }

    /** The batch is about to be advanced, by whichever thread. */
    void occupy() {
        busy = true;
    }

    /** How long nothing is due; zero or less if something is. */
    long leftNanos(long nowNanos) {
        return dueNanos - nowNanos;
    }

    /** Does what is next; after it the batch is not busy, whatever came of it. */
    void advance(Batch batch) {
        Step step = Step.LATER;
        try {
            step = next(batch);
        } catch (ClaudeException failure) {
            step = failed(batch, failure);
        } finally {
            rest(step);
        }
    }

    private Step next(Batch batch) {
        return switch (batch.state()) {
            case READY -> creation.send(batch);
            case SENDING -> creation.seek(batch);
            case SENT -> poll(batch);
            case ENDED -> results.read(batch);
            case DONE -> Step.LATER;
        };
    }

    private void rest(Step step) {
        if (step.forward()) {
            interval = settings.polling().interval();
        }
        dueNanos = ticker.getAsLong() + step.pause().orElse(interval).toNanos();
        if (!step.forward()) {
            Duration slower = Duration.ofNanos((long) (interval.toNanos() * SLOWER));
            interval = slower.compareTo(settings.polling().intervalMax()) < 0
                    ? slower
                    : settings.polling().intervalMax();
        }
        busy = false;
    }

    private Step poll(Batch batch) {
        ApiBatch told = creation.look(batch);
        gone = 0;
        if (told.archived()) {
            store.ended(batch.id(), told.counts());
            results.lost(batch, store.items(batch.id()), "the API no longer has the results of its batch");
            return Step.FORWARD;
        }
        long age = clock.millis() - batch.sentMillis();
        if (!told.ended()) {
            if (ticker.getAsLong() - toldNanos >= TELL_EVERY.toNanos()) {
                toldNanos = ticker.getAsLong();
                LOG.info("batch {} is under way for {} s: {}", batch.id(), age / 1000, told.counts());
            }
            return Step.LATER;
        }
        store.ended(batch.id(), told.counts());
        meters.batches().ended(Duration.ofMillis(Math.max(0, age)));
        LOG.info("batch {} ended after {} s: {}", batch.id(), age / 1000, told.counts());
        return Step.FORWARD;
    }

    private Step failed(Batch batch, ClaudeException failure) {
        gone = failure.status() == NOT_FOUND ? gone + 1 : 0;
        if (batch.state() == BatchState.SENT && gone >= MOST_GONE) {
            results.lost(batch, store.items(batch.id()), "the API no longer has its batch: it may have been paid");
            store.done(batch.id(), "gone");
            return Step.FORWARD;
        }
        LOG.warn("batch {}: {}", batch.id(), failure.getMessage());
        return Step.after(failure.retryAfter());
    }
}
