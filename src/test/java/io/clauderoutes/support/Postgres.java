package io.clauderoutes.support;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.TestAbortedException;

/**
 * A real PostgreSQL that keeps what it commits on the disk, started for the tests of one class. As root it runs in a user namespace,
 * for it refuses root; where the system has none, tests that need it are aborted, and say why.
 */
public final class Postgres implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String ALL = "postgres";

    private final EmbeddedPostgres server;
    private final AtomicInteger databases = new AtomicInteger();

    private final Path data;

    private Postgres(EmbeddedPostgres server, Path data) {
        this.server = server;
        this.data = data;
    }

    public static Postgres start() {
        try {
            Path data = Files.createTempDirectory("claude-routes-postgres");
            return new Postgres(builder().setDataDirectory(data).start(), data);
        } catch (IOException | RuntimeException notHere) {
            throw new TestAbortedException("PostgreSQL cannot be started on this machine: " + notHere, notHere);
        }
    }

    private static EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setPGStartupWait(PATIENCE)
                .setPort(FreePort.next())
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_connections", "100");
    }

    /** The URL of a new, empty database. */
    public String database() {
        String name = "books" + databases.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return server.getJdbcUrl(ALL, name);
    }

    /** Breaks all connections to a database, and lets nobody in until {@link #letIn}. */
    public void shutOut(String url) {
        execute("ALTER DATABASE " + nameOf(url) + " ALLOW_CONNECTIONS false");
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + nameOf(url) + "'");
    }

    public void letIn(String url) {
        execute("ALTER DATABASE " + nameOf(url) + " ALLOW_CONNECTIONS true");
    }

    private static String nameOf(String url) {
        return url.replaceAll("\\?.*", "").replaceAll(".*/", "");
    }

    private void execute(String sql) {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new IllegalStateException(sql, failure);
        }
    }

    @Override
    public void close() {
        try {
            Path pid = data.resolve("postmaster.pid");
            long process = Long.parseLong(Files.readAllLines(pid).get(0).strip());
            server.close();
            // It has five seconds to stop, which a busy machine does not always give it.
            if (Files.exists(pid)) {
                ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
