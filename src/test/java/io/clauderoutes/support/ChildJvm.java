package io.clauderoutes.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Another process with the class path of the test, to be killed at any moment. */
public final class ChildJvm implements AutoCloseable {

    private static final Duration DUMP = Duration.ofSeconds(30);

    private final Process process;
    private final Path log;

    private ChildJvm(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts a class that has a main method; what it says is kept in a file. */
    public static ChildJvm start(Class<?> main, Path log, String... arguments) {
        return start(System.getProperty("java.class.path"), main, log, arguments);
    }

    /** The same with another class path. */
    public static ChildJvm start(String classPath, Class<?> main, Path log, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                classPath,
                main.getName()));
        command.addAll(List.of(arguments));
        try {
            return new ChildJvm(
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    log);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** In such a process: nobody is left to kill it when the test itself is killed, so it ends by itself. */
    public static void endWithTheTest() {
        ProcessHandle.current().parent().ifPresent(test -> {
            Thread watch = new Thread(() -> {
                test.onExit().join();
                Runtime.getRuntime().halt(1);
            });
            watch.setDaemon(true);
            watch.start();
        });
    }

    /** What it has said. */
    public String said() {
        try {
            return Files.readString(log);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    /** What it has said, and what each of its threads is doing: for one that does not do what it should. */
    public String trouble() {
        if (!process.isAlive()) {
            return "it has ended with " + process.exitValue() + ": " + said();
        }
        try {
            new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            Patience.until(() -> said().contains("JNI global ref"), DUMP, () -> "no thread dump");
        } catch (IOException | AssertionError silent) {
            return silent + ": " + said();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        return said();
    }

    /** Kills it, as {@code kill -9} does. */
    @Override
    public void close() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
