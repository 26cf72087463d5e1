package io.clauderoutes.ledger.write;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.State;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows that the store does not have yet, in their order. Any thread appends. {@link LedgerWriter} removes what it has stored. A
 * row that is in the journal is safe before that, so nobody has to wait for the store.
 */
public final class WriteQueue {

    /** How long anybody waits for a disk that does not answer. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(WriteQueue.class);
    private static final int MOST_AT_ONCE = 2_000;
    /** How many rows are kept while the store takes none. */
    private static final int MOST_KEPT = 100_000;

    /** What is in the queue. */
    sealed interface Item permits PendingRow, PendingWork {
        /** Whether it can be removed. */
        boolean isDone();
    }

    private final boolean fsync;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hurry = lock.newCondition();
    private final Deque<Item> items = new ArrayDeque<>();
    private boolean hurried;
    private boolean closed;
    private volatile boolean lost;
    private volatile boolean storeTakesRows = true;
    private volatile Optional<Journal> journal = Optional.empty();
    private volatile boolean journalFailed;

    /**
     * Has no journal until {@link #beginJournal}.
     *
     * @param fsync whether a row of the journal is safe when the disk has it, or when the operating system has it
     */
    public WriteQueue(boolean fsync, LongSupplier ticker) {
        this.fsync = fsync;
        this.ticker = ticker;
    }

    /**
     * Appends a row, to the journal too if there is one. A process that is killed later does not lose the row then.
     *
     * @param waitedFor whether {@link #await} will be called
     */
    public PendingRow append(Row row, boolean waitedFor) {
        PendingRow pending = new PendingRow(row, journaled(row));
        lock.lock();
        try {
            if (closed) {
                pending.refuse(unavailable("it was closed"));
            } else if (items.size() >= MOST_KEPT && !storeTakesRows && !waitedFor) {
                lose();
            } else {
                items.add(pending);
                if (waitedFor && pending.place().isEmpty()) {
                    waitForStore(pending);
                }
            }
        } finally {
            lock.unlock();
        }
        return pending;
    }

    /**
     * While the store takes no rows, the writer says whether a call is made: its intent is not written to the journal. A row that
     * costs nothing when it is lost is not written there either.
     */
    private Optional<Journal.Place> journaled(Row row) {
        Optional<Journal> open = journal;
        boolean wanted =
                row.state() == State.INTENT ? storeTakesRows : row.state().endsCall();
        if (open.isEmpty() || !wanted) {
            return Optional.empty();
        }
        try {
            return Optional.of(open.get().append(row));
        } catch (IOException failure) {
            tell(failure);
            return Optional.empty();
        }
    }

    private void lose() {
        if (!lost) {
            lost = true;
            LOG.error(
                    "more than {} rows wait for the ledger: further rows are not kept in memory. Calls whose last row is not in"
                            + " the journal will be UNKNOWN in the ledger",
                    MOST_KEPT);
        }
    }

    /**
     * Waits until a row is safe: in the journal, the store or the spill file.
     *
     * @throws ClaudeException if the row is not safe; the call of an intent must not be made then
     */
    public void await(PendingRow pending) {
        if (pending.place().isPresent() && !pending.stored().isCompletedExceptionally()) {
            try {
                pending.place().get().sync();
                return;
            } catch (IOException failure) {
                tell(failure);
            }
        }
        lock.lock();
        try {
            waitForStore(pending);
        } finally {
            lock.unlock();
        }
        await(pending.stored());
    }

    private void waitForStore(PendingRow pending) {
        pending.waitFor(ticker.getAsLong());
        hurry();
    }

    private static void await(CompletableFuture<Void> stored) {
        try {
            stored.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            ClaudeException failure = unavailable("the wait for it was interrupted");
            // A row that is stored all the same gets an end.
            stored.completeExceptionally(failure);
            throw failure;
        } catch (ExecutionException failure) {
            throw ClaudeException.causeOf(failure).orElseGet(() -> unavailable(failure.getMessage()));
        }
    }

    private void tell(IOException failure) {
        if (!journalFailed && !(failure instanceof InterruptedIOException)) {
            journalFailed = true;
            LOG.warn(
                    "the journal of the ledger cannot be written ({}): calls wait for the ledger itself",
                    failure.toString());
        }
    }

