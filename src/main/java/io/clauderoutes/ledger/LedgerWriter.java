package io.clauderoutes.ledger;

import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the store. Whatever waits is committed together, and each caller goes on when its own row is on the
 * disk, be it in the store or in the journal before it. While the store is gone, calls are refused before they are made, or
 * their rows are spilled; which one, the settings say.
 */
final class LedgerWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerWriter.class);
    private static final int MOST_AT_ONCE = 2_000;
    private static final int MOST_KEPT = 100_000;
    private static final int MARK_EVERY = 10_000;
    private static final long IDLE_MILLIS = 200;
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private record Exported(List<Long> ids, CompletableFuture<Void> taken) {}

    private record Waiting(Row row, long sinceNanos, CompletableFuture<Void> written) {}

    /** @param stored is run when the row is safe, and needs to be nowhere else any more */
    private record Unhurried(Row row, Runnable stored) {}

    private record Later(Row row, long dueNanos, BooleanSupplier needless) {}

    private final LedgerDatabase database;
    private final Optional<Spill> spill;
    private final String run;
    private final LongSupplier lowestOpen;
    private final Upkeep upkeep;
    private final ScheduledExecutorService journalThread;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final LongSupplier ticker;
    private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final Queue<Exported> exported = new ConcurrentLinkedQueue<>();
    private final Queue<Unhurried> unhurried = new ConcurrentLinkedQueue<>();
    private final Queue<Later> later = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Void>> looking = new ConcurrentLinkedQueue<>();
    private final Deque<Unhurried> kept = new ArrayDeque<>();
    /** Intents of calls that were not made, which may have been committed when the store was lost. */
    private final List<Row> doubtful = new ArrayList<>();

    private final CountDownLatch triedToOpen = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private Future<?> watch = CompletableFuture.completedFuture(null);
    private LedgerStore store;
    private long nextTry;
    private long marked;
    private boolean lost;
    private volatile Optional<Journal> journal = Optional.empty();
    private volatile boolean journalFailed;
    private volatile List<Waiting> atWork = List.of();
    private volatile String trouble = "";
    private volatile boolean closing;

    /**
     * Writes a database.
     *
     * @param spill takes rows while the store cannot; without one, calls are refused then
     * @param run the name of this process in the ledger
     * @param lowestOpen every attempt below it is over
     * @param upkeep what is done besides
     * @param journalThread writes the journal where several want it at once
     */
    LedgerWriter(
            LedgerDatabase database,
            Optional<Spill> spill,
            String run,
            LongSupplier lowestOpen,
            Upkeep upkeep,
            ScheduledExecutorService journalThread,
            ClaudeMeters meters,
            Clock clock,
            LongSupplier ticker) {
        this.database = database;
        this.journalThread = journalThread;
        this.spill = spill;
        this.run = run;
        this.lowestOpen = lowestOpen;
        this.upkeep = upkeep;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.nextTry = ticker.getAsLong();
    }

    /**
     * Begins to write.
     *
     * @param thread is kept until this is closed
     * @param watchdog sees to it that nobody waits for a disk that hangs; a limit of each caller's own would cost it a timer
     */
    void start(Executor thread, ScheduledExecutorService watchdog) {
        thread.execute(this::write);
        watch = watchdog.scheduleWithFixedDelay(this::giveUpOnStuck, 1, 1, TimeUnit.SECONDS);
    }

    private void giveUpOnStuck() {
        long since = ticker.getAsLong() - PATIENCE.toNanos();
        Stream.concat(atWork.stream(), queue.stream())
                .filter(one -> one.sinceNanos() - since < 0)
                .forEach(one -> one.written()
                        .completeExceptionally(unavailable("it has not answered for " + PATIENCE.toSeconds() + " s")));
        journal.ifPresent(Journal::giveUpOnStuck);
    }

    /**
     * Puts the intent to make a call on the disk, and waits for it.
     *
     * @throws ClaudeException if the call must not be made
     */
    void intend(Row row) {
        Optional<Journal> open = trouble.isEmpty() ? journal : Optional.empty();
        if (open.isEmpty() || !isIn(open.get(), row)) {
            await(append(row));
        }
    }

    private boolean isIn(Journal open, Row row) {
        try {
            Journal.Batch batch = open.add(row);
            try {
                open.await(batch);
            } catch (IOException failure) {
                // The store gets it, or the call is not made.
                batch.stored();
                throw failure;
            }
            appendUnhurried(row, batch::stored);
            return true;
        } catch (IOException failure) {
            tell(failure);
            return false;
        }
    }

    /** The end of a call on its way to the disk. */
    @FunctionalInterface
    interface Ending {
        /** Waits until it is there. */
        void await();
    }

    /**
     * Appends the end of a call.
     *
     * @param hurried whether somebody will wait for it
     * @param stored is run when it is safe in the store
     */
    Ending end(Row row, boolean hurried, Runnable stored) {
        Optional<Journal> open = journal;
        if (open.isPresent()) {
            try {
                Journal.Batch batch = open.get().add(row);
                appendUnhurried(row, () -> {
                    batch.stored();
                    stored.run();
                });
                return () -> awaitEnd(open.get(), batch);
            } catch (IOException failure) {
                tell(failure);
            }
        }
        if (!hurried) {
            appendUnhurried(row, stored);
            return this::awaitStored;
        }
        CompletableFuture<Void> written = append(row);
        return () -> {
            await(written);
            stored.run();
        };
    }

    private void awaitEnd(Journal open, Journal.Batch batch) {
        try {
            open.await(batch);
        } catch (IOException failure) {
            tell(failure);
            awaitStored();
        }
    }

    private void tell(IOException failure) {
        if (!journalFailed && !(failure instanceof InterruptedIOException)) {
            journalFailed = true;
            LOG.warn(
                    "the journal of the ledger {} cannot be written ({}): calls wait for the ledger itself",
                    database.name(),
                    failure.toString());
        }
    }

    /** Appends a row; what comes back is done when it is on the disk, or failed if the call must not be made. */
    CompletableFuture<Void> append(Row row) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        queue.add(new Waiting(row, ticker.getAsLong(), written));
        if (ended.getCount() == 0) {
            written.completeExceptionally(unavailable("it was closed"));
        }
        return written;
    }

    /**
     * Appends a row with whatever is written next.
     *
     * @param stored is run when it is safe
     */
    void appendUnhurried(Row row, Runnable stored) {
        unhurried.add(new Unhurried(row, stored));
    }

    /**
     * Appends a row in a while.
     *
     * @param needless whether it need not be written any more, when its time has come
     */
    void appendLater(Row row, BooleanSupplier needless) {
        later.add(new Later(row, ticker.getAsLong() + LATER.toNanos(), needless));
    }

    /** Waits until the store has what was appended before, if it takes anything. */
    void awaitStored() {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        looking.add(stored);
        await(stored.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Waits until the row is on the disk. */
    static void await(CompletableFuture<Void> written) {
        try {
            written.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw unavailable("the wait for it was interrupted");
        } catch (ExecutionException failure) {
            throw ClaudeException.causeOf(failure).orElseGet(() -> unavailable(failure.getMessage()));
        }
    }

    /** Calls cannot be made: not again by us, and not by a client before somebody has looked after it. */
    static ClaudeException unavailable(String reason) {
        return new ClaudeException.Unavailable(new ApiError(
                503,
                "api_error",
                "the ledger cannot be written: " + reason
                        + ". Calls stop until it can (claude.ledger.when-unavailable=stop)",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of("x-should-retry", "false"),
                Optional.empty()));
    }

    /** Why the store takes no rows; empty as long as it does. */
    Optional<String> trouble() {
        return Optional.of(trouble).filter(reason -> !reason.isEmpty());
    }

    /** Waits until the store was opened, or could not be. */
    void awaitOpened() {
        try {
            if (!triedToOpen.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw unavailable("it has not been opened within " + PATIENCE.toSeconds() + " s");
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw unavailable("the wait for it was interrupted");
        }
    }

    private void write() {
        try {
            while (!closing || !queue.isEmpty()) {
                if (store == null && ticker.getAsLong() - nextTry >= 0) {
                    open();
                }
                next();
                keepUp();
            }
            flush();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error mistake) {
            down("its writer failed: " + mistake);
            LOG.error("the ledger's writer ended", mistake);
        } finally {
            end();
        }
    }

    private void next() throws InterruptedException {
        Waiting first = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        List<CompletableFuture<Void>> lookers = new ArrayList<>();
        for (CompletableFuture<Void> one = looking.poll(); one != null; one = looking.poll()) {
            lookers.add(one);
        }
        List<Waiting> waiting = new ArrayList<>();
        if (first != null) {
            waiting.add(first);
            queue.drainTo(waiting, MOST_AT_ONCE);
        }
        List<Unhurried> beside = new ArrayList<>();
        for (Unhurried one = unhurried.poll(); one != null; one = unhurried.poll()) {
            beside.add(one);
        }
        long now = ticker.getAsLong();
        for (Later one = later.peek(); one != null && one.dueNanos() - now <= 0; one = later.peek()) {
            later.remove();
            if (!one.needless().getAsBoolean()) {
                beside.add(new Unhurried(one.row(), () -> {}));
            }
        }
        if (!waiting.isEmpty() || !beside.isEmpty()) {
            atWork = waiting;
            write(beside, waiting);
            atWork = List.of();
        }
        lookers.forEach(one -> one.complete(null));
    }

    private void write(List<Unhurried> beside, List<Waiting> waiting) {
        boolean tried = store != null;
        List<Row> rows = Stream.concat(
                        beside.stream().map(Unhurried::row), waiting.stream().map(Waiting::row))
                .toList();
        if (stored(rows) || spilled(rows)) {
            meters.entered(rows.stream().map(row -> row.state().name()));
            beside.forEach(one -> one.stored().run());
            waiting.forEach(this::written);
            return;
        }
        beside.forEach(this::keep);
        ClaudeException refusal = unavailable(trouble);
        for (Waiting one : waiting) {
            if (one.row().state() == State.INTENT) {
                if (tried) {
                    doubtful.add(one.row());
                }
                one.written().completeExceptionally(refusal);
            } else {
                keep(new Unhurried(one.row(), () -> {}));
                one.written().complete(null);
            }
        }
    }

    private void written(Waiting one) {
        boolean waitedFor = one.written().complete(null);
        if (!waitedFor && one.row().state() == State.INTENT) {
            appendUnhurried(one.row().notSent("the ledger was slow", clock.millis()), () -> {});
        }
    }

    private void keep(Unhurried row) {
        if (kept.size() < MOST_KEPT) {
            kept.add(row);
        } else if (!lost) {
            lost = true;
            LOG.error(
                    "more than {} rows wait for the ledger: from now on rows are lost, and their calls will stand in it as"
                            + " UNKNOWN",
                    MOST_KEPT);
        }
    }

    private boolean stored(List<Row> rows) {
        if (store == null) {
            return false;
        }
        try {
            long start = ticker.getAsLong();
            store.append(rows);
            meters.ledgerCommitted(Duration.ofNanos(ticker.getAsLong() - start));
            long highest = rows.stream()
                    .filter(row -> row.run().equals(run))
                    .mapToLong(Row::number)
                    .max()
                    .orElse(0);
            if (highest - marked >= MARK_EVERY && !lost) {
                marked = highest;
                store.mark(run, lowestOpen.getAsLong(), clock.millis());
            }
            return true;
        } catch (SQLException failure) {
            closeStore();
            down(failure.getMessage());
            return false;
        }
    }

    /** Takes what was exported out of the outbox, before what is asked for next; what is not taken out is exported again. */
    void exported(List<Long> ids) {
        CompletableFuture<Void> taken = new CompletableFuture<>();
        exported.add(new Exported(List.copyOf(ids), taken));
        await(taken.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    private void keepUp() {
        if (store == null) {
            return;
        }
        try {
            for (Exported one = exported.peek(); one != null; one = exported.peek()) {
                store.exported(one.ids());
                exported.poll();
                one.taken().complete(null);
            }
            if (upkeep.isDue()) {
                upkeep.step(store);
            }
        } catch (SQLException failure) {
            closeStore();
            down(failure.getMessage());
        }
    }

    private boolean spilled(List<Row> rows) {
        if (spill.isEmpty()) {
            return false;
        }
        try {
            spill.get().append(rows);
            return true;
        } catch (IOException failure) {
            down(trouble + "; nor can " + spill.get().file() + " (" + failure + ")");
            return false;
        }
    }

    private void open() {
        nextTry = ticker.getAsLong() + TRY_AGAIN_AFTER.toNanos();
        try {
            store = new LedgerStore(database);
            openJournal();
            readSpillIn();
            store.append(kept.stream().map(Unhurried::row).toList());
            kept.forEach(one -> one.stored().run());
            kept.clear();
            clearDoubts();
            upkeep.begin(store);
            up();
        } catch (SQLException | IOException failure) {
            closeStore();
            down(failure.getMessage());
        } finally {
            triedToOpen.countDown();
        }
    }

    /** What others left in it is read in before anybody says that they left their calls open. */
    private void openJournal() throws SQLException, IOException {
        Optional<Path> besides = database.besides();
        if (besides.isEmpty() || journal.isPresent()) {
            return;
        }
        append(Journal.left(besides.get()));
        Journal.forget(besides.get());
        try {
            journal = Optional.of(new Journal(besides.get(), journalThread, PATIENCE, ticker));
        } catch (IOException noRoom) {
            tell(noRoom);
        }
    }

    private void append(List<Row> rows) throws SQLException {
        for (int from = 0; from < rows.size(); from += MOST_AT_ONCE) {
            store.append(rows.subList(from, Math.min(rows.size(), from + MOST_AT_ONCE)));
        }
    }

    private void clearDoubts() throws SQLException {
        for (Row intent : doubtful) {
            if (store.has(intent)) {
                store.append(List.of(intent.notSent("the ledger was lost", clock.millis())));
            }
        }
        doubtful.clear();
    }

    private void readSpillIn() throws SQLException, IOException {
        if (spill.isEmpty()) {
            return;
        }
        List<Row> rows = spill.get().read();
        append(rows);
        spill.get().delete();
        if (!rows.isEmpty()) {
            LOG.info(
                    "{} rows of {} are in the ledger now",
                    rows.size(),
                    spill.get().file());
        }
    }

    private void up() {
        if (!trouble.isEmpty()) {
            trouble = "";
            LOG.info("the ledger {} is written again", database.name());
        }
    }

    private void down(String reason) {
        boolean news = trouble.isEmpty();
        trouble = database.name() + ": " + reason;
        if (news) {
            LOG.error(
                    "the ledger cannot be written ({}): {}",
                    trouble,
                    spill.map(to -> "calls go on, and what they cost is written to " + to.file() + " until it can")
                            .orElse("calls are refused until it can; claude.ledger.when-unavailable=go-on would let"
                                    + " them go on"));
        }
    }

    private void closeStore() {
        if (store != null) {
            store.close();
            store = null;
        }
        nextTry = ticker.getAsLong() + TRY_AGAIN_AFTER.toNanos();
    }

    private void flush() throws InterruptedException {
        if (!unhurried.isEmpty()) {
            next();
        }
        if (!kept.isEmpty()) {
            LOG.error(
                    "{} rows could not be written to the ledger; their calls will stand in it as UNKNOWN", kept.size());
        }
    }

    private void end() {
        closing = true;
        try {
            if (store != null && kept.isEmpty() && !lost) {
                store.mark(run, lowestOpen.getAsLong(), clock.millis());
            }
        } catch (SQLException lookedThroughNextTime) {
            LOG.debug("the end of the run was not marked", lookedThroughNextTime);
        }
        closeJournal();
        closeStore();
        queue.forEach(one -> one.written().completeExceptionally(unavailable("it was closed")));
        ended.countDown();
    }

    private void closeJournal() {
        Optional<Journal> closed = journal;
        journal = Optional.empty();
        closed.ifPresent(Journal::close);
        try {
            if (closed.isPresent() && store != null && kept.isEmpty() && unhurried.isEmpty()) {
                Journal.forget(database.besides().orElseThrow());
            }
        } catch (IOException readNextTime) {
            LOG.debug("the journal was not removed", readNextTime);
        }
    }

    /** Writes what waits, and closes the store. */
    @Override
    public void close() {
        closing = true;
        watch.cancel(false);
        try {
            if (!ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the ledger was not closed within {} s", PATIENCE.toSeconds());
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
