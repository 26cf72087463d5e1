package io.clauderoutes.batch;

import io.clauderoutes.store.Sql;
import io.clauderoutes.store.SqliteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What has become of batches and their prompts, read out of the file beside whoever writes it. It tells no text of a prompt. */
public final class BatchReport {

    private static final int MOST_BATCHES = 200;
    private static final int MOST_ITEMS = 1_000;

    private static final String BATCHES = """
            SELECT id, state, endpoint, api_id, items, formed_ms, sent_ms, ended_ms, done_ms, succeeded, errored, canceled, expired,
                reason,
                (SELECT count(*) FROM item JOIN prompt ON prompt.id = item.prompt AND prompt.item = item.id
                    WHERE item.batch = batch.id AND prompt.state = 'sent') AS left
            FROM batch ORDER BY id DESC LIMIT\s""" + MOST_BATCHES;

    private static final String ITEMS = """
            SELECT item.id AS item, prompt_id AS prompt, source, name, tenant, model, tries, since_ms AS since, error_type, error,
                CASE WHEN prompt.item = item.id THEN prompt.state ELSE 'sent again' END AS state
            FROM item JOIN prompt ON prompt.id = item.prompt WHERE item.batch = ? ORDER BY item.id LIMIT\s""" + MOST_ITEMS;

    private final Path file;

    public BatchReport(Path file) {
        this.file = file;
    }

    /** Prompts by state, and the last batches, newest first; with the items of one batch if one is asked for. */
    public Map<String, Object> answer(OptionalLong batch) throws SQLException {
        Map<String, Object> report = new LinkedHashMap<>();
        Map<String, Object> prompts = new LinkedHashMap<>();
        report.put("prompts", prompts);
        if (!Files.exists(file)) {
            report.put("batches", List.of());
            return report;
        }
        try (Connection connection = SqliteFile.reading(file)) {
            rows(connection, "SELECT state, count(*) AS prompts FROM prompt GROUP BY state")
                    .forEach(row -> prompts.put(row.get("state").toString(), row.get("prompts")));
            if (batch.isPresent()) {
                report.put("items", rows(connection, ITEMS, batch.getAsLong()));
            } else {
                report.put("batches", rows(connection, BATCHES));
            }
        }
        return report;
    }

    private static List<Map<String, Object>> rows(Connection connection, String sql, Object... values)
            throws SQLException {
        return Sql.all(connection, sql, BatchReport::cells, values);
    }

    private static Map<String, Object> cells(ResultSet row) throws SQLException {
        Map<String, Object> cells = new LinkedHashMap<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            cell(cells, row.getMetaData().getColumnLabel(i), row.getObject(i));
        }
        return cells;
    }

    private static void cell(Map<String, Object> cells, String name, Object value) {
        boolean time = (name.endsWith("_ms") || name.equals("since")) && value instanceof Number;
        cells.put(
                name.endsWith("_ms") ? name.substring(0, name.length() - 3) : name,
                time ? Instant.ofEpochMilli(((Number) value).longValue()).toString() : value);
    }
}
