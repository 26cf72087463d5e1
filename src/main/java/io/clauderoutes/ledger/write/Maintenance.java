package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.ledger.store.SpendingSource;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintenance of the ledger between rows, in steps so short that no row waits for them: attempts that others left are ended,
 * hours that are over are added up, and what is older than it need be is removed.
 */
public final class Maintenance {

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final Duration ROUND = Duration.ofSeconds(10);
    private static final Duration BREATH = Duration.ofMillis(50);
    private static final int REMOVED_AT_ONCE = 200;
    /** Hours after its end in which an hour may still get rows of clocks that are slow; later ones are late, and count too. */
    private static final int HOURS_TO_REST = 1;

    private final String run;
    private final Duration retention;
    private final boolean exporting;
    private final SpendingListener spending;
    private final Clock clock;
    private final LongSupplier ticker;
    private long nextRound;
    private long nextStep;
    private long removed;
    private volatile boolean exports;

    /** Wants to know what tenants have spent, when the ledger was opened and from time to time. */
    @FunctionalInterface
    public interface SpendingListener {
        /** Reads what it wants to know. */
        void read(SpendingSource source) throws SQLException;
    }

    /**
     * Maintains the ledger during a run.
     *
     * @param retention how long attempts are kept; zero for ever
     * @param spending gets the amounts that tenants have spent
     * @param exporting whether attempts that end are to be exported
     */
    public Maintenance(
            String run,
            Duration retention,
            boolean exporting,
            SpendingListener spending,
            Clock clock,
            LongSupplier ticker) {
        this.run = run;
        this.retention = retention;
        this.exporting = exporting;
        this.spending = spending;
        this.clock = clock;
        this.ticker = ticker;
        this.nextStep = ticker.getAsLong();
        this.nextRound = nextStep;
    }

    /** The ledger was opened: looks for attempts of other runs, and for the amounts spent. */
    void begin(LedgerStore store) throws SQLException {
        tell(store.begin(run, clock.millis()));
        spending.read(store::spent);
        exports = store.export(exporting);
        nextRound = ticker.getAsLong() + ROUND.toNanos();
    }

    /** Whether this process exports. */
    public boolean exports() {
        return exports;
    }

    /** Writes what became of calls that may have been billed. */
    void learn(LedgerStore store, List<UnknownCall.Outcome> outcomes) throws SQLException {
        store.learn(outcomes, clock.millis());
        spending.read(store::spent);
    }

    boolean isDue() {
        return ticker.getAsLong() - nextStep >= 0;
    }

    /** Does one step. */
    public void step(LedgerStore store) throws SQLException {
        if (ticker.getAsLong() - nextRound >= 0) {
            begin(store);
        }
        long now = clock.millis();
        boolean more = store.addUp(Hour.of(now) - HOURS_TO_REST, now) || remove(store, now);
        nextStep = ticker.getAsLong() + (more ? BREATH : ROUND).toNanos();
    }

    private boolean remove(LedgerStore store, long now) throws SQLException {
        if (retention.isZero()) {
            return false;
        }
        int some = store.remove(Hour.of(now - retention.toMillis()), REMOVED_AT_ONCE);
        removed += some;
        if (some < REMOVED_AT_ONCE && removed > 0) {
            LOG.info("{} attempts older than {} days were removed from the ledger", removed, retention.toDays());
            removed = 0;
        }
        return some == REMOVED_AT_ONCE;
    }

    private static void tell(int unknown) {
        if (unknown > 0) {
            LOG.warn(
                    "{} calls were under way when their process ended: they may have been billed, and stand in the ledger"
                            + " as UNKNOWN",
                    unknown);
        }
    }
}
