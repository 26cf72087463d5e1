package io.clauderoutes.store;

import io.clauderoutes.store.GroupCommit.Work;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Executor;

/** A file of SQLite. It is made with the first row. */
public final class DatabaseFile implements Database {

    private final Path file;
    private final Migrations schema;
    private final Executor threads;
    private GroupCommit open;
    private boolean closed;

    /** @param threads one of them is kept while the file is open */
    public DatabaseFile(Path file, Migrations schema, Executor threads) {
        this.file = file;
        this.schema = schema;
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
            open = new GroupCommit(new SqliteFile(file, schema), threads);
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
