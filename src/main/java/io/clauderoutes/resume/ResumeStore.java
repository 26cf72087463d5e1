package io.clauderoutes.resume;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.store.Database;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.SharedDatabase.Schema;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Retained replies in their database, so that a client can continue one after a restart. */
public final class ResumeStore implements AutoCloseable {

    /** The file below {@code claude.data}. */
    public static final String FILE = "resume.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of("/io/clauderoutes/resume/sqlite/001-replies.sql"));

    /** The schema in PostgreSQL. */
    public static final Schema POSTGRES = new Schema(
            new Migrations(List.of("/io/clauderoutes/resume/postgresql/001-replies.sql")),
            "resume_schema",
            0x436c_6175_6465_0004L);

    private final Database database;
    private final MessageJson json;
    private final Clock clock;
    private final boolean shared;

    /**
     * Nothing is opened before the first reply.
     *
     * @param shared whether other bundles use the database, too
     */
    public ResumeStore(Database database, boolean shared, MessageJson json, Clock clock) {
        this.database = database;
        this.shared = shared;
        this.json = json;
        this.clock = clock;
    }

    /**
     * What is new of a reply.
     *
     * @param first number of the first of the events
     * @param headers of the response
     * @param ending there once the reply has ended
     */
    record News(
            RetentionRequest request,
            List<RetainedEvent> events,
            long first,
            Map<String, String> headers,
            Optional<PlainResponse> ending) {}

    /**
     * A reply as it was stored.
     *
     * @param seenMillis when it was last stored
     */
    record Stored(
            RetentionRequest request,
            long seenMillis,
            Map<String, String> headers,
            Optional<PlainResponse> ending,
            List<RetainedEvent> events) {}

    /** Stores what is new of some replies, all or nothing. */
    void save(List<News> news) throws SQLException {
        long now = clock.millis();
        List<Object[]> replies = new ArrayList<>();
        List<Object[]> events = new ArrayList<>();
        List<Object[]> endings = new ArrayList<>();
        for (News its : news) {
            RetentionRequest request = its.request();
            replies.add(new Object[] {
                request.id(),
                request.client(),
                request.idempotencyKey().orElse(null),
                request.bodyHash().bytes(),
                now,
                text(its.headers())
            });
            long number = its.first();
            for (RetainedEvent event : its.events()) {
                events.add(new Object[] {
                    request.id(), number, event.name(), event.data().bytes()
                });
                number++;
            }
            its.ending()
                    .ifPresent(ending -> endings.add(new Object[] {
                        now,
                        ending.status(),
                        text(ending.headers()),
                        ending.body().bytes(),
                        request.id()
                    }));
        }
        database.done(connection -> {
            Sql.updateAll(
                    connection,
                    "INSERT INTO retained_reply (id, client, idempotency_key, body_hash, seen_ms, headers)"
                            + " VALUES (?,?,?,?,?,?)"
                            + " ON CONFLICT (id) DO UPDATE SET seen_ms = excluded.seen_ms, headers = excluded.headers",
                    replies);
            Sql.updateAll(
                    connection, "INSERT INTO retained_event (reply, number, name, data) VALUES (?,?,?,?)", events);
            Sql.updateAll(
                    connection,
                    "UPDATE retained_reply SET ended_ms = ?, status = ?, headers = ?, body = ? WHERE id = ?",
                    endings);
            return null;
        });
    }

    private String text(Map<String, String> headers) {
        ObjectNode object = json.newObject();
        headers.forEach(object::put);
        return object.toString();
    }

    /** The reply with this id, if the client has one. */
    Optional<Stored> byId(String id, String client) throws SQLException {
        return load("id = ? AND client = ?", id, client);
    }

    /** The latest reply to a request with this idempotency key, if the client has one. */
    Optional<Stored> byKey(String key, String client) throws SQLException {
        return load("idempotency_key = ? AND client = ?", key, client);
    }

    /** Whether there is no file yet. A database may have replies of another bundle. */
    private boolean isEmpty() {
        return !shared && !database.exists();
    }

    private Optional<Stored> load(String condition, Object... values) throws SQLException {
        if (isEmpty()) {
            return Optional.empty();
        }
        return database.done(connection -> {
            List<Stored> replies = Sql.all(
                    connection,
                    "SELECT id, client, idempotency_key, body_hash, seen_ms, headers, ended_ms, status, body"
                            + " FROM retained_reply WHERE " + condition + " ORDER BY seen_ms DESC LIMIT 1",
                    row -> reply(connection, row),
                    values);
            return replies.stream().findFirst();
        });
    }

    private Stored reply(Connection connection, ResultSet row) throws SQLException {
        String id = row.getString(1);
        RetentionRequest request = new RetentionRequest(
                id, row.getString(2), Optional.ofNullable(row.getString(3)), new Frame(row.getBytes(4)));
        Map<String, String> headers = headers(row.getString(6));
        row.getLong(7);
        Optional<PlainResponse> ending = row.wasNull()
                ? Optional.empty()
                : Optional.of(new PlainResponse(row.getInt(8), headers, new Frame(row.getBytes(9))));
        List<RetainedEvent> events = Sql.all(
                connection,
                "SELECT name, data FROM retained_event WHERE reply = ? ORDER BY number",
                event -> new RetainedEvent(event.getString(1), new Frame(event.getBytes(2))),
                id);
        return new Stored(request, row.getLong(5), headers, ending, events);
    }

    private Map<String, String> headers(String text) {
        Map<String, String> headers = new HashMap<>();
        json.value(text).ifPresent(object -> object.properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText())));
        return headers;
    }

    /** Whether another bundle is at work on a reply: it stores a sign of life every few seconds. */
    boolean isInProgressElsewhere(Stored stored) {
        return shared
                && stored.ending().isEmpty()
                && clock.millis() - stored.seenMillis() < 3 * ReplySaver.SIGN_OF_LIFE.toMillis();
    }

    /** Deletes the replies of which nothing was stored for so long. */
    void expire(Duration keep) throws SQLException {
        if (isEmpty()) {
            return;
        }
        long before = clock.millis() - keep.toMillis();
        database.done(connection -> {
            Sql.update(
                    connection,
                    "DELETE FROM retained_event WHERE reply IN (SELECT id FROM retained_reply WHERE seen_ms < ?)",
                    before);
            return Sql.update(connection, "DELETE FROM retained_reply WHERE seen_ms < ?", before);
        });
    }

    /** How the database is called in logs. */
    String name() {
        return database.name();
    }

    @Override
    public void close() {
        database.close();
    }
}
