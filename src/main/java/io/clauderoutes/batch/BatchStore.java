package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.Frame;
import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.store.GroupCommit;
import io.clauderoutes.store.GroupCommit.Work;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.Sql;
import io.clauderoutes.store.SqliteFile;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The prompts of batches and what has become of them, on the disk. Each change is one transaction, and has happened when its method
 * returns; a prompt is {@code waiting}, {@code sent}, {@code refused} (its dead letter is still to be written), {@code answered} or
 * {@code failed}.
 */
public final class BatchStore implements AutoCloseable {

    /** The file below {@code claude.data}. */
    public static final String FILE = "batches.db";

    private static final Migrations SCHEMA = new Migrations(List.of(
            "/io/clauderoutes/batch/001-prompts.sql",
            "/io/clauderoutes/batch/002-redact-policy.sql",
            "/io/clauderoutes/batch/003-output-schema.sql",
            "/io/clauderoutes/batch/004-checks.sql"));

    /** What an item's braces, names and custom_id take beside its request. */
    private static final int ENVELOPE_BYTES = 120;

    private static final String BATCH =
            "SELECT id, state, endpoint, api_id, items, formed_ms, coalesce(sent_ms, 0) AS sent_ms FROM batch ";

    private static final String DONE = "UPDATE batch SET state = 'done', done_ms = ?, reason = ? WHERE id = ?";

    private final Path file;
    private final GroupCommit commits;
    private final PromptRow rows;
    private final Clock clock;
    private final String token;

    /**
     * Opens the file, and makes it if there is none.
     *
     * @param thread is kept until the store is closed
     */
    BatchStore(Path file, MessageJson json, Executor thread, Clock clock) throws SQLException {
        this.file = file;
        this.rows = new PromptRow(json);
        this.clock = clock;
        this.commits = new GroupCommit(new SqliteFile(file, SCHEMA), thread);
        this.token = commits.done(connection -> Sql.one(connection, "SELECT token FROM identity"));
    }

    /** A name for the numbers of this file, unlike that of any other file. */
    String token() {
        return token;
    }

    /** The name of an item at the API: unlike that of any other item of any other process. */
    String customId(long item) {
        return token + "-" + item;
    }

