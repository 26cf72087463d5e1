package io.clauderoutes.agent.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.agent.ToolResult;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.settings.McpServerSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One MCP server: its connection, which is made when it is needed, and the tools that it has told last. After a failure it is left alone
 * for a while, which grows from one second to a minute.
 */
public final class McpServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(McpServer.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final String name;
    private final McpServerSettings settings;
    private final Connector connector;
    private final Clock clock;
    private final LongSupplier ticker;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Connection> connection = Optional.empty();
    private Duration pause = FIRST_PAUSE;
    private long failedNanos;
    private volatile Optional<Trouble> trouble = Optional.empty();
    private volatile List<McpTool> known = List.of();
    private volatile boolean connected;
    private boolean closed;

    private record Trouble(String reason, Instant since) {}

    /** A connection to a server. */
    interface Connection extends AutoCloseable {

        /** The tools that the server has now. */
        List<McpTool> tools(McpServer server) throws McpFailure;

        /** Calls a tool. */
        ToolResult call(String tool, ObjectNode input) throws McpFailure;

        @Override
        void close();
    }

    /** Connects to a server. */
    @FunctionalInterface
    interface Connector {
        /**
         * Makes a connection.
         *
         * @param changed runs when the server says that its tools have changed
         * @throws McpFailure if the server cannot be reached
         */
        Connection connect(String name, McpServerSettings settings, Runnable changed) throws McpFailure;
    }

    McpServer(String name, McpServerSettings settings, Connector connector, BundleRuntime runtime) {
        this.name = name;
        this.settings = settings;
        this.connector = connector;
        this.clock = runtime.clock();
        this.ticker = runtime.ticker();
    }

    Duration timeout() {
        return settings.timeout();
    }

    boolean isRequired() {
        return settings.required();
    }

    String name() {
        return name;
    }

    /** Whether prompts can have a tool of this name. */
    boolean allows(String tool) {
        return settings.tools().isEmpty()
                || settings.tools().stream()
                        .anyMatch(pattern -> pattern.matcher(tool).matches());
    }

    /**
     * The tools of the server; those that it had before, while it cannot be reached.
     *
     * @throws McpFailure if it cannot be reached and never was
     */
    Collection<McpTool> tools() throws McpFailure {
        try {
            lock.lock();
            try {
                connected();
            } finally {
                lock.unlock();
            }
        } catch (McpFailure failure) {
            if (known.isEmpty()) {
                throw failure;
            }
        }
        return known;
    }

    private Connection connected() throws McpFailure {
        if (connection.isPresent()) {
            return connection.get();
        }
        if (closed) {
            throw new McpFailure("MCP server " + name + ": the bundle is stopping", null);
        }
        if (trouble.isPresent() && ticker.getAsLong() - failedNanos < pause.toNanos()) {
            throw new McpFailure(
                    "MCP server " + name + " (claude.mcp." + name + ") cannot be reached: "
                            + trouble.get().reason(),
                    null);
        }
        Connection made = null;
        try {
            made = connector.connect(name, settings, this::changed);
            known = made.tools(this);
            connection = Optional.of(made);
            connected = true;
            trouble = Optional.empty();
            pause = FIRST_PAUSE;
            LOG.info("MCP server {} connected: {} tools", name, known.size());
            return made;
        } catch (McpFailure failure) {
            if (made != null) {
                made.close();
            }
            failed(failure);
            throw failure;
        }
    }

    private void failed(McpFailure failure) {
        connected = false;
        connection.ifPresent(Connection::close);
        connection = Optional.empty();
        if (trouble.isPresent()) {
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
        } else {
            LOG.warn("{}. Next attempt in {} s", failure.getMessage(), pause.toSeconds());
        }
        failedNanos = ticker.getAsLong();
        trouble = Optional.of(
                new Trouble(reason(failure), trouble.map(Trouble::since).orElseGet(clock::instant)));
    }

    private static String reason(McpFailure failure) {
        return failure.getCause() == null
                ? failure.getMessage()
                : failure.getCause().getClass().getSimpleName();
    }

    /** The server says that its tools have changed: the next prompt asks for them. */
    private void changed() {
        lock.lock();
        try {
            if (connection.isPresent()) {
                known = connection.get().tools(this);
                LOG.info("MCP server {} has changed its tools: {} tools", name, known.size());
            }
        } catch (McpFailure failure) {
            failed(failure);
        } finally {
            lock.unlock();
        }
    }

    /** Calls a tool. The lock is not held, so that calls run side by side. */
    ToolResult call(String tool, ObjectNode input) throws McpFailure {
        Connection open;
        lock.lock();
        try {
            open = connected();
        } finally {
            lock.unlock();
        }
        try {
            return open.call(tool, input);
        } catch (McpFailure failure) {
            lock.lock();
            try {
                if (connection.filter(open::equals).isPresent()) {
                    failed(failure);
                }
            } finally {
                lock.unlock();
            }
            throw failure;
        }
    }

    /** The state of the server, for health. */
    String state() {
        return trouble.map(its ->
                        "cannot be reached since " + its.since().truncatedTo(ChronoUnit.SECONDS) + ": " + its.reason())
                .orElseGet(() -> connected ? "connected, " + known.size() + " tools" : "not connected yet");
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            connected = false;
            connection.ifPresent(Connection::close);
            connection = Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
