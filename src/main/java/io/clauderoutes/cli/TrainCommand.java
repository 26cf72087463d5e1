package io.clauderoutes.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * {@code train} on the command line: a bundle of its own answers made-up calls with its simulator, and what the JVM has learned
 * from them is kept in a file that later starts begin with (JEP 515). No call leaves the machine.
 */
final class TrainCommand {

    private static final int FIRST_JDK = 25;
    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 10_000;
    private static final int CALLERS = 8;
    private static final int TENTHS = 10;
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final int LOOKS = 1_200;
    private static final Duration CALL = Duration.ofMinutes(1);
    private static final Duration END = Duration.ofMinutes(10);
    private static final String HELP = """
            Usage: java -jar claude-routes.jar train [--name=value ...]

            Makes a file that later starts are faster with, on this machine, with this JDK (25 or later) and this jar:

              java -XX:AOTCache=claude-routes.aot -jar claude-routes.jar

            A bundle with its simulator answers made-up calls for that; it takes no settings of yours, and asks no API.

              --calls=10000     how many
              --file=           the file (claude-routes.aot beside the jar)
            """;
    private static final String PROMPT = """
            {"model":"claude-sonnet-4-5","max_tokens":200,"stream":%b,"messages":[{"role":"user","content":"Say exactly: \
            The card 4111-1111-1111-1111 is one of %d, ask ada@example.com."}]}""";
    private static final String COUNTED =
            "{\"model\":\"claude-sonnet-4-5\",\"messages\":[{\"role\":\"user\",\"content\":\"How deep is the sea?\"}]}";

    private final Path jar;
    private final Path file;
    private final int calls;
    private final PrintStream out;

    private TrainCommand(Path jar, Path file, int calls, PrintStream out) {
        this.jar = jar;
        this.file = file;
        this.calls = calls;
        this.out = out;
    }

    /**
     * Runs the command.
     *
     * @param classPath what this JVM was started with
     * @return the exit code
     */
    static int run(String[] arguments, String classPath, PrintStream out, PrintStream err) throws InterruptedException {
        Map<String, String> parameters = new HashMap<>(Map.of("calls", "10000", "file", ""));
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            if (!argument.startsWith("--")
                    || equals < 0
                    || parameters.replace(argument.substring(2, equals), argument.substring(equals + 1)) == null) {
                err.println(argument + ": expected --calls=<number>, --file=<path>, or --help");
                return BAD_ARGUMENTS;
            }
        }
        if (!parameters.get("calls").matches("[1-9][0-9]{0,7}")) {
            err.println("--calls=" + parameters.get("calls") + ": expected a number from 1 to 99999999");
            return BAD_ARGUMENTS;
        }
        if (Runtime.version().feature() < FIRST_JDK) {
            err.println("JDK " + FIRST_JDK + " or later is needed; this is " + Runtime.version());
            return FAILED;
        }
        Path jar = Path.of(classPath).toAbsolutePath();
        if (!Files.isRegularFile(jar)) {
            err.println(
                    "expected to be started with java -jar claude-routes.jar, not with the class path " + classPath);
            return FAILED;
        }
        Path file = parameters.get("file").isEmpty()
                ? jar.resolveSibling("claude-routes.aot")
                : Path.of(parameters.get("file")).toAbsolutePath();
        try {
            new TrainCommand(jar, file, Integer.parseInt(parameters.get("calls")), out).train();
            return 0;
        } catch (IOException | CompletionException failure) {
            err.println("no " + file + " was made: " + failure.getMessage());
            return FAILED;
        }
    }

    private void train() throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("claude-routes-train-");
        Files.deleteIfExists(file);
        int port = freePort();
        Process bundle = start(home, port);
        try {
            URI door = URI.create("http://127.0.0.1:" + port);
            HttpClient client = HttpClient.newHttpClient();
            awaitStart(client, door, bundle, home);
            serve(client, door);
            out.println("writing " + file + ", which takes as long again");
            bundle.destroy();
            if (!bundle.waitFor(END.toSeconds(), TimeUnit.SECONDS) || !Files.exists(file)) {
                throw new IOException(said(home));
            }
        } finally {
            bundle.destroyForcibly().waitFor();
            delete(home);
        }
        out.println("From now on: java -XX:AOTCache=" + file + " -jar " + jar);
    }

    /** One below those that a system gives to clients, so that no other process takes it before the bundle listens. */
    private static int freePort() throws IOException {
        int first = FIRST_PORT + (int) (ProcessHandle.current().pid() % PORTS);
        for (int port = first; port < first + PORTS; port++) {
            try (ServerSocket listens = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return listens.getLocalPort();
            } catch (BindException taken) {
                // the next one
            }
        }
        throw new IOException("no port from " + first + " to " + (first + PORTS) + " is free on 127.0.0.1");
    }

    /** With the options of this JVM, because the file is valid only with these; settings of users are not included. */
    private Process start(Path home, int port) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-D") && !option.startsWith("-XX:AOT"))
                .forEach(command::add);
        command.addAll(List.of(
                "-XX:AOTCacheOutput=" + file,
                "-Dcamel.server.port=" + port,
                "-Dcamel.management.port=0",
                "-Dclaude.simulator.latency=0s",
                "-Dclaude.simulator.latency-p99=0s",
                "-Dclaude.simulator.tokens-per-second=0",
                "-jar",
                jar.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile());
        builder.environment().keySet().removeIf(name -> name.matches("(?i)(claude|anthropic|camel)_.*"));
        return builder.start();
    }

    private static void awaitStart(HttpClient client, URI door, Process bundle, Path home)
            throws IOException, InterruptedException {
        HttpRequest hello = HttpRequest.newBuilder(door.resolve("/api/hello"))
                .method("HEAD", BodyPublishers.noBody())
                .timeout(CALL)
                .build();
        for (int look = 1; ; look++) {
            try {
                client.send(hello, BodyHandlers.discarding());
                return;
            } catch (IOException notYet) {
                if (bundle.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS) || look >= LOOKS) {
                    throw new IOException(said(home), notYet);
                }
            }
        }
    }

    private void serve(HttpClient client, URI door) {
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Void>> callers = Stream.generate(() ->
                        CompletableFuture.runAsync(() -> callOn(client, door, next), task -> new Thread(task).start()))
                .limit(CALLERS)
                .toList();
        callers.forEach(CompletableFuture::join);
    }

    private void callOn(HttpClient client, URI door, AtomicInteger next) {
        for (int call = next.getAndIncrement(); call < calls; call = next.getAndIncrement()) {
            if (call % Math.max(1, calls / TENTHS) == 0) {
                out.println(call + " of " + calls + " calls made");
            }
            try {
                client.send(request(door, call), BodyHandlers.discarding());
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Whole and streamed in turn; each tenth was asked before, or only counts tokens. */
    private static HttpRequest request(URI door, int call) {
        boolean counts = call % (2 * TENTHS) == 0;
        String body = counts ? COUNTED : PROMPT.formatted(call % 2 == 0, call % TENTHS == 1 ? 1 : call);
        return HttpRequest.newBuilder(door.resolve(counts ? "/v1/messages/count_tokens" : "/v1/messages"))
                .header("content-type", "application/json")
                .timeout(CALL)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private static String said(Path home) throws IOException {
        return "the bundle said:\n" + Files.readString(home.resolve("log")).indent(2);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path one : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }
}
