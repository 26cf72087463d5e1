package io.clauderoutes.ledger.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;

/**
 * A PostgreSQL database, which several processes may write. Each says every few seconds that it is alive; one that has not for a
 * minute is taken to be gone, and its open attempts are given up as unknown.
 */
public final class PostgresDatabase implements LedgerDatabase {

    static final Duration GONE_AFTER = Duration.ofSeconds(60);

    /** A dead connection is noticed before a caller's patience ends. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(8);

    private static final Duration REPORT_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    /** Keys of advisory locks: the letters of the bundle's name. */
    private static final long SCHEMA_LOCK = 0x436c_6175_6465_0001L;

    private static final long EXPORT_LOCK = 0x436c_6175_6465_0002L;

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
        try (Statement statement = connection.createStatement()) {
            // Whatever the server is set to: a commit that returned is on its disk.
            statement.execute("SELECT set_config('synchronous_commit', 'on', false)"
                    + " WHERE current_setting('synchronous_commit') = 'off'");
            connection.setAutoCommit(false);
            PostgresSchema.bringUpToDate(connection, SCHEMA_LOCK);
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
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
        }
        if (!password.isEmpty()) {
            properties.setProperty("password", password);
        }
        properties.setProperty("ApplicationName", "claude-routes");
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("tcpKeepAlive", "true");
        // A failure is told in logs and to callers: without the values of the row that it happened to.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("connectTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(timeout.toSeconds()));
        return DriverManager.getConnection(url, properties);
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
        try (PreparedStatement alive =
                connection.prepareStatement("UPDATE run SET seen_at = clock_timestamp() WHERE id = ?")) {
            alive.setLong(1, run);
            alive.executeUpdate();
        }
    }

    /** Whoever writes reads {@code fold}, so this waits for all that are writing, and they wait for us. */
    @Override
    public void alone(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE fold IN ACCESS EXCLUSIVE MODE");
        }
    }

    @Override
    public boolean exports(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_try_advisory_lock(" + EXPORT_LOCK + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }
}