    /** The number of the item that has this name at the API; empty if it is no item of this file. */
    Optional<Long> number(String customId) {
        String prefix = token + "-";
        String number = customId.startsWith(prefix) ? customId.substring(prefix.length()) : "";
        return number.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(number)) : Optional.empty();
    }

    private long now() {
        return clock.millis();
    }

    private <T> T done(Work<T> work) {
        try {
            return commits.done(work);
        } catch (SQLException failure) {
            throw new StoreFailed(file, failure);
        }
    }

    /** What a request takes in a batch. */
    static long bytesInBatch(MessagesRequest request) {
        return request.json().length() + (long) ENVELOPE_BYTES;
    }

    /** Keeps a prompt; false if its source has brought it before. */
    boolean keep(Waiting waiting) {
        return done(connection -> rows.insert(connection, waiting, now()));
    }

    /**
     * What waits to be sent.
     *
     * @param oldestMillis when the first of it began to wait, since 1970
     */
    record Queue(long prompts, long bytes, long oldestMillis) {}

    Queue queue() {
        return done(connection -> Sql.all(
                        connection,
                        "SELECT count(*), coalesce(sum(bytes), 0), coalesce(min(since_ms), 0) FROM prompt"
                                + " WHERE state = 'waiting'",
                        row -> new Queue(
                                row.getLong(1), row.getLong(2) + ENVELOPE_BYTES * row.getLong(1), row.getLong(3)))
                .get(0));
    }

    /** Puts prompts that wait, oldest first, into a batch. */
    Batch form(int most, long maxBytes) {
        return done(connection -> form(connection, oldest(connection, most, maxBytes)));
    }

    private static List<Long> oldest(Connection connection, int most, long maxBytes) throws SQLException {
        List<Long> prompts = new ArrayList<>();
        long bytes = 0;
        for (long[] prompt : Sql.all(
                connection,
                "SELECT id, bytes FROM prompt WHERE state = 'waiting' ORDER BY since_ms, id LIMIT ?",
                row -> new long[] {row.getLong(1), row.getLong(2)},
                most)) {
            bytes += prompt[1] + ENVELOPE_BYTES;
            if (!prompts.isEmpty() && bytes > maxBytes) {
                break;
            }
            prompts.add(prompt[0]);
        }
        return prompts;
    }

    private Batch form(Connection connection, List<Long> prompts) throws SQLException {
        long formed = now();
        long id = Sql.insert(
                connection,
                "INSERT INTO batch (state, endpoint, items, formed_ms) VALUES ('ready', '', ?, ?)",
                prompts.size(),
                formed);
        try (PreparedStatement item =
                        connection.prepareStatement("INSERT INTO item (batch, prompt, begun_ms) VALUES (?,?,?)");
                PreparedStatement taken = connection.prepareStatement("UPDATE prompt SET state = 'sent', since_ms = ?,"
                        + " tries = tries + 1, item = last_insert_rowid() WHERE id = ?")) {
            for (long prompt : prompts) {
                Sql.set(item, id, prompt, formed);
                item.executeUpdate();
                Sql.set(taken, formed, prompt);
                taken.executeUpdate();
            }
        }
        return new Batch(id, BatchState.READY, "", Optional.empty(), prompts.size(), formed, 0);
    }

    /** All batches that are not done, oldest first. */
    List<Batch> underWay() {
        return done(connection -> Sql.all(connection, BATCH + "WHERE state <> 'done' ORDER BY id", BatchStore::batch));
    }

    /** Whether the API's batch of this id is stored here. */
    boolean isKnown(String apiId) {
        return done(connection -> Sql.one(connection, "SELECT id FROM batch WHERE api_id = ?", apiId) != null);
    }

    private static Batch batch(ResultSet row) throws SQLException {
        return new Batch(
                row.getLong("id"),
                BatchState.of(row.getString("state")),
                row.getString("endpoint"),
                Optional.ofNullable(row.getString("api_id")),
                row.getInt("items"),
                row.getLong("formed_ms"),
                row.getLong("sent_ms"));
    }

    /** The batch is about to be created. */
    void sending(long batch, String endpoint) {
        change("UPDATE batch SET state = 'sending', endpoint = ?, sent_ms = ? WHERE id = ?", endpoint, now(), batch);
    }

    /** The batch is known not to have been created. */
    void notSent(long batch) {
        change("UPDATE batch SET state = 'ready' WHERE id = ?", batch);
    }

    void sent(long batch, String apiId) {
        change("UPDATE batch SET state = 'sent', api_id = ? WHERE id = ?", apiId, batch);
    }

    void ended(long batch, ApiBatch.Counts counts) {
        change(
                "UPDATE batch SET state = 'ended', ended_ms = ?, succeeded = ?, errored = ?, canceled = ?, expired = ?"
                        + " WHERE id = ?",
                now(),
                counts.succeeded(),
                counts.errored(),
                counts.canceled(),
                counts.expired(),
                batch);
    }

    /** A company gateway has answered: what it said is kept until it is handed on. */
    void answered(long batch, Map<Long, String> answers) {
        done(connection -> {
            Sql.updateAll(
                    connection,
                    "UPDATE item SET answer = ? WHERE id = ?",
                    answers.entrySet().stream()
                            .map(one -> new Object[] {one.getValue(), one.getKey()})
                            .toList());
            return Sql.update(
                    connection,
                    "UPDATE batch SET state = 'ended', ended_ms = ?, succeeded = ? WHERE id = ?",
                    now(),
                    answers.size(),
                    batch);
        });
    }

    /** What a company gateway answered. */
    Optional<String> answer(long item) {
        return done(
                connection -> Optional.ofNullable(Sql.one(connection, "SELECT answer FROM item WHERE id = ?", item)));
    }

    void done(long batch, String reason) {
        change(DONE, now(), reason, batch);
    }

    /** Splits a batch that was too large into two. */
    void halve(long batch, String reason) {
        done(connection -> {
            List<Long> prompts = new ArrayList<>();
            for (Item item : items(connection, batch)) {
                prompts.add(item.promptId());
            }
            int half = prompts.size() / 2;
            form(connection, prompts.subList(0, half));
            form(connection, prompts.subList(half, prompts.size()));
            return Sql.update(connection, DONE, now(), reason, batch);
        });
    }

    /** The items of a batch with which nothing has been done yet. */
    List<Item> items(long batch) {
        return done(connection -> items(connection, batch));
    }

    private List<Item> items(Connection connection, long batch) throws SQLException {
        return rows.items(connection, "WHERE item.batch = ? ORDER BY item.id", batch);
    }

    /** An item, unless something has been done with it. */
    Optional<Item> item(long number) {
        return done(connection ->
                rows.items(connection, "WHERE item.id = ?", number).stream().findFirst());
    }

    /** The items that were sent before, by whatever process. */
    List<Item> itemsAway() {
        return done(connection -> rows.items(connection, ""));
    }

    /** The batch that an item is or was in. */
    Optional<Long> batchOf(long item) {
        return done(connection -> Optional.ofNullable(Sql.one(connection, "SELECT batch FROM item WHERE id = ?", item))
                .map(Long::valueOf));
    }

    /** Takes one body at a time. */
    @FunctionalInterface
    interface Bodies {
        void body(long item, byte[] request) throws IOException;
    }

    /** Reads what the items of a batch ask, one at a time, beside whatever is written meanwhile. */
    void bodies(long batch, Bodies bodies) throws IOException {
        try (Connection connection = SqliteFile.reading(file);
                PreparedStatement select = connection.prepareStatement("SELECT item.id, body FROM item JOIN prompt ON"
                        + " prompt.id = item.prompt AND prompt.item = item.id AND prompt.state = 'sent'"
                        + " WHERE item.batch = ? ORDER BY item.id")) {
            Sql.set(select, batch);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    bodies.body(row.getLong(1), row.getBytes(2));
                }
            }
        } catch (SQLException unreadable) {
            throw new StoreFailed(file, unreadable);
        }
    }

    /** Every sink has the answer. */
    void delivered(Item item) {
        change(
                "UPDATE prompt SET state = 'answered', since_ms = ?, body = NULL, headers = NULL WHERE id = ? AND item = ?",
                now(),
                item.promptId(),
                item.number());
    }

    /** The prompt waits for another batch. */
    void again(Item item) {
        change(
                "UPDATE prompt SET state = 'waiting', since_ms = ?, item = NULL WHERE id = ? AND item = ?",
                now(),
                item.promptId(),
                item.number());
    }

    /** The prompts will not be answered; their dead letters are to be written. */
    void refused(Collection<Item> items, ApiError error) {
        done(connection -> {
            int changed = 0;
            for (Item item : items) {
                changed += Sql.update(
                        connection,
                        "UPDATE prompt SET state = 'refused', since_ms = ?, error_status = ?, error_type = ?, error = ?"
                                + " WHERE id = ? AND item = ?",
                        now(),
                        error.status(),
                        error.type(),
                        error.message(),
                        item.promptId(),
                        item.number());
            }
            return changed;
        });
    }

    /**
     * A prompt that was refused, with what it asked.
     *
     * @param endpoint of the last batch that it was part of; empty where it was part of none
     */
    record Letter(
            long promptId, String source, String name, String tenant, String endpoint, ApiError error, Frame request) {}

    List<Letter> letters(int most) {
        return done(connection -> Sql.all(
                connection,
                "SELECT id, source, name, prompt_id, tenant, error_status, error_type, error, body,"
                        + " coalesce((SELECT batch.endpoint FROM item JOIN batch ON batch.id = item.batch"
                        + " WHERE item.prompt = prompt.id ORDER BY item.id DESC LIMIT 1), '') AS endpoint FROM prompt"
                        + " WHERE state = 'refused' ORDER BY since_ms LIMIT ?",
                BatchStore::letter,
                most));
    }

    private static Letter letter(ResultSet row) throws SQLException {
        String name = row.getString("name");
        return new Letter(
                row.getLong("id"),
                row.getString("source"),
                name.isEmpty() ? row.getString("prompt_id") : name,
                row.getString("tenant"),
                row.getString("endpoint"),
                ApiError.ours(row.getInt("error_status"), row.getString("error_type"), row.getString("error")),
                new Frame(row.getBytes("body")));
    }

    /** A refused prompt is done with. What it asked is dropped if its dead letter has it. */
    void failed(Letter letter, boolean written) {
        change(
                "UPDATE prompt SET state = 'failed', since_ms = ?" + (written ? ", body = NULL" : "") + " WHERE id = ?",
                now(),
                letter.promptId());
    }

    /** Forgets prompts that were answered or failed some time ago, and batches that hold none any more. */
    void forget(Duration remembered) {
        long before = now() - remembered.toMillis();
        done(connection -> {
            int prompts = Sql.update(
                    connection,
                    "DELETE FROM prompt WHERE since_ms < ? AND (state = 'answered' OR (state = 'failed' AND body IS NULL))",
                    before);
            if (prompts > 0) {
                Sql.update(connection, "DELETE FROM item WHERE prompt NOT IN (SELECT id FROM prompt)");
                Sql.update(
                        connection,
                        "DELETE FROM batch WHERE state = 'done' AND done_ms < ? AND id NOT IN (SELECT batch FROM item)",
                        before);
            }
            return prompts;
        });
    }

    private void change(String sql, Object... values) {
        done(connection -> Sql.update(connection, sql, values));
    }

    @Override
    public void close() {
        commits.close();
    }

    /** The file cannot be read or written. */
    static final class StoreFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        StoreFailed(Path file, SQLException cause) {
            super(file + ": " + cause.getMessage(), cause);
        }
    }
}
