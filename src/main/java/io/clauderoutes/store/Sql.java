package io.clauderoutes.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Runs SQL statements, with their parameters as values. All statements of the bundle go through it, but those prepared once. */
public final class Sql {

    private Sql() {}

    /** What is read of a row. */
    @FunctionalInterface
    public interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Runs a statement that changes rows; gives how many. */
    public static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return statement.executeUpdate();
        }
    }

    /** Runs a statement that changes rows once for each list of values, in one go. */
    public static void updateAll(Connection connection, String sql, List<Object[]> values) throws SQLException {
        if (values.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Object[] one : values) {
                set(statement, one);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Inserts a row; gives its number. */
    public static long insert(Connection connection, String sql, Object... values) throws SQLException {
        update(connection, sql, values);
        return Long.parseLong(one(connection, "SELECT last_insert_rowid()"));
    }

    /** The first column of the first row, or null if there is no row. */
    public static String one(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            set(select, values);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** The first column of the first row as a number, or 0 if there is no row or it holds null. */
    public static long number(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            set(select, values);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** Sets all parameters of a statement. */
    public static void set(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** What is done with a row. */
    @FunctionalInterface
    public interface Visit {
        /** Reads the row. */
        void row(ResultSet row) throws SQLException;
    }

    /** Reads all rows of a query. */
    public static <T> List<T> all(Connection connection, String sql, Row<T> read, Object... values)
            throws SQLException {
        List<T> all = new ArrayList<>();
        each(connection, sql, row -> all.add(read.read(row)), values);
        return all;
    }

    /** Visits all rows of a query. */
    public static void each(Connection connection, String sql, Visit visit, Object... values) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            set(select, values);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    visit.row(row);
                }
            }
        }
    }
}
