package io.clauderoutes.ledger.write;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.store.SqliteFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the store. Whatever waits is committed together. While the store is gone, calls are refused before
 * they are made, or their rows are spilled; which one, the settings say.
 */
public final class LedgerWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerWriter.class);
    private static final int MOST_AT_ONCE = 2_000;
    private static final int MOST_KEPT = 100_000;
    private static final int MARK_EVERY = 10_000;
    private static final Duration IDLE = Duration.ofMillis(200);
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);

    private record Exported(List<Long> ids, CompletableFuture<Void> taken) {}

    private final LedgerDatabase database;
    private final WriteQueue backlog;
    private final WriteAheadLog ahead;
    private final Optional<Spill> spill;
    private final String run;
    private final LongSupplier lowestOpen;
    private final Maintenance upkeep;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final LongSupplier ticker;
    private final Queue<Exported> exported = new ConcurrentLinkedQueue<>();
    private final Deque<WriteQueue.Unhurried> kept = new ArrayDeque<>();
    /** Intents of calls that were not made, which may have been committed when the store was lost. */
    private final List<Row> doubtful = new ArrayList<>();

    private final CountDownLatch triedToOpen = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private Future<?> watch = CompletableFuture.completedFuture(null);
    private LedgerStore store;
    private long nextTry;
    private long marked;
    private boolean lost;
    private volatile String trouble = "";
    private volatile boolean spillFailed;
    private volatile boolean closing;

    /**
     * Writes a database.
     *
     * @param backlog what is to be written
     * @param ahead is told when the store is there, and when it is gone
     * @param spill takes rows while the store cannot; without one, calls are refused then
     * @param run the name of this process in the ledger
     * @param lowestOpen every attempt below it is over
     * @param upkeep what is done besides
     */
    public LedgerWriter(
            LedgerDatabase database,
            WriteQueue backlog,
            WriteAheadLog ahead,
            Optional<Spill> spill,
            String run,
            LongSupplier lowestOpen,
            Maintenance upkeep,
            ClaudeMeters meters,
            Clock clock,
            LongSupplier ticker) {
        this.database = database;
        this.backlog = backlog;
        this.ahead = ahead;
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
    public void start(Executor thread, ScheduledExecutorService watchdog) {
        thread.execute(this::write);
        watch = watchdog.scheduleWithFixedDelay(this::giveUpOnStuck, 1, 1, TimeUnit.SECONDS);
    }

    private void giveUpOnStuck() {
        backlog.giveUpOnStuck();
        ahead.giveUpOnStuck();
    }

    /** Why the store takes no rows; empty as long as it does. */
    public Optional<String> trouble() {
        return Optional.of(trouble).filter(reason -> !reason.isEmpty());
    }

    /** Why calls are refused; empty while their rows can be written, to the store or to the spill file. */
    public Optional<String> refusal() {
        return spill.isEmpty() || spillFailed ? trouble() : Optional.empty();
    }

    /** Waits until the store was opened, or could not be. */
    public void awaitOpened() {
        try {
            if (!triedToOpen.await(WriteQueue.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw WriteQueue.unavailable("it has not been opened within " + WriteQueue.PATIENCE.toSeconds() + " s");
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw WriteQueue.unavailable("the wait for it was interrupted");
        }
    }

    private void write() {
        try {
            while (!closing || !backlog.isNobodyWaiting()) {
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
        WriteQueue.Work work = backlog.take(IDLE);
        if (!work.beside().isEmpty() || !work.waiting().isEmpty()) {
            write(work);
        }
        backlog.done(work);
    }

    private void write(WriteQueue.Work work) {
        boolean tried = store != null;
        List<Row> rows = work.rows();
        if (stored(rows) || spilled(rows)) {
            work.beside().forEach(one -> one.stored().run());
            work.waiting().forEach(this::written);
            meters.entered(rows.stream().map(row -> row.state().name()));
            rows.stream().filter(row -> row.state().isFinal()).forEach(this::paid);
            return;
        }
        work.beside().forEach(this::keep);
        ClaudeException refusal = WriteQueue.unavailable(trouble);
        for (WriteQueue.Waiting one : work.waiting()) {
            if (one.row().state() == State.INTENT) {
                if (tried) {
                    doubtful.add(one.row());
                }
                one.written().completeExceptionally(refusal);
            } else {
                keep(new WriteQueue.Unhurried(one.row(), () -> {}));
                one.written().complete(null);
            }
        }
    }

    private void written(WriteQueue.Waiting one) {
        boolean waitedFor = one.written().complete(null);
        if (!waitedFor && one.row().state() == State.INTENT) {
            backlog.appendUnhurried(one.row().notSent("the ledger was slow", clock.millis()), () -> {});
        }
    }

    private void keep(WriteQueue.Unhurried row) {
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

    private void paid(Row row) {
        row.costMicroUsd()
                .ifPresent(cost -> meters.cost(
                        row.subject().endpoint(),
                        row.subject().tenant(),
                        row.subject().model(),
                        cost));
    }

    private boolean stored(List<Row> rows) {
        if (store == null) {
            return false;
        }
        try {
            long start = ticker.getAsLong();
            appendWhereItIsFound(rows);
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
            failed(failure);
            return false;
        }
    }

    /** Where the file was removed, a new one takes the rows. */
    private void appendWhereItIsFound(List<Row> rows) throws SQLException {
        try {
            store.append(rows);
        } catch (SqliteFile.Removed removed) {
            failed(removed);
            open();
            if (store == null) {
                throw removed;
            }
            store.append(rows);
        }
    }

    private void failed(SQLException failure) {
        if (failure instanceof SqliteFile.Removed) {
            // The journal lay beside it.
            ahead.close();
        }
        closeStore();
        down(failure.getMessage());
    }

    /** Takes what was exported out of the outbox, before what is asked for next; what is not taken out is exported again. */
    public void exported(List<Long> ids) {
        CompletableFuture<Void> taken = new CompletableFuture<>();
        exported.add(new Exported(List.copyOf(ids), taken));
        WriteQueue.await(taken.orTimeout(WriteQueue.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
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
            failed(failure);
        }
    }

    private boolean spilled(List<Row> rows) {
        if (spill.isEmpty()) {
            return false;
        }
        try {
            spill.get().append(rows);
            spillFailed = false;
            return true;
        } catch (IOException failure) {
            spillFailed = true;
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
            store.append(kept.stream().map(WriteQueue.Unhurried::row).toList());
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
        if (besides.isPresent() && !ahead.hasBegun()) {
            append(Journal.left(besides.get()));
            Journal.forget(besides.get());
            ahead.begin(besides.get());
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
            ahead.storeIsThere(true);
            trouble = "";
            LOG.info("the ledger {} is written again", database.name());
        }
    }

    private void down(String reason) {
        boolean news = trouble.isEmpty();
        ahead.storeIsThere(false);
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
        if (backlog.hasUnhurried()) {
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
        backlog.close();
        ended.countDown();
    }

    private void closeJournal() {
        boolean had = ahead.hasBegun();
        ahead.close();
        try {
            if (had && store != null && kept.isEmpty() && !backlog.hasUnhurried()) {
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
            if (!ended.await(WriteQueue.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the ledger was not closed within {} s", WriteQueue.PATIENCE.toSeconds());
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
