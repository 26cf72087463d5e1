package io.clauderoutes.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteErrorCode;

/**
 * A file of SQLite that one process writes: with a write-ahead log that is on the disk when a commit returns, and a schema that
 * {@link Migrations} bring up to date.
 */
public final class SqliteFile implements AutoCloseable {

    private static final String MAGIC = "SQLite format 3\u0000";
    private static final int HEAD_BYTES = 100;
    /** Where the head has {@code user_version}. */
    private static final int VERSION_AT_BYTE = 60;

    private static final long LOOKED_THROUGH_BYTES = 64L * 1024 * 1024;

    private static final int BUSY_MILLIS = 1_000;
    private static final int CHECKPOINT_PAGES = 4_000;

    private final Path file;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Connection connection;
    private final Optional<Object> identity;

    /** No file, or another one, is where the open file was. */
    public static final class Removed extends SQLException {

        private static final long serialVersionUID = 1L;

        private Removed(Path file) {
            super(file + " was removed or replaced while it was open");
        }
    }

    /**
     * Opens the file, and makes it if there is none.
     *
     * @throws SQLException if it cannot be opened, is newer than the schema, or another process writes it
     */
    public SqliteFile(Path file, Migrations schema) throws SQLException {
        FileChannel channel = null;
        Connection opened = null;
        try {
            Path locked = file.resolveSibling(file.getFileName() + ".lock");
            PrivateFile.create(locked);
            // SQLite gives the files beside it the permissions of this one.
            PrivateFile.create(file);
            channel = FileChannel.open(locked, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = lock(channel);
            lockFile = channel;
            opened = writing(file);
            this.file = file;
            connection = opened;
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
            }
            connection.setAutoCommit(false);
            schema.apply(connection, Migrations.SchemaVersion.SQLITE);
            identity = identity();
        } catch (IOException | SQLException | RuntimeException failure) {
            close(opened);
            close(channel);
            throw failure instanceof SQLException sql ? sql : new SQLException(failure.toString(), failure);
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException, SQLException {
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return held;
            }
        } catch (OverlappingFileLockException heldHere) {
            // told below
        }
        throw new SQLException("another process writes it");
    }

    /**
     * Why a file can be no database of this version; empty if there is no file, or nothing is found. Of a file beyond 64 MiB only the
     * first bytes are read, so that a start does not take long.
     */
    public static Optional<String> mistake(Path file, Migrations schema) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(HEAD_BYTES);
            if (head.length == 0) {
                return Optional.empty();
            }
            if (head.length < HEAD_BYTES
                    || !new String(head, 0, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC)) {
                return Optional.of("is damaged");
            }
            int version = ByteBuffer.wrap(head).getInt(VERSION_AT_BYTE);
            if (version > schema.newest()) {
                return Optional.of(
                        "was written by a newer version (schema " + version + ", known is " + schema.newest() + ")");
            }
            return Files.size(file) <= LOOKED_THROUGH_BYTES ? damage(file) : Optional.empty();
        } catch (IOException unreadable) {
            return Optional.of("cannot be read (" + unreadable + ")");
        }
    }

    /** What SQLite finds when it reads every page. */
    private static Optional<String> damage(Path file) {
        try (Connection connection = reading(file);
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("PRAGMA quick_check(1)")) {
            boolean whole = !found.next() || found.getString(1).equals("ok");
            return whole ? Optional.empty() : Optional.of("is damaged");
        } catch (SQLException failure) {
            boolean damaged = failure.getErrorCode() == SQLiteErrorCode.SQLITE_CORRUPT.code
                    || failure.getErrorCode() == SQLiteErrorCode.SQLITE_NOTADB.code;
            return damaged ? Optional.of("is damaged") : Optional.empty();
        }
    }

    /** What the file system calls the file at this path; empty if there is none. */
    private Optional<Object> identity() {
        try {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return Optional.of(key == null ? file : key);
        } catch (IOException removed) {
            return Optional.empty();
        }
    }

    /** Whether the file is still at its path. SQLite goes on to write to a file that was removed, and what it writes is lost. */
    public boolean isInPlace() {
        return identity.isPresent() && identity.equals(identity());
    }

    /**
     * To be called before each commit.
     *
     * @throws Removed if what is written now would be lost
     */
    public void checkInPlace() throws Removed {
        if (!isInPlace()) {
            throw new Removed(file);
        }
    }

    /** The one connection that writes. It does not commit by itself. */
    public Connection connection() {
        return connection;
    }

    private static Connection writing(Path file) throws SQLException {
        try {
            SQLiteConfig config = new SQLiteConfig();
            config.setJournalMode(JournalMode.WAL);
            config.setSynchronous(SynchronousMode.FULL);
            config.setBusyTimeout(BUSY_MILLIS);
            return config.createConnection("jdbc:sqlite:" + file);
        } catch (NoClassDefFoundError absent) {
            throw new SQLException("org.xerial:sqlite-jdbc is not on the class path: add the dependency", absent);
        }
    }

    /** A connection that only reads, beside the writing connection. */
    public static Connection reading(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        return config.createConnection("jdbc:sqlite:" + file);
    }

    /**
     * Copies a database as one consistent state, with what is in its write-ahead log, while another process writes it.
     *
     * @param copy is created, readable for the user of the process alone; it must not hold anything
     */
    public static void copy(Path file, Path copy) throws SQLException, IOException {
        PrivateFile.create(copy);
        try (Connection connection = reading(file);
                PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, copy.toString());
            vacuum.execute();
        }
    }

    private static void close(AutoCloseable open) {
        try {
            if (open != null) {
                open.close();
            }
        } catch (Exception alreadyGone) {
            // it is gone, as was wanted
        }
    }

    @Override
    public void close() {
        close(connection);
        close(lock);
        close(lockFile);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
