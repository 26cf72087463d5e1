package io.clauderoutes.ledger.store;

import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.PostgresConnection;
import io.clauderoutes.store.Sql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A PostgreSQL database, which several processes may write. Each says every few seconds that it is alive; one that has not for a
 * minute is taken to be gone, and its open attempts are given up as unknown.
 */
public final class PostgresDatabase implements LedgerDatabase {

    static final Duration GONE_AFTER = Duration.ofSeconds(60);

    /** A dead connection is noticed before a caller's patience ends. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(8);

    /** Keys of advisory locks: the letters of the bundle's name. */
    private static final long SCHEMA_LOCK = 0x436c_6175_6465_0001L;

    private static final long EXPORT_LOCK = 0x436c_6175_6465_0002L;

    private static final String FOLDER = "/io/clauderoutes/ledger/postgresql/";

    private static final Migrations SCHEMA = new Migrations(List.of(
            FOLDER + "001-entries.sql",
            FOLDER + "002-reservations.sql",
            FOLDER + "003-released.sql",
            FOLDER + "004-client-ids.sql",
            FOLDER + "005-rounds.sql",
            FOLDER + "006-strategy.sql"));

    /** Two processes that start at once come one after the other: the lock is held until the commit. */
    private static final Migrations.SchemaVersion SCHEMA_VERSION = new Migrations.SchemaVersion() {
        @Override
        public int read(Connection connection) throws SQLException {
            Sql.one(connection, "SELECT pg_advisory_xact_lock(?)", SCHEMA_LOCK);
            Sql.update(connection, "CREATE TABLE IF NOT EXISTS ledger_schema (version INTEGER PRIMARY KEY)");
            return (int) Sql.number(connection, "SELECT max(version) FROM ledger_schema");
        }

        @Override
        public void write(Connection connection, int version) throws SQLException {
            Sql.update(connection, "INSERT INTO ledger_schema VALUES (?)", version);
        }
    };

    private static final Duration REPORT_TIMEOUT = Duration.ofMinutes(5);
    private final String url;
    private final String user;
    private final String password;

    /** @param url as JDBC has it; user and password may be empty */
    public PostgresDatabase(String url, String user, String password) {
        this.url = url;
        this.user = user;
        this.password = password;
    }

    @Override
    public String name() {
        return url.replaceAll("\\?.*", "");
    }

    @Override
    public boolean exists() {
        return true;
    }

    @Override
    public Writing write() throws SQLException {
        Connection connection = connect(ANSWER_TIMEOUT);
        try {
            // Whatever the server is set to: a commit that returned is on its disk.
            Sql.one(
                    connection,
                    "SELECT set_config('synchronous_commit', 'on', false)"
                            + " WHERE current_setting('synchronous_commit') = 'off'");
            connection.setAutoCommit(false);
            SCHEMA.apply(connection, SCHEMA_VERSION);
            return new Writing(connection, () -> {}, () -> {});
        } catch (SQLException | RuntimeException failure) {
            LedgerDatabase.quietly(connection);
            throw failure;
        }
    }

    @Override
    public Connection read() throws SQLException {
        Connection connection = connect(REPORT_TIMEOUT);
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        return connection;
    }

    private Connection connect(Duration timeout) throws SQLException {
        return PostgresConnection.open(url, user, password, timeout);
    }

    /** Whoever closes the attempts of a bundle that is gone could not see what that one has on a disk of its own. */
    @Override
    public Optional<Path> besides() {
        return Optional.empty();
    }

    @Override
    public String runsOfTheGone() {
        return "SELECT id FROM run WHERE id <> ? AND seen_at < clock_timestamp() - interval '" + GONE_AFTER.toSeconds()
                + " seconds'";
    }

    @Override
    public void alive(Connection connection, long run) throws SQLException {
        Sql.update(connection, "UPDATE run SET seen_at = clock_timestamp() WHERE id = ?", run);
    }

    /** Whoever writes reads {@code fold}, so this waits for all that are writing, and they wait for us. */
    @Override
    public void alone(Connection connection) throws SQLException {
        Sql.update(connection, "LOCK TABLE fold IN ACCESS EXCLUSIVE MODE");
    }

    @Override
    public boolean exports(Connection connection) throws SQLException {
        return Sql.one(connection, "SELECT 1 WHERE pg_try_advisory_lock(?)", EXPORT_LOCK) != null;
    }
}
