package io.clauderoutes.undelivered;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.request.UndeliveredReplies;
import io.clauderoutes.store.GroupCommit;
import io.clauderoutes.store.GroupCommit.Work;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.Sql;
import io.clauderoutes.store.SqliteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/** The file with the replies. It is made with the first reply that is kept. */
public final class UndeliveredStore implements UndeliveredReplies, AutoCloseable {

    /** The file below {@code claude.data}. */
    public static final String FILE = "undelivered.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of("/io/clauderoutes/undelivered/001-replies.sql"));

    private static final TypeReference<LinkedHashMap<String, Object>> HEADERS = new TypeReference<>() {};

    private final ObjectMapper json = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private final Path file;
    private final Executor threads;
    private final Clock clock;
    private final AtomicLong count = new AtomicLong();
    private volatile long oldestMillis;
    private GroupCommit open;
    private boolean closed;

    /**
     * A reply that is kept.
     *
     * @param body what its sink is to get
     */
    record Kept(long id, String sink, String name, String body, Map<String, Object> headers) {}

    /**
     * Reads what the file holds, if there is one.
     *
     * @param data folder of the file
     * @param threads one of them is kept while the file is open
     */
    public UndeliveredStore(Path data, Executor threads, Clock clock) {
        this.file = data.resolve(FILE);
        this.threads = threads;
        this.clock = clock;
    }

    /**
     * Opens the file if there is one.
     *
     * @throws SQLException if it cannot be read
     */
    public void open() throws SQLException {
        if (Files.exists(file)) {
            count.set(done(connection -> Sql.number(connection, "SELECT count(*) FROM reply")));
        }
    }

    private <T> T done(Work<T> work) throws SQLException {
        return commits().done(work);
    }

    private synchronized GroupCommit commits() throws SQLException {
        if (closed) {
            throw new SQLException(file + " was closed");
        }
        if (open != null && !open.isInPlace()) {
            // It was removed while it was open: what would be written to it now would be gone.
            open.close();
            open = null;
            count.set(0);
        }
        if (open == null) {
            open = new GroupCommit(new SqliteFile(file, SCHEMA), threads);
        }
        return open;
    }

    @Override
    public void keep(String sink, String body, Map<String, Object> headers, String reason) throws IOException {
        try {
            String written = json.writeValueAsString(simple(headers));
            done(connection -> Sql.insert(
                    connection,
                    "INSERT INTO reply (sink, prompt, name, kept_ms, reason, headers, body) VALUES (?,?,?,?,?,?,?)",
                    sink,
                    text(headers, ClaudeHeaders.PROMPT_ID),
                    text(headers, ClaudeHeaders.NAME),
                    clock.millis(),
                    reason,
                    written,
                    body));
            count.incrementAndGet();
        } catch (SQLException failure) {
            throw new IOException(file + " cannot be written: " + failure.getMessage(), failure);
        }
    }

    private static String text(Map<String, Object> headers, String name) {
        return String.valueOf(headers.getOrDefault(name, ""));
    }

    /** Numbers and booleans as they are, everything else as text. */
    private static Map<String, Object> simple(Map<String, Object> headers) {
        Map<String, Object> simple = new LinkedHashMap<>();
        headers.forEach((name, value) ->
                simple.put(name, value instanceof Number || value instanceof Boolean ? value : String.valueOf(value)));
        return simple;
    }

    /** How many replies are kept. */
    public long count() {
        return count.get();
    }

    private record Oldest(String sink, long keptMillis) {}

    /** Seconds for which the oldest reply has been kept, as of the last delivery round; 0 while none is kept. */
    public double oldestWaitSeconds() {
        return count() == 0 || oldestMillis == 0 ? 0 : Math.max(0, clock.millis() - oldestMillis) / 1000.0;
    }

    /** Names of the sinks that replies are kept for. */
    List<String> sinks() throws SQLException {
        if (count() == 0) {
            return List.of();
        }
        List<Oldest> oldest = done(connection -> Sql.all(
                connection,
                "SELECT sink, min(kept_ms) FROM reply GROUP BY sink",
                row -> new Oldest(row.getString(1), row.getLong(2))));
        oldestMillis = oldest.stream().mapToLong(Oldest::keptMillis).min().orElse(oldestMillis);
        return oldest.stream().map(Oldest::sink).toList();
    }

    /** The oldest reply of a sink after another one; empty if there is none. */
    Optional<Kept> next(String sink, long afterId) throws SQLException {
        return done(connection -> Sql.all(
                        connection,
                        "SELECT id, sink, name, body, headers FROM reply WHERE sink = ? AND id > ? ORDER BY id LIMIT 1",
                        this::kept,
                        sink,
                        afterId))
                .stream()
                .findFirst();
    }

    private Kept kept(ResultSet row) throws SQLException {
        try {
            return new Kept(
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    json.readValue(row.getString(5), HEADERS));
        } catch (JsonProcessingException damaged) {
            throw new SQLException("reply " + row.getLong(1) + " is damaged", damaged);
        }
    }

    /** The sink has the reply. */
    void delivered(long id) throws SQLException {
        if (done(connection -> Sql.update(connection, "DELETE FROM reply WHERE id = ?", id)) > 0) {
            count.decrementAndGet();
        }
    }

    /** The sink did not take the reply this time either. */
    void failed(long id, String reason) throws SQLException {
        done(connection ->
                Sql.update(connection, "UPDATE reply SET tries = tries + 1, reason = ? WHERE id = ?", reason, id));
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