    /**
     * Does work on the store after the rows that are in the queue now, and waits for that.
     *
     * @throws ClaudeException if the work is not done within ten seconds; it is done later then
     */
    void awaitWork(PendingWork.StoreWork work) {
        await(add(work).orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Does work on the store after the rows that are in the queue now. */
    void appendWork(PendingWork.StoreWork work) {
        CompletableFuture<Void> unused = add(work);
    }

    private CompletableFuture<Void> add(PendingWork.StoreWork work) {
        PendingWork pending = new PendingWork(work);
        lock.lock();
        try {
            if (closed) {
                pending.end().completeExceptionally(unavailable("it was closed"));
            } else {
                items.add(pending);
                hurry();
            }
        } finally {
            lock.unlock();
        }
        return pending.end();
    }

    /** Waits until the store has what was appended before, if it takes rows, and at most ten seconds. */
    public void awaitStored() {
        if (storeTakesRows) {
            await(add(store -> {}).completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    private void hurry() {
        hurried = true;
        hurry.signal();
    }

    /** Waits until somebody waits for the store, but not long, and gives what comes first in the queue. It stays there. */
    List<Item> next(Duration most) throws InterruptedException {
        lock.lock();
        try {
            long left = most.toNanos();
            while (!hurried && left > 0) {
                left = hurry.awaitNanos(left);
            }
            hurried = false;
            return first();
        } finally {
            lock.unlock();
        }
    }

    /** What comes first in the queue. It stays there. */
    List<Item> next() {
        lock.lock();
        try {
            return first();
        } finally {
            lock.unlock();
        }
    }

    private List<Item> first() {
        return items.stream().limit(MOST_AT_ONCE).toList();
    }

    /** Removes what is done. */
    void removeDone() {
        lock.lock();
        try {
            if (items.removeIf(Item::isDone) && items.size() >= MOST_AT_ONCE) {
                hurry();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Nothing can be stored: refuses the intents that calls wait for, and lets all others go on. Their rows stay in the queue.
     *
     * @return the refused intents
     */
    List<Row> refuse(ClaudeException reason) {
        List<Row> refused = new ArrayList<>();
        lock.lock();
        try {
            for (Item item : items) {
                if (item instanceof PendingRow pending) {
                    if (pending.isRefusable()) {
                        refused.add(pending.row());
                        pending.refuse(reason);
                    } else {
                        pending.stored().complete(null);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        removeDone();
        return refused;
    }

    /** Whether the store takes rows. */
    void storeTakesRows(boolean takes) {
        storeTakesRows = takes;
    }

    /** Whether rows were lost, which are perhaps in the journal. */
    boolean hasLost() {
        return lost;
    }

    int size() {
        lock.lock();
        try {
            return items.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes rows to a journal too from now on.
     *
     * @param store the file that the journal lies beside
     */
    void beginJournal(Path store) {
        try {
            journal = Optional.of(new Journal(store, fsync, PATIENCE, ticker));
        } catch (IOException noRoom) {
            tell(noRoom);
        }
    }

    boolean hasJournal() {
        return journal.isPresent();
    }

    /** Writes rows to no journal any more. Its files stay. */
    void closeJournal() {
        Optional<Journal> open = journal;
        journal = Optional.empty();
        open.ifPresent(Journal::close);
    }

    /** Ends the waits for a disk that does not answer. */
    void giveUpOnStuck() {
        journal.ifPresent(Journal::giveUpOnStuck);
        long before = ticker.getAsLong() - PATIENCE.toNanos();
        ClaudeException failure = unavailable("it has not answered for " + PATIENCE.toSeconds() + " s");
        lock.lock();
        try {
            for (Item item : items) {
                if (item instanceof PendingRow pending) {
                    pending.giveUpIfWaitedSince(before, failure);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes {@link #next} return at once. */
    void wake() {
        lock.lock();
        try {
            hurry();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is stored any more. */
    void close() {
        ClaudeException reason = unavailable("it was closed");
        lock.lock();
        try {
            closed = true;
            for (Item item : items) {
                if (item instanceof PendingRow pending) {
                    pending.stored().completeExceptionally(reason);
                } else if (item instanceof PendingWork work) {
                    work.end().completeExceptionally(reason);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** A call cannot be made: not again by the bundle, and not by a client before somebody has looked after the ledger. */
    public static ClaudeException unavailable(String reason) {
        return new ClaudeException.Unavailable(new ApiError(
                503,
                "api_error",
                "the ledger cannot be written: " + reason
                        + ". Calls stop until it can (claude.ledger.when-unavailable=stop)",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new ApiError.ErrorResponse(Map.of("x-should-retry", "false"), Optional.empty())));
    }
}
