package io.clauderoutes.ledger.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ledger.store.LedgerQueries;
import io.clauderoutes.ledger.store.OutboxItem;
import io.clauderoutes.meters.ClaudeMeters;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells somebody else of each attempt that ended, in the order in which they did. What was told is taken out of the outbox
 * afterwards, so that a crash tells a few of them again, by the same id; what could not be told waits there.
 */
public final class Export {

    /** How often it is looked whether there is something to be told. */
    public static final Duration PAUSE = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(Export.class);
    private static final int AT_ONCE = 200;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final LedgerQueries reader;
    private final BooleanSupplier ours;
    private final Consumer<List<Long>> told;
    private final Receiver receiver;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final ObjectMapper mapper = new ObjectMapper();
    private Duration wait = Duration.ZERO;
    private long nextTry;

    /** The receiver of the exported attempts. */
    @FunctionalInterface
    public interface Receiver {
        /** Hands over one attempt as JSON; whatever it throws, the attempt is handed over again later. */
        void take(String json) throws Exception;
    }

    /**
     * Reads from the ledger.
     *
     * @param ours whether this process exports
     * @param told removes exported attempts from the outbox, and returns when that is on the disk
     */
    public Export(
            LedgerQueries reader,
            BooleanSupplier ours,
            Consumer<List<Long>> told,
            Receiver receiver,
            ClaudeMeters meters,
            LongSupplier ticker) {
        this.reader = reader;
        this.ours = ours;
        this.told = told;
        this.receiver = receiver;
        this.meters = meters;
        this.ticker = ticker;
        this.nextTry = ticker.getAsLong();
    }

    /** Tells what waits, as far as it can be told now. */
    public void round() {
        try {
            while (ours.getAsBoolean() && ticker.getAsLong() - nextTry >= 0) {
                List<OutboxItem> items = reader.outbox(AT_ONCE);
                tell(items);
                if (items.size() < AT_ONCE) {
                    return;
                }
            }
        } catch (SQLException | RuntimeException unreadable) {
            failed(unreadable);
        }
    }

    /** All columns by their names; an unknown value is null. */
    private String json(OutboxItem item) {
        return mapper.valueToTree(item.columns()).toString();
    }

    private void tell(List<OutboxItem> items) {
        List<Long> taken = new ArrayList<>();
        try {
            for (OutboxItem item : items) {
                receiver.take(json(item));
                taken.add(item.id());
            }
            if (!wait.isZero()) {
                LOG.info("the ledger is exported again");
                wait = Duration.ZERO;
            }
        } catch (Exception refused) {
            failed(refused);
        } finally {
            if (!taken.isEmpty()) {
                meters.ledger().exported(taken.size());
                told.accept(taken);
            }
        }
    }

    private void failed(Exception failure) {
        if (wait.isZero()) {
            LOG.warn(
                    "claude.ledger.export.uri takes nothing ({}): what it should get waits in the ledger, and calls go on",
                    failure.toString());
        }
        Duration doubled = wait.isZero() ? PAUSE : wait.multipliedBy(2);
        wait = doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
        nextTry = ticker.getAsLong() + wait.toNanos();
    }
}
