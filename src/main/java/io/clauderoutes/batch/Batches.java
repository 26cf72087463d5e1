package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.BatchSettings;
import io.clauderoutes.settings.ClaudeSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers prompts, sends them together and hands their answers on. One thread looks at what is due; each batch has one thing done
 * with it at a time, and all that it has come to is on the disk, so that any process can go on with it.
 */
public final class Batches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Batches.class);
    private static final int MOST_AT_ONCE = 10;
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final Duration FORGET_EVERY = Duration.ofHours(1);

    private final BatchSettings settings;
    private final Path file;
    private final BatchEndpoints endpoints;
    private final BatchRecorder ledger;
    private final MessageJson messages;
    private final BatchDelivery handover;
    private final ScheduledExecutorService looking;
    private final ExecutorService threads;
    private final Executor storeThread;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;
    private final Clock clock;
    private final LongSupplier ticker;

    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong waitingBytes = new AtomicLong();
    /** When the first prompt that waits began to wait, since 1970. */
    private volatile long oldestMillis;

    private final AtomicBoolean woken = new AtomicBoolean();
    /** Of batches under way, by their id; used on the looking thread alone. */
    private final Map<Long, BatchLifecycle> courses = new HashMap<>();

    private Future<?> next;
    private long forgottenNanos;
    private volatile Parts parts;
    private volatile String trouble = "";
    private volatile boolean begun;
    private volatile boolean closing;

    /** What there is once the file is open. */
    private record Parts(BatchStore store, BatchSubmission creation, BatchResults results, DeadLetters letters) {}

    /**
     * Batches in a file below a folder. Nothing is opened before there is something to keep or to go on with.
     */
    public Batches(
            ClaudeSettings settings,
            PassThroughApi api,
            BatchRecorder ledger,
            MessageJson messages,
            BatchDelivery handover,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.settings = settings.upstream().batch();
        this.file = settings.operation().routes().data().resolve(BatchStore.FILE);
        this.endpoints = new BatchEndpoints(
                api, new BatchJson(messages), settings.delivery().split().maxReplyBytes());
        this.ledger = ledger;
        this.messages = messages;
        this.handover = handover;
        this.looking = runtime.threads().single("claude-batches");
        this.threads = runtime.threads().perTask("claude-batch");
        this.storeThread = runtime.threads().single("claude-batch-store");
        this.meters = meters;
        this.runtime = runtime;
        this.clock = runtime.clock();
        this.ticker = runtime.ticker();
        this.forgottenNanos = ticker.getAsLong() - FORGET_EVERY.toNanos();
        meters.batches().waiting(waiting::get);
        meters.batches().oldestWait(() -> waiting.get() == 0 ? 0 : Math.max(0, clock.millis() - oldestMillis) / 1000.0);
    }

    /** Opens what there is of before, so that nobody spends meanwhile what prompts under way can cost. */
    public void open() {
        if (Files.exists(file)) {
            try {
                parts();
            } catch (SQLException | BatchStore.StoreFailed unusable) {
                LOG.debug("the first look tells: {}", unusable.toString());
            }
        }
    }

    /** The routes are there: batches of before go on. */
    public void begin() {
        begun = true;
        if (Files.exists(file)) {
            wake();
        }
    }

    /**
     * Keeps a prompt until it is answered; false if its source has brought it before.
     *
     * @throws ClaudeException if it cannot be kept
     */
    boolean keep(Waiting prompt) {
        boolean news;
        try {
            news = parts().store().keep(prompt);
        } catch (BatchStore.StoreFailed | SQLException unwritten) {
            throw new ClaudeException.Unavailable(
                    ApiError.ours(503, "api_error", "the prompt cannot be kept for a batch: " + unwritten.getMessage()),
                    unwritten);
        }
        if (news) {
            long prompts = waiting.incrementAndGet();
            long bytes = waitingBytes.addAndGet(
                    BatchStore.bytesInBatch(prompt.prompt().request()));
            if (prompts == 1) {
                oldestMillis = clock.millis();
            }
            if (prompts == 1
                    || prompts >= settings.limits().size()
                    || bytes >= settings.limits().maxBytes()) {
                wake();
            }
        }
        return news;
    }

    private Parts parts() throws SQLException {
        Parts open = parts;
        return open == null ? opened() : open;
    }

    private synchronized Parts opened() throws SQLException {
        if (parts == null) {
            if (closing) {
                throw new SQLException("the bundle is stopping");
            }
            BatchStore store = new BatchStore(file, messages, storeThread, clock);
            ItemBooks books = new ItemBooks(ledger, store.token(), clock, ticker);
            BatchSubmission creation =
                    new BatchSubmission(settings, store, endpoints, new PromptDialect(messages), books, meters, clock);
            BatchResults results = new BatchResults(settings, store, endpoints, books, handover, threads, meters);
            books.hold(store.itemsAway());
            parts = new Parts(store, creation, results, new DeadLetters(store, handover, file, ticker.getAsLong()));
        }
        return parts;
    }

    /** Why the file cannot be used; empty as long as it can. */
    public Optional<String> trouble() {
        return Optional.of(trouble).filter(reason -> !reason.isEmpty());
    }

    private void wake() {
        if (begun && woken.compareAndSet(false, true)) {
            try {
                looking.execute(this::look);
            } catch (RejectedExecutionException stopping) {
                LOG.debug("nothing is begun any more");
            }
        }
    }

    private void look() {
        woken.set(false);
        if (closing || handover.isStopping()) {
            return;
        }
        Duration rest = LONGEST_REST;
        try {
            rest = lookAt(parts());
            if (!trouble.isEmpty()) {
                trouble = "";
                LOG.info("batches go on: {} can be used again", file);
            }
        } catch (SQLException | RuntimeException failure) {
            boolean news = trouble.isEmpty();
            trouble = failure.getMessage() == null ? failure.toString() : failure.getMessage();
            if (news && !closing) {
                LOG.error("batches have to wait: {}", failure.toString());
            }
        }
        if (next != null) {
            next.cancel(false);
        }
        next = looking.schedule(this::look, Math.max(1, rest.toMillis()), TimeUnit.MILLISECONDS);
    }

    /** Does what is due. How long nothing will be. */
    private Duration lookAt(Parts open) {
        long now = ticker.getAsLong();
        if (now - forgottenNanos >= FORGET_EVERY.toNanos()) {
            forgottenNanos = now;
            open.store().forget(settings.remembered());
        }
        Duration rest = least(LONGEST_REST, form(open.store()));
        List<Batch> batches = open.store().underWay();
        courses.keySet().retainAll(batches.stream().map(Batch::id).toList());
        long busy = courses.values().stream().filter(BatchLifecycle::isBusy).count();
        for (Batch batch : batches) {
            BatchLifecycle course = courses.computeIfAbsent(batch.id(), id -> course(open, now));
            if (course.isBusy()) {
                continue;
            }
            long left = course.leftNanos(now);
            if (left > 0) {
                rest = least(rest, Duration.ofNanos(left));
            } else if (busy < MOST_AT_ONCE) {
                busy++;
                course.occupy();
                threads.execute(() -> advance(course, batch));
            }
        }
        return least(rest, open.letters().write(now, LONGEST_REST));
    }

    private BatchLifecycle course(Parts open, long now) {
        return new BatchLifecycle(settings, open.store(), open.creation(), open.results(), meters, runtime, now);
    }

    private static Duration least(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }

    /** Puts together what is enough, or has waited long enough. How long the rest may wait. */
    private Duration form(BatchStore store) {
        while (true) {
            long prompts = waiting.get();
            long bytes = waitingBytes.get();
            BatchStore.Queue queue = store.queue();
            oldestMillis = queue.oldestMillis();
            if (!waiting.compareAndSet(prompts, queue.prompts()) || !waitingBytes.compareAndSet(bytes, queue.bytes())) {
                // Others have come meanwhile, who may be enough.
                wake();
            }
            if (queue.prompts() == 0) {
                return LONGEST_REST;
            }
            long left = queue.oldestMillis() + settings.limits().maxWait().toMillis() - clock.millis();
            if (queue.prompts() < settings.limits().size()
                    && queue.bytes() < settings.limits().maxBytes()
                    && left > 0) {
                return Duration.ofMillis(left);
            }
            store.form(settings.limits().size(), settings.limits().maxBytes());
        }
    }

    private void advance(BatchLifecycle course, Batch batch) {
        if (closing || handover.isStopping()) {
            // What was to be created or read is done after the next start.
            return;
        }
        try {
            course.advance(batch);
        } catch (RuntimeException failure) {
            if (!closing && !handover.isStopping()) {
                LOG.warn("batch {}: {}", batch.id(), failure.toString());
            }
        } finally {
            wake();
        }
    }

    /** What there is to tell of batches; nothing where there never was one. */
    public BatchReport report() {
        return new BatchReport(file);
    }

    /** Lets what is being handed on have its end, and lets go of the rest: what is not on the disk has not happened. */
    @Override
    public void close() {
        closing = true;
        looking.shutdownNow();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException stopping) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (parts != null) {
                parts.store().close();
            }
        }
    }
}
