package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.store.LedgerStore;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;

/** Work that is done when the store has the rows before it in the queue. */
final class PendingWork implements WriteQueue.Item {

    /** Work on the store. */
    @FunctionalInterface
    interface StoreWork {
        void on(LedgerStore store) throws SQLException;
    }

    private final StoreWork work;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private boolean done;

    PendingWork(StoreWork work) {
        this.work = work;
    }

    void run(LedgerStore store) throws SQLException {
        work.on(store);
        done = true;
        end.complete(null);
    }

    /** Completes when the work is done. */
    CompletableFuture<Void> end() {
        return end;
    }

    @Override
    public boolean isDone() {
        return done;
    }
}
