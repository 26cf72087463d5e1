package io.clauderoutes.store;

import io.clauderoutes.store.GroupCommit.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A database of PostgreSQL, which several bundles share. A few connections stay open; one that broke is replaced. */
public final class SharedDatabase implements Database {

    private static final int MOST_IDLE = 4;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(8);
    private static final int VALID_SECONDS = 2;

    private final Server server;
    private final Schema schema;
    private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>(MOST_IDLE);
    private volatile boolean hasSchema;
    private volatile boolean closed;

    /** Where the database is. The password is not in {@link #toString()}. */
    public record Server(String url, String user, String password) {
        @Override
        public String toString() {
            return "Server[user=" + user + "]";
        }
    }

    /**
     * The tables of one part of the bundle.
     *
     * @param versionTable where the number of the last migration is kept
     * @param lock key of the advisory lock under which migrations are applied
     */
    public record Schema(Migrations migrations, String versionTable, long lock) implements Migrations.SchemaVersion {

        @Override
        public int read(Connection connection) throws SQLException {
            Sql.one(connection, "SELECT pg_advisory_xact_lock(?)", lock);
            Sql.update(connection, "CREATE TABLE IF NOT EXISTS " + versionTable + " (version INTEGER PRIMARY KEY)");
            return (int) Sql.number(connection, "SELECT max(version) FROM " + versionTable);
        }

        @Override
        public void write(Connection connection, int version) throws SQLException {
            Sql.update(connection, "INSERT INTO " + versionTable + " VALUES (?)", version);
        }
    }

    /** Nothing is opened before it is used. */
    public SharedDatabase(Server server, Schema schema) {
        this.server = server;
        this.schema = schema;
    }

    @Override
    public <T> T done(Work<T> work) throws SQLException {
        Connection connection = connection();
        boolean committed = false;
        try {
            T result = work.on(connection);
            connection.commit();
            committed = true;
            return result;
        } finally {
            if (!committed || closed || !idle.offer(connection)) {
                close(connection);
            }
        }
    }

    private Connection connection() throws SQLException {
        if (closed) {
            throw new SQLException(name() + " was closed");
        }
        for (Connection kept = idle.poll(); kept != null; kept = idle.poll()) {
            if (kept.isValid(VALID_SECONDS)) {
                return kept;
            }
            close(kept);
        }
        Connection fresh = PostgresConnection.open(server.url(), server.user(), server.password(), ANSWER_TIMEOUT);
        try {
            fresh.setAutoCommit(false);
            if (!hasSchema) {
                schema.migrations().apply(fresh, schema);
                hasSchema = true;
            }
            return fresh;
        } catch (SQLException | RuntimeException failure) {
            close(fresh);
            throw failure;
        }
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException alreadyGone) {
            // it is gone, as was wanted
        }
    }

    @Override
    public String name() {
        return server.url().replaceAll("\\?.*", "");
    }

    @Override
    public boolean exists() {
        return hasSchema;
    }

    @Override
    public void close() {
        closed = true;
        for (Connection kept = idle.poll(); kept != null; kept = idle.poll()) {
            close(kept);
        }
    }
}
