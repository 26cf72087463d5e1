package io.clauderoutes.agent.mcp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.settings.McpServerSettings;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A program that speaks the protocol by its standard input and output, a message in each line. Lines that are no messages are skipped: many
 * programs print a greeting there. The program gets the variables that every program needs, and not the bundle's own, such as keys.
 */
final class ProgramTransport implements McpClientTransport {

    private static final Logger LOG = LoggerFactory.getLogger(ProgramTransport.class);
    private static final int LONGEST_LINE = 64 * 1024 * 1024;
    private static final int GRACE_SECONDS = 2;

    /** Code of the error that ends requests to a program that has ended; no code of the protocol. */
    static final int ENDED = -32_900;

    private static final Set<String> NEEDED = Set.of(
            "HOME",
            "LANG",
            "LC_ALL",
            "LOGNAME",
            "PATH",
            "SHELL",
            "TERM",
            "TMPDIR",
            "TZ",
            "USER",
            "APPDATA",
            "COMSPEC",
            "HOMEDRIVE",
            "HOMEPATH",
            "LOCALAPPDATA",
            "PATHEXT",
            "PROGRAMFILES",
            "SYSTEMDRIVE",
            "SYSTEMROOT",
            "TEMP",
            "TMP",
            "USERNAME",
            "USERPROFILE");

    private final String name;
    private final McpServerSettings settings;
    private final McpJsonMapper json;
    private final ExecutorService threads;
    /** Requests that wait for their responses, by id. */
    private final Set<Object> waiting = ConcurrentHashMap.newKeySet();

    private volatile Process process;

    ProgramTransport(String name, McpServerSettings settings, McpJsonMapper json, ExecutorService threads) {
        this.name = name;
        this.settings = settings;
        this.json = json;
        this.threads = threads;
    }

    @Override
    public Mono<Void> connect(Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
        return Mono.fromRunnable(() -> start(handler));
    }

    private void start(Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
        List<String> command = new ArrayList<>();
        command.add(settings.program().command().orElseThrow());
        command.addAll(settings.program().args());
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(variable -> !NEEDED.contains(variable.toUpperCase(Locale.ROOT)));
        environment.putAll(settings.program().env());
        try {
            process = builder.start();
        } catch (IOException notStarted) {
            throw new IllegalStateException("the program cannot be started: " + notStarted.getMessage(), notStarted);
        }
        InputStream out = process.getInputStream();
        InputStream errors = process.getErrorStream();
        threads.execute(() -> {
            read(out, line -> received(line, handler));
            ended(handler);
        });
        threads.execute(() ->
                read(errors, line -> LOG.debug("MCP server {}: {} characters of error output", name, line.length())));
    }

    /** Fails the requests that wait for a response. */
    private void ended(Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
        for (Object id : waiting) {
            deliver(
                    McpSchema.JSONRPCResponse.error(
                            id, new McpSchema.JSONRPCResponse.JSONRPCError(ENDED, "the program has ended")),
                    handler);
        }
        waiting.clear();
    }

    private void received(
            String line, Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
        McpSchema.JSONRPCMessage message;
        try {
            message = McpSchema.deserializeJsonRpcMessage(json, line);
        } catch (IOException | RuntimeException noMessage) {
            LOG.debug("MCP server {} wrote a line that is no message; it is skipped", name);
            return;
        }
        if (message instanceof McpSchema.JSONRPCResponse response && response.id() != null) {
            waiting.remove(response.id());
        }
        deliver(message, handler);
    }

    private void deliver(
            McpSchema.JSONRPCMessage message,
            Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
        Mono.just(message)
                .transform(handler)
                .subscribe(ignored -> {}, failure -> LOG.debug("MCP server {}: {}", name, failure.toString()));
    }

    private static void read(InputStream stream, Consumer<String> lines) {
        try (InputStream in = new BufferedInputStream(stream)) {
            for (String line = line(in); line != null; line = line(in)) {
                if (!line.isBlank()) {
                    lines.accept(line);
                }
            }
        } catch (IOException broken) {
            // the program has ended
        }
    }

    /** A line; null at the end. What is longer than a message may be is cut, and so is no message. */
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            if (line.size() < LONGEST_LINE) {
                line.write(next);
            }
            next = in.read();
        }
        return line.toString(UTF_8);
    }

    @Override
    public Mono<Void> sendMessage(McpSchema.JSONRPCMessage message) {
        return Mono.fromRunnable(() -> send(message));
    }

    private synchronized void send(McpSchema.JSONRPCMessage message) {
        Process running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("the program has ended");
        }
        if (message instanceof McpSchema.JSONRPCRequest request) {
            waiting.add(request.id());
        }
        try {
            OutputStream in = running.getOutputStream();
            in.write(json.writeValueAsString(message).getBytes(UTF_8));
            in.write('\n');
            in.flush();
        } catch (IOException gone) {
            throw new IllegalStateException("the program does not read", gone);
        }
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.fromRunnable(this::end);
    }

    @Override
    public void close() {
        end();
    }

    /** Ends the program: it is asked by the end of its input, then told, then killed, with the programs that it has started. */
    private void end() {
        Process running = process;
        if (running == null) {
            return;
        }
        List<ProcessHandle> children = running.descendants().toList();
        try {
            running.getOutputStream().close();
        } catch (IOException alreadyGone) {
            // it has ended
        }
        try {
            if (!running.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                running.destroy();
                if (!running.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                    running.destroyForcibly();
                }
            }
        } catch (InterruptedException stopping) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroy);
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return json.convertValue(data, type);
    }
}
