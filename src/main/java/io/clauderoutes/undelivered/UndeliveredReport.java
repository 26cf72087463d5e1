package io.clauderoutes.undelivered;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.clauderoutes.store.Sql;
import io.clauderoutes.store.SqliteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.util.URISupport;

/** The kept replies as JSON, read from the file while another process may write it. The list holds no text of a reply. */
public final class UndeliveredReport {

    private static final int MOST_REPLIES = 1_000;
    private static final String REPLIES =
            "SELECT id, sink, prompt, name, kept_ms, tries, length(body) AS characters, reason"
                    + " FROM reply ORDER BY id LIMIT " + MOST_REPLIES;

    private final Path file;
    private final ObjectMapper json = new ObjectMapper();

    /** @param data folder of the file */
    public UndeliveredReport(Path data) {
        this.file = data.resolve(UndeliveredStore.FILE);
    }

    /** All kept replies, the oldest first: {@code {"count":…,"replies":[…]}}; at most 1,000 are listed. */
    public String list() throws SQLException {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("count", 0);
        report.put("replies", List.of());
        if (Files.exists(file)) {
            try (Connection connection = SqliteFile.reading(file)) {
                report.put("count", Sql.number(connection, "SELECT count(*) FROM reply"));
                report.put("replies", Sql.all(connection, REPLIES, row -> {
                    Map<String, Object> reply = new LinkedHashMap<>();
                    reply.put("id", row.getLong("id"));
                    reply.put("sink", URISupport.sanitizeUri(row.getString("sink")));
                    reply.put("prompt", row.getString("prompt"));
                    reply.put("name", row.getString("name"));
                    reply.put(
                            "kept", Instant.ofEpochMilli(row.getLong("kept_ms")).toString());
                    reply.put("tries", row.getLong("tries"));
                    reply.put("characters", row.getLong("characters"));
                    reply.put("reason", row.getString("reason"));
                    return reply;
                }));
            }
        }
        try {
            return json.writerWithDefaultPrettyPrinter().writeValueAsString(report) + System.lineSeparator();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** An object with the message as {@code error}. */
    static String error(String message) {
        return JsonNodeFactory.instance.objectNode().put("error", message).toString();
    }

    /** What the sink of one reply is to get; empty if there is no such reply. */
    public Optional<String> body(long id) throws SQLException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (Connection connection = SqliteFile.reading(file)) {
            return Optional.ofNullable(Sql.one(connection, "SELECT body FROM reply WHERE id = ?", id));
        }
    }
}
