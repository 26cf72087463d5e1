package io.clauderoutes.agent.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.clauderoutes.Frame;
import io.clauderoutes.agent.memory.MemoryCipher.WrongKey;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.store.Database;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The histories in their database. A turn is one row, so that it is stored as a whole or not at all. */
final class MemoryStore implements AutoCloseable {

    private static final String PROOF = "claude-memory";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final int MOST_TRIES = 5;
    /** Turns that are read at most; a window has fewer. */
    private static final int MOST_TURNS = 2_000;

    private final Database database;
    private final Optional<String> secret;
    private final Duration expiresAfter;
    private final MessageJson json;
    private final Clock clock;
    private MemoryCipher cipher;

    /** @param secret the key or the passphrase; empty: nothing is encrypted */
    MemoryStore(Database database, Optional<String> secret, Duration expiresAfter, MessageJson json, Clock clock) {
        this.database = database;
        this.secret = secret;
        this.expiresAfter = expiresAfter;
        this.json = json;
        this.clock = clock;
    }

    private record StoredKey(Frame salt, Frame proof) {}

    private synchronized MemoryCipher cipher() throws SQLException, WrongKey {
        if (cipher == null) {
            Optional<StoredKey> stored = database.done(MemoryStore::key);
            if (stored.isEmpty() && secret.isPresent()) {
                stored = Optional.of(firstKey());
            }
            MemoryCipher made = MemoryCipher.of(
                    secret, stored.map(kept -> kept.salt().bytes()).orElse(new byte[MemoryCipher.SALT_BYTES]));
            if (stored.isPresent()) {
                made.opened(stored.get().proof().bytes(), PROOF);
            }
            cipher = made;
        }
        return cipher;
    }

    private static Optional<StoredKey> key(Connection connection) throws SQLException {
        return Sql.all(
                        connection,
                        "SELECT salt, proof FROM memory_key WHERE id = 1",
                        row -> new StoredKey(new Frame(row.getBytes(1)), new Frame(row.getBytes(2))))
                .stream()
                .findFirst();
    }

    /** Another bundle may be the first at the same time: what is in the database counts. */
    private StoredKey firstKey() throws SQLException {
        byte[] salt = MemoryCipher.newSalt();
        byte[] proof = MemoryCipher.of(secret, salt).sealed(PROOF.getBytes(UTF_8), PROOF);
        return database.done(connection -> {
            Sql.update(
                    connection,
                    "INSERT INTO memory_key (id, salt, proof) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                    salt,
                    proof);
            return key(connection).orElseThrow();
        });
    }

    /** The place of a turn, which is authenticated with it. */
    private static String place(Conversation conversation, long number) {
        return conversation.key() + "/" + number;
    }

    private record Row(long number, long storedMillis, Frame content) {
        static Row of(ResultSet row) throws SQLException {
            return new Row(row.getLong(1), row.getLong(2), new Frame(row.getBytes(3)));
        }
    }

    /**
     * The turns of a conversation, from the oldest to the newest. A history that has expired is deleted.
     *
     * @throws WrongKey if the key is not the one that wrote them
     */
    List<HistoryTurn> turns(Conversation conversation) throws SQLException, WrongKey {
        MemoryCipher opens = cipher();
        List<Row> rows = database.done(connection -> Sql.all(
                connection,
                "SELECT number, stored_ms, content FROM memory_turn WHERE conversation = ? ORDER BY number DESC LIMIT "
                        + MOST_TURNS,
                Row::of,
                conversation.key()));
        if (!rows.isEmpty() && isExpired(rows.get(0).storedMillis())) {
            clear(conversation);
            return List.of();
        }
        List<HistoryTurn> turns = new ArrayList<>(rows.size());
        for (int i = rows.size() - 1; i >= 0; i--) {
            Row row = rows.get(i);
            byte[] content = opens.opened(row.content().bytes(), place(conversation, row.number()));
            if (!(json.value(new String(content, UTF_8)).orElseGet(json::newObject) instanceof ArrayNode messages)) {
                throw new SQLException("turn " + row.number() + " of a history in " + database.name() + " is damaged");
            }
            turns.add(new HistoryTurn(row.number(), messages, content.length));
        }
        return turns;
    }

    private boolean isExpired(long storedMillis) {
        return !expiresAfter.isZero() && storedMillis < clock.millis() - expiresAfter.toMillis();
    }

    /** Deletes a history. */
    void clear(Conversation conversation) throws SQLException {
        database.done(connection ->
                Sql.update(connection, "DELETE FROM memory_turn WHERE conversation = ?", conversation.key()));
    }

    /** Adds a turn after all others, and deletes those below a number. Another bundle may add one at the same time. */
    void append(Conversation conversation, ArrayNode messages, long firstKept) throws SQLException, WrongKey {
        MemoryCipher seals = cipher();
        byte[] content = json.bytes(messages);
        for (int tries = 1; ; tries++) {
            try {
                database.done(connection -> {
                    long number = 1
                            + Sql.number(
                                    connection,
                                    "SELECT max(number) FROM memory_turn WHERE conversation = ?",
                                    conversation.key());
                    Sql.update(
                            connection,
                            "DELETE FROM memory_turn WHERE conversation = ? AND number < ?",
                            conversation.key(),
                            firstKept);
                    return insert(connection, conversation, number, messages.size(), content, seals);
                });
                return;
            } catch (SQLException failure) {
                if (tries == MOST_TRIES || !UNIQUE_VIOLATION.equals(failure.getSQLState())) {
                    throw failure;
                }
            }
        }
    }

    /** Puts a summary in the place of the turns up to a number. */
    void sumUp(Conversation conversation, long last, ArrayNode summary) throws SQLException, WrongKey {
        MemoryCipher seals = cipher();
        byte[] content = json.bytes(summary);
        database.done(connection -> {
            Sql.update(
                    connection,
                    "DELETE FROM memory_turn WHERE conversation = ? AND number <= ?",
                    conversation.key(),
                    last);
            return insert(connection, conversation, last, 1, content, seals);
        });
    }

    private int insert(
            Connection connection,
            Conversation conversation,
            long number,
            int messages,
            byte[] content,
            MemoryCipher seals)
            throws SQLException {
        return Sql.update(
                connection,
                "INSERT INTO memory_turn (conversation, number, stored_ms, messages, bytes, content) VALUES (?,?,?,?,?,?)",
                conversation.key(),
                number,
                clock.millis(),
                messages,
                content.length,
                seals.sealed(content, place(conversation, number)));
    }

    /** Deletes the histories whose last turn has expired; gives how many turns. Nothing is opened for it. */
    int expire() throws SQLException {
        if (expiresAfter.isZero() || !database.exists()) {
            return 0;
        }
        long before = clock.millis() - expiresAfter.toMillis();
        return database.done(connection -> Sql.update(
                connection,
                "DELETE FROM memory_turn WHERE conversation IN"
                        + " (SELECT conversation FROM memory_turn GROUP BY conversation HAVING max(stored_ms) < ?)",
                before));
    }

    String name() {
        return database.name();
    }

    @Override
    public void close() {
        database.close();
    }
}
