package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.State;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A row on its way to the store. */
public final class PendingRow implements WriteQueue.Item {

    private final Row row;
    /** Where the row is in the journal; empty if it is not there. */
    private final Optional<Journal.Place> place;
    /** Completes when the store or the spill file has the row, and fails when the row was refused or the wait for it timed out. */
    private final CompletableFuture<Void> stored = new CompletableFuture<>();

    private volatile boolean waitedFor;
    private volatile long waitedForSinceNanos;
    private boolean done;

    PendingRow(Row row, Optional<Journal.Place> place) {
        this.row = row;
        this.place = place;
    }

    Row row() {
        return row;
    }

    Optional<Journal.Place> place() {
        return place;
    }

    CompletableFuture<Void> stored() {
        return stored;
    }

    /** A call or a reply waits until the store has the row. */
    void waitFor(long nowNanos) {
        waitedForSinceNanos = nowNanos;
        waitedFor = true;
    }

    /** Whether the row is to be refused while it cannot be stored: its call waits for it, and is not made then. */
    boolean isRefusable() {
        return waitedFor && row.state() == State.INTENT;
    }

    /** Ends a wait that began before a time. */
    void giveUpIfWaitedSince(long beforeNanos, RuntimeException failure) {
        if (waitedFor && waitedForSinceNanos - beforeNanos < 0) {
            stored.completeExceptionally(failure);
        }
    }

    /**
     * The store or the spill file has the row.
     *
     * @return whether a thread had waited and its wait had timed out
     */
    boolean markStored() {
        done = true;
        place.ifPresent(Journal.Place::release);
        return !stored.complete(null) && stored.isCompletedExceptionally();
    }

    /** The row goes nowhere; its call is not made. */
    void refuse(RuntimeException reason) {
        done = true;
        place.ifPresent(Journal.Place::release);
        stored.completeExceptionally(reason);
    }

    @Override
    public boolean isDone() {
        return done;
    }
}
