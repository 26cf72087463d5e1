package io.clauderoutes.ledger.write;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.store.SqliteFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the store. It commits together what is in the queue: five times a second, or at once when a call
 * waits. While the store takes no rows, it spills them or refuses calls before they are made; which one, the settings say.
 */
public final class LedgerWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerWriter.class);
    private static final int MOST_AT_ONCE = 2_000;
    private static final int MARK_EVERY = 10_000;
    private static final Duration IDLE = Duration.ofMillis(200);
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);

    private final LedgerDatabase database;
    private final WriteQueue queue;
    private final Optional<SpillFile> spill;
    private final LedgerRun run;
    private final Maintenance upkeep;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;
    private final Clock clock;
    private final LongSupplier ticker;
    /** Intents of calls that were not made, which may have been committed when the store was lost. */
    private final List<Row> doubtful = new ArrayList<>();

    private final CountDownLatch triedToOpen = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private Future<?> watch = CompletableFuture.completedFuture(null);
    private Optional<LedgerStore> store = Optional.empty();
    private long nextTry;
    private long marked;
    private volatile String trouble = "";
    private volatile Instant troubleSince = Instant.EPOCH;
    private volatile boolean spillFailed;
    private volatile boolean closing;

    /**
     * Writes a database.
     *
     * @param spill takes rows while the store cannot; without one, calls are refused then
     */
    public LedgerWriter(
            LedgerDatabase database,
            WriteQueue queue,
            Optional<SpillFile> spill,
            LedgerRun run,
            Maintenance upkeep,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.database = database;
        this.queue = queue;
        this.spill = spill;
        this.run = run;
        this.upkeep = upkeep;
        this.meters = meters;
        this.runtime = runtime;
        this.clock = runtime.clock();
        this.ticker = runtime.ticker();
        this.nextTry = ticker.getAsLong();
    }

    /** Begins to write, on a thread of its own. A limit of each caller's own wait for a disk that hangs would cost it a timer. */
    public void start() {
        runtime.threads().single("claude-ledger").execute(this::write);
        watch = runtime.threads().timer().scheduleWithFixedDelay(queue::giveUpOnStuck, 1, 1, TimeUnit.SECONDS);
    }

    /** Why the store takes no rows; empty as long as it does. */
    public Optional<String> trouble() {
        return Optional.of(trouble).filter(reason -> !reason.isEmpty());
    }

    /** Since when the store takes no rows; empty as long as it does. */
    public Optional<Instant> troubleSince() {
        return trouble().map(reason -> troubleSince);
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

    /** Takes what was exported out of the outbox, and waits for that; what is not taken out is exported again. */
    public void exported(List<Long> ids) {
        List<Long> all = List.copyOf(ids);
        queue.awaitWork(opened -> opened.exported(all));
    }

    /** Writes what became of calls that may have been billed. */
    public void learn(List<UnknownCall.Outcome> outcomes) {
        List<UnknownCall.Outcome> all = List.copyOf(outcomes);
        queue.appendWork(opened -> upkeep.learn(opened, all));
    }

    private void write() {
        try {
            while (!closing) {
                if (store.isEmpty() && ticker.getAsLong() - nextTry >= 0) {
                    open();
                }
                run.startedLongAgo().forEach(row -> queue.append(row, false));
                write(queue.next(IDLE));
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

    private void write(List<WriteQueue.Item> items) {
        boolean tried = store.isPresent();
        if (!stored(items) && !spilled(items)) {
            List<Row> refused = queue.refuse(WriteQueue.unavailable(trouble));
            if (tried) {
                doubtful.addAll(refused);
            }
        }
        queue.removeDone();
    }

    private static List<PendingRow> rows(List<WriteQueue.Item> items) {
        return items.stream()
                .filter(PendingRow.class::isInstance)
                .map(PendingRow.class::cast)
                .filter(pending -> !pending.isDone())
                .toList();
    }

    private boolean stored(List<WriteQueue.Item> items) {
        if (store.isEmpty()) {
            return false;
        }
        try {
            store(store.get(), items);
            return true;
        } catch (SqliteFile.Removed removed) {
            failed(removed);
            // A new file takes the rows.
            open();
            return store.isPresent();
        } catch (SQLException failure) {
            failed(failure);
            return false;
        }
    }

    private void store(LedgerStore opened, List<WriteQueue.Item> items) throws SQLException {
        List<PendingRow> rows = rows(items);
        if (!rows.isEmpty()) {
            long start = ticker.getAsLong();
            opened.append(rows.stream().map(PendingRow::row).toList());
            meters.ledger().committed(Duration.ofNanos(ticker.getAsLong() - start));
            safe(rows);
            mark(opened, rows);
        }
        for (WriteQueue.Item item : items) {
            if (item instanceof PendingWork work && !work.isDone()) {
                work.run(opened);
            }
        }
    }

    private void safe(List<PendingRow> rows) {
        for (PendingRow pending : rows) {
            Row row = pending.row();
            if (pending.markStored()) {
                queue.append(row.notSent("the ledger was slow", clock.millis()), false);
            }
            run.stored(row);
            count(row);
        }
        meters.ledger().rows(rows.stream().map(pending -> pending.row().state().name()));
    }

    private void count(Row row) {
        if (row.state().isFinal() && row.result().costMicroUsd().isPresent()) {
            meters.costs()
                    .cost(
                            row.subject().endpoint(),
                            row.subject().tenant(),
                            row.subject().model(),
                            row.result().costMicroUsd().getAsLong());
        }
    }

    private void mark(LedgerStore opened, List<PendingRow> rows) throws SQLException {
        long highest = rows.stream()
                .map(PendingRow::row)
                .filter(row -> row.id().run().equals(run.name()))
                .mapToLong(row -> row.id().number())
                .max()
                .orElse(0);
        if (highest - marked >= MARK_EVERY && !queue.hasLost()) {
            marked = highest;
            opened.mark(run.name(), run.lowestOpen(), clock.millis());
        }
    }

    private void failed(SQLException failure) {
        if (failure instanceof SqliteFile.Removed) {
            // The journal lay beside it.
            queue.closeJournal();
        }
        closeStore();
        down(failure.getMessage());
    }

    private boolean spilled(List<WriteQueue.Item> items) {
        if (spill.isEmpty()) {
            return false;
        }
        List<PendingRow> rows = rows(items);
        try {
            if (!rows.isEmpty()) {
                spill.get().append(rows.stream().map(PendingRow::row).toList());
                spillFailed = false;
                safe(rows);
            }
            return true;
        } catch (IOException failure) {
            spillFailed = true;
            down(trouble + "; nor can " + spill.get().file() + " (" + failure + ")");
            return false;
        }
    }

    private void keepUp() {
        if (store.isPresent() && upkeep.isDue()) {
            try {
                upkeep.step(store.get());
            } catch (SQLException failure) {
                failed(failure);
            }
        }
    }

    /** Opens the store, and writes to it what was left elsewhere and what is in the queue. */
    private void open() {
        nextTry = ticker.getAsLong() + TRY_AGAIN_AFTER.toNanos();
        LedgerStore opened = null;
        try {
            opened = new LedgerStore(database);
            beginJournal(opened);
            readSpillIn(opened);
            for (List<WriteQueue.Item> items = queue.next(); !rows(items).isEmpty(); items = queue.next()) {
                store(opened, items);
                queue.removeDone();
            }
            clearDoubts(opened);
            upkeep.begin(opened);
            store = Optional.of(opened);
            up();
        } catch (SQLException | IOException failure) {
            LedgerDatabase.quietly(opened);
            down(failure.getMessage());
        } finally {
            triedToOpen.countDown();
        }
    }

    /** What others left in it is read in before anybody says that they left their calls open. */
    private void beginJournal(LedgerStore opened) throws SQLException, IOException {
        Optional<Path> besides = database.besides();
        if (besides.isPresent() && !queue.hasJournal()) {
            append(opened, Journal.left(besides.get()));
            Journal.forget(besides.get());
            queue.beginJournal(besides.get());
        }
    }

    private void readSpillIn(LedgerStore opened) throws SQLException, IOException {
        if (spill.isEmpty()) {
            return;
        }
        List<Row> rows = spill.get().read();
        append(opened, rows);
        spill.get().delete();
        if (!rows.isEmpty()) {
            LOG.info(
                    "{} rows of {} are in the ledger now",
                    rows.size(),
                    spill.get().file());
        }
    }

    private static void append(LedgerStore opened, List<Row> rows) throws SQLException {
        for (int from = 0; from < rows.size(); from += MOST_AT_ONCE) {
            opened.append(rows.subList(from, Math.min(rows.size(), from + MOST_AT_ONCE)));
        }
    }

    private void clearDoubts(LedgerStore opened) throws SQLException {
        for (Row intent : doubtful) {
            if (opened.has(intent)) {
                opened.append(List.of(intent.notSent("the ledger was lost", clock.millis())));
            }
        }
        doubtful.clear();
    }

    private void up() {
        if (!trouble.isEmpty()) {
            queue.storeTakesRows(true);
            trouble = "";
            LOG.info("the ledger {} is written again", database.name());
        }
    }

    private void down(String reason) {
        boolean news = trouble.isEmpty();
        queue.storeTakesRows(false);
        troubleSince = news ? clock.instant() : troubleSince;
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
        store.ifPresent(LedgerStore::close);
        store = Optional.empty();
        nextTry = ticker.getAsLong() + TRY_AGAIN_AFTER.toNanos();
    }

    private void flush() {
        int before;
        do {
            before = queue.size();
            write(queue.next());
        } while (queue.size() > 0 && queue.size() < before);
        if (queue.size() > 0) {
            LOG.error(
                    "{} rows could not be written to the ledger; their calls will stand in it as UNKNOWN",
                    queue.size());
        }
    }

    private void end() {
        closing = true;
        boolean hadJournal = queue.hasJournal();
        // In this order: no row is only in a journal that is removed.
        queue.close();
        queue.closeJournal();
        boolean complete = store.isPresent() && queue.size() == 0 && !queue.hasLost();
        try {
            if (complete) {
                store.get().mark(run.name(), run.lowestOpen(), clock.millis());
                if (hadJournal) {
                    Journal.forget(database.besides().orElseThrow());
                }
            }
        } catch (SQLException | IOException lookedThroughNextTime) {
            LOG.debug("the end of the run was not marked, or the journal not removed", lookedThroughNextTime);
        }
        closeStore();
        ended.countDown();
    }

    /** Writes what is in the queue, and closes the store. */
    @Override
    public void close() {
        closing = true;
        queue.wake();
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
