package io.clauderoutes.gateway.batches;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.batches.ClientBatch.State;
import io.clauderoutes.store.GroupCommit;
import io.clauderoutes.store.GroupCommit.Work;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.Sql;
import io.clauderoutes.store.SqliteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The file with the batches of clients. It is made with the first batch. Each change is one transaction, and is on the disk when its
 * method returns.
 */
public final class ClientBatchStore implements AutoCloseable {

    /** The file below {@code claude.data}. */
    public static final String FILE = "client-batches.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of("/io/clauderoutes/gateway/batches/001-batches.sql"));

    private static final String BATCH =
            "SELECT id, state, client, tenant, endpoint, api_id, items, begun_ms, shown FROM batch ";
    private static final String ITEM = "SELECT id, custom_id, model, max_tokens, input_tokens, settled FROM item ";

    private final Path file;
    private final Executor thread;
    private final Clock clock;
    private Open open;
    private boolean closed;

    private record Open(GroupCommit commits, String token) {}

    /**
     * The batches of a folder.
     *
     * @param thread is kept while the file is open
     */
    public ClientBatchStore(Path data, Executor thread, Clock clock) {
        this.file = data.resolve(FILE);
        this.thread = thread;
        this.clock = clock;
    }

    /** Whether there is a file; without one there are no batches. */
    boolean exists() {
        return Files.exists(file);
    }

    private synchronized Open opened() throws SQLException {
        if (closed) {
            throw new SQLException("the bundle is stopping");
        }
        if (open == null) {
            GroupCommit commits = new GroupCommit(new SqliteFile(file, SCHEMA), thread);
            try {
                open = new Open(commits, commits.done(connection -> Sql.one(connection, "SELECT token FROM identity")));
            } catch (SQLException failure) {
                commits.close();
                throw failure;
            }
        }
        return open;
    }

