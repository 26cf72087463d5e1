package io.clauderoutes.ledger.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The ledger's schema in PostgreSQL, brought up to date by numbered files; a file that was released is never changed. */
final class PostgresSchema {

    private static final String FOLDER = "/io/clauderoutes/ledger/postgresql/";
    private static final List<String> FILES =
            List.of("001-entries.sql", "002-reservations.sql", "003-released.sql", "004-client-ids.sql");

    private PostgresSchema() {}

    /**
     * Applies what is missing, in one transaction. Two processes that start at once come one after the other.
     *
     * @param lock key of the advisory lock that they wait for
     * @throws SQLException also if the schema is newer than this version knows
     */
    static void bringUpToDate(Connection connection, long lock) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_xact_lock(" + lock + ")");
            statement.execute("CREATE TABLE IF NOT EXISTS ledger_schema (version INTEGER PRIMARY KEY)");
            int seen = version(statement);
            if (seen > FILES.size()) {
                throw new SQLException("the ledger was written by a newer version (its schema is " + seen
                        + ", this version knows " + FILES.size() + ")");
            }
            for (int next = seen; next < FILES.size(); next++) {
                statement.executeUpdate(text(FILES.get(next)));
                statement.execute("INSERT INTO ledger_schema VALUES (" + (next + 1) + ")");
            }
            connection.commit();
        }
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT coalesce(max(version), 0) FROM ledger_schema")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private static String text(String file) {
        try (InputStream in = PostgresSchema.class.getResourceAsStream(FOLDER + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
