package io.clauderoutes.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/** Opens connections to PostgreSQL with the properties that all parts of the bundle need. */
public final class PostgresConnection {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private PostgresConnection() {}

    /**
     * Opens a connection.
     *
     * @param url as JDBC has it; user and password may be empty
     * @param timeout of each answer of the server
     */
    public static Connection open(String url, String user, String password, Duration timeout) throws SQLException {
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
        // Logs and clients get the failure without the values of the row.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("connectTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(timeout.toSeconds()));
        return DriverManager.getConnection(url, properties);
    }
}
