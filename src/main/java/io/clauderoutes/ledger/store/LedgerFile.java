package io.clauderoutes.ledger.store;

import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.SqliteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** A file of SQLite. One process writes it; others may read. */
public final class LedgerFile implements LedgerDatabase {

    /** The file below {@code claude.data}. */
    public static final String NAME = "ledger.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of(
            "/io/clauderoutes/ledger/sqlite/001-entries.sql",
            "/io/clauderoutes/ledger/sqlite/002-sums.sql",
            "/io/clauderoutes/ledger/sqlite/003-reservations.sql",
            "/io/clauderoutes/ledger/sqlite/004-released.sql",
            "/io/clauderoutes/ledger/sqlite/005-client-ids.sql",
            "/io/clauderoutes/ledger/sqlite/006-rounds.sql",
            "/io/clauderoutes/ledger/sqlite/007-strategy.sql"));

    private final Path file;

    public LedgerFile(Path file) {
        this.file = file;
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public boolean exists() {
        return Files.exists(file);
    }

    @Override
    public Writing write() throws SQLException {
        SqliteFile opened = new SqliteFile(file, SCHEMA);
        return new Writing(opened.connection(), opened, opened::checkInPlace);
    }

    @Override
    public Connection read() throws SQLException {
        Connection connection = SqliteFile.reading(file);
        connection.setAutoCommit(false);
        return connection;
    }

    @Override
    public Optional<Path> besides() {
        return Optional.of(file);
    }

    /** The file has one writer: everybody else is gone. */
    @Override
    public String runsOfTheGone() {
        return "SELECT id FROM run WHERE id <> ?";
    }

    @Override
    public void alive(Connection connection, long run) {
        // the lock on the file says it
    }

    @Override
    public void alone(Connection connection) {
        // as always
    }

    @Override
    public boolean exports(Connection connection) {
        return true;
    }
}
