package io.clauderoutes.agent.memory;

import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.store.GroupCommit.Work;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.PostgresConnection;
import io.clauderoutes.store.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The database of the ledger, which several bundles share. A few connections stay open; one that broke is replaced. */
final class MemoryPostgres implements MemoryDatabase {

    private static final int MOST_IDLE = 4;
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(8);
    private static final int VALID_SECONDS = 2;

    /** Key of an advisory lock: the letters of the bundle's name. */
    private static final long SCHEMA_LOCK = 0x436c_6175_6465_0003L;

    private static final Migrations SCHEMA =
            new Migrations(List.of("/io/clauderoutes/memory/postgresql/001-turns.sql"));

    private static final Migrations.SchemaVersion SCHEMA_VERSION = new Migrations.SchemaVersion() {
        @Override
        public int read(Connection connection) throws SQLException {
            Sql.one(connection, "SELECT pg_advisory_xact_lock(?)", SCHEMA_LOCK);
            Sql.update(connection, "CREATE TABLE IF NOT EXISTS memory_schema (version INTEGER PRIMARY KEY)");
            return (int) Sql.number(connection, "SELECT max(version) FROM memory_schema");
        }

        @Override
        public void write(Connection connection, int version) throws SQLException {
            Sql.update(connection, "INSERT INTO memory_schema VALUES (?)", version);
        }
    };

    private final LedgerStoreSettings settings;
    private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>(MOST_IDLE);
    private volatile boolean hasSchema;
    private volatile boolean closed;

    MemoryPostgres(LedgerStoreSettings settings) {
        this.settings = settings;
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
        Connection fresh =
                PostgresConnection.open(settings.url(), settings.user(), settings.password(), ANSWER_TIMEOUT);
        try {
            fresh.setAutoCommit(false);
            if (!hasSchema) {
                SCHEMA.apply(fresh, SCHEMA_VERSION);
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
        return settings.url().replaceAll("\\?.*", "");
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
