package io.clauderoutes.agent.memory;

import io.clauderoutes.store.GroupCommit;
import io.clauderoutes.store.GroupCommit.Work;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.SqliteFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Executor;

/** A file of SQLite below {@code claude.data}. It is made with the first turn. */
public final class MemoryFile implements MemoryDatabase {

    /** The file below {@code claude.data}. */
    public static final String FILE = "memory.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of("/io/clauderoutes/memory/sqlite/001-turns.sql"));

    private final Path file;
    private final Executor threads;
    private GroupCommit open;
    private boolean closed;

    /** @param threads one of them is kept while the file is open */
    public MemoryFile(Path data, Executor threads) {
        this.file = data.resolve(FILE);
        this.threads = threads;
    }

    @Override
    public <T> T done(Work<T> work) throws SQLException {
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
        }
        if (open == null) {
            open = new GroupCommit(new SqliteFile(file, SCHEMA), threads);
        }
        return open;
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
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
