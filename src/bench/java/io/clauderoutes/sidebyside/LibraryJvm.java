package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.library.LibraryProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A JVM with one library in it, which calls when it is told to. */
final class LibraryJvm implements AutoCloseable {

    private static final String RESULT = "result ";

    private final String name;
    private final Path log;
    private final Process process;
    private final PrintStream orders;
    private final BufferedReader results;

    /** What one cell gave; times in nanoseconds. */
    record Figures(long calls, long nanos, long median, long p99, long cpu) {}

    /** Starts it; what it says besides results goes into a file of its name in the folder. */
    LibraryJvm(String name, String java, List<String> jvmOptions, int upstreamPort, Path folder) throws IOException {
        this.name = name;
        this.log = folder.resolve(name + ".log");
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LibraryProcess.class.getName(), name));
        command.add("http://127.0.0.1:" + upstreamPort);
        process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(log.toFile())
                .start();
        orders = new PrintStream(process.getOutputStream(), true, UTF_8);
        results = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    String name() {
        return name;
    }

    /** Lets so many threads call for so long. */
    Figures run(Load load, int threads, long millis) throws IOException {
        orders.println((load.stream() ? "stream " : "whole ") + threads + " " + millis);
        for (String line = results.readLine(); line != null; line = results.readLine()) {
            if (line.startsWith(RESULT)) {
                long[] figures = Stream.of(line.substring(RESULT.length()).split(" "))
                        .mapToLong(Long::parseLong)
                        .toArray();
                return new Figures(figures[0], figures[1], figures[2], figures[3], figures[4]);
            }
        }
        throw new IllegalStateException(name + " has ended early; the reason is in " + log);
    }

    long residentBytes() {
        return ProcessCost.of(process.toHandle()).residentBytes();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
