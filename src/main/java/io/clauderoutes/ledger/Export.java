package io.clauderoutes.ledger;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.meters.ClaudeMeters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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

    private static final String NEXT =
            "SELECT outbox.id AS outbox_id, run.token AS run, entry.number, entry.step, entry.state,"
                    + " entry.at_ms, entry.attempt, entry.prompt, entry.session, entry.request_id, subject.tenant, subject.source,"
                    + " subject.model, subject.endpoint, entry.input_tokens, entry.output_tokens, entry.cache_read_tokens,"
                    + " entry.cache_write_5m_tokens, entry.cache_write_1h_tokens, entry.web_searches,"
                    + " CASE WHEN entry.state = 'UNKNOWN' THEN NULL ELSE entry.cost_micro_usd END AS cost_micro_usd,"
                    + " entry.price_from, entry.reason, named.client_request_id, named.traceparent FROM outbox"
                    + " JOIN entry ON entry.run = outbox.run AND entry.number = outbox.number AND entry.step = outbox.step"
                    + " JOIN subject ON subject.id = entry.subject JOIN run ON run.id = entry.run"
                    + " LEFT JOIN entry AS named ON named.run = entry.run AND named.number = entry.number"
                    + " AND (named.client_request_id IS NOT NULL OR named.traceparent IS NOT NULL) ORDER BY outbox.id LIMIT "
                    + AT_ONCE;

    private final LedgerDatabase database;
    private final BooleanSupplier ours;
    private final Consumer<List<Long>> told;
    private final Receiver receiver;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final ObjectMapper mapper = new ObjectMapper();
    private Duration wait = Duration.ZERO;
    private long nextTry;

    /** Who is told. */
    @FunctionalInterface
    public interface Receiver {
        /** Hands over one attempt as JSON; whatever it throws, the attempt is handed over again later. */
        void take(String json) throws Exception;
    }

    /**
     * Reads from the books.
     *
     * @param ours whether this process is the one that exports
     * @param told takes what was told out of the outbox, and returns when that is on the disk
     */
    Export(
            LedgerDatabase database,
            BooleanSupplier ours,
            Consumer<List<Long>> told,
            Receiver receiver,
            ClaudeMeters meters,
            LongSupplier ticker) {
        this.database = database;
        this.ours = ours;
        this.told = told;
        this.receiver = receiver;
        this.meters = meters;
        this.ticker = ticker;
        this.nextTry = ticker.getAsLong();
    }

    /** One attempt that waits. */
    private record Item(long id, String json) {}

    /** Tells what waits, as far as it can be told now. */
    public void round() {
        try {
            while (ours.getAsBoolean() && ticker.getAsLong() - nextTry >= 0) {
                List<Item> items = next();
                tell(items);
                if (items.size() < AT_ONCE) {
                    return;
                }
            }
        } catch (SQLException | RuntimeException unreadable) {
            failed(unreadable);
        }
    }

    private List<Item> next() throws SQLException {
        List<Item> items = new ArrayList<>();
        try (Connection connection = database.read();
                PreparedStatement select = connection.prepareStatement(NEXT);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                items.add(new Item(row.getLong("outbox_id"), json(row)));
            }
        }
        return items;
    }

    /** All columns by their names; what nobody knows is null. */
    private String json(ResultSet row) throws SQLException {
        ObjectNode json = mapper.createObjectNode()
                .put("id", row.getString("run") + "-" + row.getLong("number") + "-" + row.getInt("step"));
        for (int column = 2; column <= row.getMetaData().getColumnCount(); column++) {
            String name = row.getMetaData().getColumnLabel(column);
            Object value = row.getObject(column);
            if (value instanceof Number number) {
                json.put(name, number.longValue());
            } else {
                json.put(name, (String) value);
            }
        }
        return json.toString();
    }

    private void tell(List<Item> items) {
        List<Long> taken = new ArrayList<>();
        try {
            for (Item item : items) {
                receiver.take(item.json());
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
                meters.exported(taken.size());
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
