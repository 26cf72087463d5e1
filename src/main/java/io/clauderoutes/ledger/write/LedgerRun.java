package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** This process in the ledger: its name, the numbers of its attempts, and which of them have no last row in the store. */
public final class LedgerRun {

    /** How long a call is under way when its row {@code STARTED} is written: few calls take that long. */
    private static final Duration LONG = Duration.ofSeconds(1);

    private static final Open NOT_STARTED = new Open(Optional.empty(), 0);

    private final String name;
    private final LongSupplier ticker;
    /** Guarded by itself. */
    private final TreeMap<Long, Open> open = new TreeMap<>();

    private long numbers;

    /** An attempt whose last row is not in the store. */
    private record Open(Optional<Row> started, long atNanos) {}

    /** @param name unlike that of any other process */
    public LedgerRun(String name, LongSupplier ticker) {
        this.name = name;
        this.ticker = ticker;
    }

    /** The name of the process in the ledger. */
    public String name() {
        return name;
    }

    /** Begins an attempt, and gives its number. */
    public long begin() {
        synchronized (open) {
            open.put(++numbers, NOT_STARTED);
            return numbers;
        }
    }

    /** A number for a row that is no attempt. */
    public long number() {
        synchronized (open) {
            return ++numbers;
        }
    }

    /** The response of an attempt has begun; its row is written if the attempt takes long. */
    public void started(Row row) {
        synchronized (open) {
            open.replace(row.number(), new Open(Optional.of(row), ticker.getAsLong()));
        }
    }

    /** Rows of attempts that have taken long, each once. */
    List<Row> startedLongAgo() {
        long before = ticker.getAsLong() - LONG.toNanos();
        List<Row> rows = new ArrayList<>();
        synchronized (open) {
            open.replaceAll((number, attempt) -> {
                if (attempt.started().isEmpty() || attempt.atNanos() - before > 0) {
                    return attempt;
                }
                rows.add(attempt.started().get());
                return NOT_STARTED;
            });
        }
        return rows;
    }

    /** The ledger has a row. */
    void stored(Row row) {
        if (row.state().endsCall() && row.run().equals(name)) {
            over(row.number());
        }
    }

    /** An attempt is over: the store has its last row, or it was not made. */
    public void over(long number) {
        synchronized (open) {
            open.remove(number);
        }
    }

    /** All attempts below this number are over. */
    long lowestOpen() {
        synchronized (open) {
            return open.isEmpty() ? numbers + 1 : open.firstKey();
        }
    }

    /** How many attempts are not over. */
    public int openCount() {
        synchronized (open) {
            return open.size();
        }
    }
}
