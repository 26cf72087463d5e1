package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** This process in the ledger: its name, the numbers of its attempts, and which of them have no last row in the store. */
public final class LedgerRun {

    /** How long a call is under way when its row {@code STARTED} is written: few calls take that long. */
    private static final Duration LONG = Duration.ofSeconds(1);

    private final String name;
    private final LongSupplier ticker;
    /** Guarded by itself. */
    private final TreeMap<Long, Open> open = new TreeMap<>();

    private long numbers;

    /** An attempt whose last row is not in the store. */
    public static final class Open {
        private final long number;
        private final LongSupplier ticker;
        private volatile Started started;

        private record Started(Supplier<Row> row, long atNanos) {}

        private Open(long number, LongSupplier ticker) {
            this.number = number;
            this.ticker = ticker;
        }

        /** Its number in this process. */
        public long number() {
            return number;
        }

        /**
         * The response has begun.
         *
         * @param row asked for if the attempt takes long
         */
        public void started(Supplier<Row> row) {
            started = new Started(row, ticker.getAsLong());
        }

        private Optional<Row> startedBefore(long nanos) {
            Started since = started;
            if (since == null || since.atNanos() - nanos > 0) {
                return Optional.empty();
            }
            started = null;
            return Optional.of(since.row().get());
        }
    }

    /** @param name unlike that of any other process */
    public LedgerRun(String name, LongSupplier ticker) {
        this.name = name;
        this.ticker = ticker;
    }

    /** The name of the process in the ledger. */
    public String name() {
        return name;
    }

    /** Begins an attempt. */
    public Open begin() {
        synchronized (open) {
            Open attempt = new Open(++numbers, ticker);
            open.put(numbers, attempt);
            return attempt;
        }
    }

    /** A number for a row that is no attempt. */
    public long number() {
        synchronized (open) {
            return ++numbers;
        }
    }

    /** Rows of attempts that have taken long, each once. */
    List<Row> startedLongAgo() {
        long before = ticker.getAsLong() - LONG.toNanos();
        List<Row> rows = new ArrayList<>();
        synchronized (open) {
            open.values().forEach(attempt -> attempt.startedBefore(before).ifPresent(rows::add));
        }
        return rows;
    }

    /** The ledger has a row. */
    void stored(Row row) {
        if (row.state().endsCall() && row.id().run().equals(name)) {
            over(row.id().number());
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
