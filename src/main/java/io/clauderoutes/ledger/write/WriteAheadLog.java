package io.clauderoutes.ledger.write;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a call's rows to the disk: through the journal, which is written before the store, or straight to the store where
 * there is none or it cannot be written. Whoever waits goes on when his own row is in either.
 */
public final class WriteAheadLog {

    private static final Logger LOG = LoggerFactory.getLogger(WriteAheadLog.class);

    private final WriteQueue backlog;
    private final Executor thread;
    private final boolean fsync;
    private final LongSupplier ticker;
    private volatile Optional<Journal> journal = Optional.empty();
    private volatile boolean storeIsThere = true;
    private volatile boolean told;

    /**
     * Straight to the store, until {@link #begin}.
     *
     * @param thread writes the journal where several want it at once
     * @param fsync whether what is in the journal is on the disk
     */
    public WriteAheadLog(WriteQueue backlog, Executor thread, boolean fsync, LongSupplier ticker) {
        this.backlog = backlog;
        this.thread = thread;
        this.fsync = fsync;
        this.ticker = ticker;
    }

    /** The end of a call on its way to the disk. */
    @FunctionalInterface
    public interface Ending {
        /** Waits until it is there. */
        void await();
    }

    /**
     * Puts the intent to make a call on the disk, and waits for it. While the store is gone, it says whether the call is made.
     *
     * @throws ClaudeException if the call must not be made
     */
    public void intend(Row row) {
        Optional<Journal> open = storeIsThere ? journal : Optional.empty();
        if (open.isEmpty() || !isIn(open.get(), row)) {
            WriteQueue.await(backlog.append(row));
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
            backlog.appendUnhurried(row, batch::stored);
            return true;
        } catch (IOException failure) {
            tell(failure);
            return false;
        }
    }

    /**
     * Appends the end of a call.
     *
     * @param hurried whether somebody will wait for it
     * @param stored is run when it is safe in the store
     */
    public Ending end(Row row, boolean hurried, Runnable stored) {
        Optional<Journal> open = journal;
        if (open.isPresent()) {
            try {
                Journal.Batch batch = open.get().add(row);
                backlog.appendUnhurried(row, () -> {
                    batch.stored();
                    stored.run();
                });
                if (!hurried) {
                    handOver(open.get());
                }
                return () -> awaitEnd(open.get(), batch);
            } catch (IOException failure) {
                tell(failure);
            }
        }
        if (!hurried) {
            backlog.appendUnhurried(row, stored);
            return backlog::awaitStored;
        }
        CompletableFuture<Void> written = backlog.append(row);
        return () -> {
            WriteQueue.await(written);
            stored.run();
        };
    }

    private void handOver(Journal open) {
        try {
            open.handOver();
        } catch (IOException failure) {
            tell(failure);
        }
    }

    private void awaitEnd(Journal open, Journal.Batch batch) {
        try {
            open.await(batch);
        } catch (IOException failure) {
            tell(failure);
            backlog.awaitStored();
        }
    }

    /**
     * Goes through a journal from now on.
     *
     * @param store the file that it lies beside
     */
    void begin(Path store) {
        try {
            journal = Optional.of(new Journal(store, thread, fsync, WriteQueue.PATIENCE, ticker));
        } catch (IOException noRoom) {
            tell(noRoom);
        }
    }

    boolean hasBegun() {
        return journal.isPresent();
    }

    private void tell(IOException failure) {
        if (!told && !(failure instanceof InterruptedIOException)) {
            told = true;
            LOG.warn(
                    "the journal of the ledger cannot be written ({}): calls wait for the ledger itself",
                    failure.toString());
        }
    }

    /** Whether the store takes rows. */
    void storeIsThere(boolean is) {
        storeIsThere = is;
    }

    /** Lets those go who wait for a disk that does not answer. */
    void giveUpOnStuck() {
        journal.ifPresent(Journal::giveUpOnStuck);
    }

    /** Goes straight to the store again; what the journal has is for others to remove. */
    void close() {
        Optional<Journal> closed = journal;
        journal = Optional.empty();
        closed.ifPresent(Journal::close);
    }
}
