package io.clauderoutes.ledger.write;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The rows that wait for the store. Any thread appends, and one takes them out. */
public final class WriteQueue {

    /** How long anybody waits for a disk that does not answer. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int MOST_AT_ONCE = 2_000;
    private static final Duration LATER = Duration.ofSeconds(1);

    /** A row that somebody waits for. */
    record Waiting(Row row, long sinceNanos, CompletableFuture<Void> written) {}

    /**
     * A row that goes along.
     *
     * @param stored is run when the row is safe, and needs to be nowhere else any more
     */
    record Unhurried(Row row, Runnable stored) {}

    private record Later(Row row, long dueNanos, BooleanSupplier needless) {}

    /**
     * What is written together.
     *
     * @param looking those who only want to know that it is done
     */
    record Work(List<Unhurried> beside, List<Waiting> waiting, List<CompletableFuture<Void>> looking) {

        List<Row> rows() {
            return Stream.concat(
                            beside.stream().map(Unhurried::row),
                            waiting.stream().map(Waiting::row))
                    .toList();
        }
    }

    private final LongSupplier ticker;
    private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final Queue<Unhurried> unhurried = new ConcurrentLinkedQueue<>();
    private final Queue<Later> later = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Void>> looking = new ConcurrentLinkedQueue<>();
    private volatile List<Waiting> atWork = List.of();
    private volatile boolean closed;

    public WriteQueue(LongSupplier ticker) {
        this.ticker = ticker;
    }

    /** Appends a row; what comes back is done when it is on the disk, or failed if the call must not be made. */
    public CompletableFuture<Void> append(Row row) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        queue.add(new Waiting(row, ticker.getAsLong(), written));
        if (closed) {
            written.completeExceptionally(unavailable("it was closed"));
        }
        return written;
    }

    /**
     * Appends a row with whatever is written next.
     *
     * @param stored is run when it is safe
     */
    public void appendUnhurried(Row row, Runnable stored) {
        unhurried.add(new Unhurried(row, stored));
    }

    /**
     * Appends a row in a while.
     *
     * @param needless whether it need not be written any more, when its time has come
     */
    public void appendLater(Row row, BooleanSupplier needless) {
        later.add(new Later(row, ticker.getAsLong() + LATER.toNanos(), needless));
    }

    /** Waits until the store has what was appended before, if it takes anything. */
    public void awaitStored() {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        looking.add(stored);
        await(stored.completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Whether nobody waits. */
    boolean isNobodyWaiting() {
        return queue.isEmpty();
    }

    boolean hasUnhurried() {
        return !unhurried.isEmpty();
    }

    /** Takes out what is to be written now; waits for a row that somebody waits for, but not long. */
    Work take(Duration most) throws InterruptedException {
        Waiting first = queue.poll(most.toMillis(), TimeUnit.MILLISECONDS);
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
        atWork = waiting;
        return new Work(beside, waiting, lookers);
    }

    /** What was taken out is written, or refused. */
    void done(Work work) {
        atWork = List.of();
        work.looking().forEach(one -> one.complete(null));
    }

    /** Lets those go who wait for a store that does not answer. */
    void giveUpOnStuck() {
        long since = ticker.getAsLong() - PATIENCE.toNanos();
        Stream.concat(atWork.stream(), queue.stream())
                .filter(one -> one.sinceNanos() - since < 0)
                .forEach(one -> one.written()
                        .completeExceptionally(unavailable("it has not answered for " + PATIENCE.toSeconds() + " s")));
    }

    /** Nothing is written any more. */
    void close() {
        closed = true;
        queue.forEach(one -> one.written().completeExceptionally(unavailable("it was closed")));
    }

    /** Waits until the row is on the disk. */
    public static void await(CompletableFuture<Void> written) {
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
    public static ClaudeException unavailable(String reason) {
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
}
