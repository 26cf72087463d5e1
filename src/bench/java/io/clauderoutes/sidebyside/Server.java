package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process of its own that listens on loopback; ended with {@link #close}. */
public final class Server implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LOG_LINES = 20;

    private final String name;
    private final Process process;
    private final Path log;

    private Server(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** A port that nobody listens on. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a command in a folder, which also gets the log of what it prints. */
    public static Server start(String name, Path folder, List<String> command) throws IOException {
        Path log = folder.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Server server = new Server(name, process, log);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        return server;
    }

    /** Waits until a GET of this path is answered with success. */
    public void awaitReady(int port, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        await(() -> status(uri) / 100 == 2, "answers at " + uri);
    }

    /** Waits for the first line that the process prints. */
    String awaitLine() throws IOException, InterruptedException {
        return awaitLine("");
    }

    /** Waits for the first line that begins so, and returns its rest. */
    public String awaitLine(String begin) throws IOException, InterruptedException {
        await(() -> line(begin).isPresent(), "prints a line " + begin);
        return line(begin).orElseThrow();
    }

    private Optional<String> line(String begin) throws IOException {
        String printed = Files.readString(log);
        return printed.substring(0, printed.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith(begin))
                .map(line -> line.substring(begin.length()))
                .findFirst();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void await(Condition condition, String what) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                List<String> lines = Files.readAllLines(log);
                throw new IllegalStateException(name + (process.isAlive() ? " is slow" : " has ended") + " before it "
                        + what + ":\n"
                        + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private static int status(URI uri) {
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setReadTimeout((int) PATIENCE.toMillis());
            return connection.getResponseCode();
        } catch (IOException notYet) {
            return 0;
        }
    }

    ProcessCost cost() {
        return ProcessCost.of(process.toHandle());
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
