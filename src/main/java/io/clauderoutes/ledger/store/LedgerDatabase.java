package io.clauderoutes.ledger.store;

import io.clauderoutes.settings.LedgerStoreSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Where the ledger is stored, with the differences between databases. All other SQL is the same for all. */
public interface LedgerDatabase {

    /** The database that the settings name. */
    static LedgerDatabase of(LedgerStoreSettings store, Path data) {
        return store.url().isEmpty()
                ? new LedgerFile(data.resolve(LedgerFile.NAME))
                : new PostgresDatabase(store.url(), store.user(), store.password());
    }

    /** How it is called in logs; it holds no secret. */
    String name();

    /** Whether there is anything to be read. */
    boolean exists();

    /**
     * Opens the database for the writer, creates it if it does not exist, and brings its schema up to date. Commits are on the disk when they return.
     *
     * @throws SQLException if it cannot be opened, or another process may not write beside us
     */
    Writing write() throws SQLException;

    /** A connection that only reads, beside those that write; what it reads between two commits is of one moment. */
    Connection read() throws SQLException;

    /** The file beside which rows may be kept until they are here; empty where that disk is not this machine's. */
    Optional<Path> besides();

    /** SQL with the run's own id as its only parameter: ids of other runs whose processes are gone, as far as can be told. */
    String runsOfTheGone();

    /** Tells others that the process of a run is alive, where there can be others. */
    void alive(Connection connection, long run) throws SQLException;

    /** Keeps everybody else from writing until the next commit, where there can be others. */
    void alone(Connection connection) throws SQLException;

    /** Whether this process exports, and will do so as long as the connection is open. */
    boolean exports(Connection connection) throws SQLException;

    /** Whether what is written next will be found again. */
    @FunctionalInterface
    interface Check {

        void run() throws SQLException;
    }

    /**
     * The writer's connection.
     *
     * @param connection nothing is committed by itself
     * @param held what was taken along with it
     * @param inPlace runs before each commit
     */
    record Writing(Connection connection, AutoCloseable held, Check inPlace) implements AutoCloseable {
        @Override
        public void close() {
            quietly(connection);
            quietly(held);
        }
    }

    /** Closes what may be broken. */
    static void quietly(AutoCloseable open) {
        try {
            if (open != null) {
                open.close();
            }
        } catch (Exception alreadyGone) {
            // it is gone, as was wanted
        }
    }
}
