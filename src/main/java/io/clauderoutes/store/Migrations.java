package io.clauderoutes.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Brings the schema of a database up to date by numbered SQL files. The database keeps the number of the last file that it has. A
 * file that was released is never changed.
 *
 * @param files resources with SQL; the number of a file is its place, from 1 on
 */
public record Migrations(List<String> files) {

    /** Checks nothing; a file that is missing is found when it is applied. */
    public Migrations {
        files = List.copyOf(files);
    }

    /** Where a database keeps the number of the last file that it has. */
    public interface SchemaVersion {

        /** SQLite: {@code PRAGMA user_version}. */
        SchemaVersion SQLITE = new SchemaVersion() {
            @Override
            public int read(Connection connection) throws SQLException {
                return (int) Sql.number(connection, "PRAGMA user_version");
            }

            @Override
            public void write(Connection connection, int version) throws SQLException {
                execute(connection, "PRAGMA user_version = " + version);
            }
        };

        /** The number; 0 of a new database. */
        int read(Connection connection) throws SQLException;

        /** Sets the number, in the transaction of the file. */
        void write(Connection connection, int version) throws SQLException;
    }

    /** The number of the newest file. */
    public int newest() {
        return files.size();
    }

    /**
     * Applies the files that the database does not have, in one transaction.
     *
     * @param connection commits nothing by itself
     * @throws SQLException if the schema is newer than the newest file, or a file fails
     */
    public void apply(Connection connection, SchemaVersion version) throws SQLException {
        int has = version.read(connection);
        if (has > newest()) {
            throw new SQLException("it was written by a newer version (its schema is " + has + ", this version knows "
                    + newest() + ")");
        }
        for (int number = has + 1; number <= newest(); number++) {
            execute(connection, text(files.get(number - 1)));
            version.write(connection, number);
        }
        connection.commit();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static String text(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException(file + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