    private <T> T done(Work<T> work) {
        try {
            return opened().commits().done(work);
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    private ClaudeException unusable(SQLException failure) {
        return new ClaudeException.Unavailable(
                ApiError.ours(
                        503,
                        "api_error",
                        "the batches of clients cannot be read or written: " + file + ": " + failure.getMessage()),
                failure);
    }

    /** A name for the numbers of this file, unlike that of any other file. */
    String token() {
        try {
            return opened().token();
        } catch (SQLException failure) {
            throw unusable(failure);
        }
    }

    /** A batch is about to be created. The numbers of its items follow each other in the order of {@code items}. */
    ClientBatch begin(BatchClient client, String endpoint, List<NewItem> items) {
        long now = clock.millis();
        return done(connection -> {
            long id = Sql.insert(
                    connection,
                    "INSERT INTO batch (state, client, tenant, endpoint, items, begun_ms) VALUES ('creating',?,?,?,?,?)",
                    client.name(),
                    client.tenant(),
                    endpoint,
                    items.size(),
                    now);
            Sql.updateAll(
                    connection,
                    "INSERT INTO item (batch, custom_id, model, max_tokens, input_tokens) VALUES (?,?,?,?,?)",
                    items.stream()
                            .map(item -> new Object[] {
                                id, item.customId(), item.model(), item.maxTokens(), item.inputTokens()
                            })
                            .toList());
            return new ClientBatch(
                    id,
                    State.CREATING,
                    new ClientBatch.Owner(client.name(), client.tenant()),
                    new ClientBatch.Location(endpoint, Optional.empty()),
                    items.size(),
                    now,
                    Optional.empty());
        });
    }

    /** The batch is at the endpoint. */
    void created(long batch, String apiId) {
        done(connection ->
                Sql.update(connection, "UPDATE batch SET state = 'created', api_id = ? WHERE id = ?", apiId, batch));
    }

    /** What the endpoint has last said of a batch. */
    void shown(long batch, String json) {
        done(connection -> Sql.update(connection, "UPDATE batch SET shown = ? WHERE id = ?", json, batch));
    }

    /** The ledger has the results of items. */
    void settled(Collection<Long> items) {
        done(connection -> {
            Sql.updateAll(
                    connection,
                    "UPDATE item SET settled = 1 WHERE id = ?",
                    items.stream().map(item -> new Object[] {item}).toList());
            return null;
        });
    }

    /** The ledger has the results of all items. */
    void settledWhole(long batch) {
        done(connection -> Sql.update(connection, "UPDATE batch SET state = 'settled' WHERE id = ?", batch));
    }

    /** The batch is not at the endpoint, or no longer. */
    void remove(long batch) {
        done(connection -> {
            Sql.update(connection, "DELETE FROM item WHERE batch = ?", batch);
            return Sql.update(connection, "DELETE FROM batch WHERE id = ?", batch);
        });
    }

    /** Removes batches that are settled and whose results the API no longer has. */
    void forget(Duration remembered) {
        long before = clock.millis() - remembered.toMillis();
        done(connection -> {
            String old = "state = 'settled' AND begun_ms < ?";
            Sql.update(connection, "DELETE FROM item WHERE batch IN (SELECT id FROM batch WHERE " + old + ")", before);
            return Sql.update(connection, "DELETE FROM batch WHERE " + old, before);
        });
    }

    /** A batch of a client, by the endpoint's id. */
    Optional<ClientBatch> find(String client, String apiId) {
        return done(connection ->
                Sql.all(connection, BATCH + "WHERE client = ? AND api_id = ?", ClientBatchStore::batch, client, apiId)
                        .stream()
                        .findFirst());
    }

    /** A batch as it is now; empty if it was removed. */
    Optional<ClientBatch> find(long batch) {
        return done(connection -> Sql.all(connection, BATCH + "WHERE id = ?", ClientBatchStore::batch, batch).stream()
                .findFirst());
    }

    /** Whether an id of the endpoint is that of a batch in this file. */
    boolean isKnown(String apiId) {
        return done(connection -> Sql.one(connection, "SELECT id FROM batch WHERE api_id = ?", apiId) != null);
    }

    /** Batches whose results the ledger does not have, oldest first. */
    List<ClientBatch> unsettled() {
        return done(connection ->
                Sql.all(connection, BATCH + "WHERE state <> 'settled' ORDER BY id", ClientBatchStore::batch));
    }

    /** Batches of a client that are older than one of its batches, newest first; from the newest one if there is none to begin from. */
    List<ClientBatch> olderThan(String client, Optional<ClientBatch> from, int most) {
        return done(connection -> Sql.all(
                connection,
                BATCH + "WHERE client = ? AND id < ? AND api_id IS NOT NULL ORDER BY id DESC LIMIT ?",
                ClientBatchStore::batch,
                client,
                from.map(ClientBatch::id).orElse(Long.MAX_VALUE),
                most));
    }

    /** Batches of a client that are newer than one of its batches and next to it, newest first. */
    List<ClientBatch> newerThan(String client, ClientBatch from, int most) {
        List<ClientBatch> newer = new ArrayList<>(done(connection -> Sql.all(
                connection,
                BATCH + "WHERE client = ? AND id > ? AND api_id IS NOT NULL ORDER BY id LIMIT ?",
                ClientBatchStore::batch,
                client,
                from.id(),
                most)));
        Collections.reverse(newer);
        return newer;
    }

    private static ClientBatch batch(ResultSet row) throws SQLException {
        return new ClientBatch(
                row.getLong("id"),
                State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                new ClientBatch.Owner(row.getString("client"), row.getString("tenant")),
                new ClientBatch.Location(row.getString("endpoint"), Optional.ofNullable(row.getString("api_id"))),
                row.getInt("items"),
                row.getLong("begun_ms"),
                Optional.ofNullable(row.getString("shown")));
    }

    /** The items of a batch in the order in which the client has named them. */
    List<BatchItem> items(long batch) {
        return done(
                connection -> Sql.all(connection, ITEM + "WHERE batch = ? ORDER BY id", ClientBatchStore::item, batch));
    }

    /** The items of a batch whose results the ledger does not have. */
    List<BatchItem> unsettledItems(long batch) {
        return done(connection ->
                Sql.all(connection, ITEM + "WHERE batch = ? AND settled = 0", ClientBatchStore::item, batch));
    }

    /** Those of some items that are in a batch. */
    List<BatchItem> items(long batch, Collection<Long> numbers) {
        return done(connection -> {
            List<BatchItem> found = new ArrayList<>(numbers.size());
            for (long number : numbers) {
                found.addAll(Sql.all(
                        connection, ITEM + "WHERE id = ? AND batch = ?", ClientBatchStore::item, number, batch));
            }
            return found;
        });
    }

    /** The batch that an item is in. */
    Optional<Long> batchOf(long item) {
        return done(connection -> Optional.ofNullable(Sql.one(connection, "SELECT batch FROM item WHERE id = ?", item))
                .map(Long::valueOf));
    }

    private static BatchItem item(ResultSet row) throws SQLException {
        return new BatchItem(
                row.getLong("id"),
                row.getString("custom_id"),
                row.getString("model"),
                row.getLong("max_tokens"),
                row.getLong("input_tokens"),
                row.getInt("settled") == 1);
    }

    @Override
    public void close() {
        Open its;
        synchronized (this) {
            closed = true;
            its = open;
        }
        if (its != null) {
            its.commits().close();
        }
    }
}
