package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.bundle.OutOfMemory;
import io.clauderoutes.cli.ClaudeRoutes;
import io.clauderoutes.support.FreePort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileFilter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process of its own, with a small heap, that runs out of memory in a consumer of Camel. */
@Timeout(120)
class OutOfMemoryProcessTest {

    @TempDir
    private Path folder;

    /** Takes all memory when the file consumer asks about a file, before there is an exchange. */
    public static final class Greedy implements GenericFileFilter<Object> {
        @Override
        public boolean accept(GenericFile<Object> file) {
            List<long[]> taken = new ArrayList<>();
            while (taken.size() < Integer.MAX_VALUE) {
                taken.add(new long[500_000]);
            }
            return taken.isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:inbox?initialDelay=0&filter=#greedy", "timer:tick?delay=0&repeatCount=1"})
    void ends_although_the_consumer_goes_on(String uri) throws Exception {
        Files.writeString(Files.createDirectories(folder.resolve("inbox")).resolve("a.txt"), "How deep?");
        Files.writeString(
                folder.resolve("application.properties"),
                "camel.beans.greedy=#class:" + Greedy.class.getName()
                        + "\nclaude.sources.inbox.uri=" + uri
                        + "\ncamel.server.port=" + FreePort.next()
                        + "\ncamel.management.port=" + FreePort.next() + "\n");
        Path greedyRoute = Files.createDirectories(folder.resolve("routes")).resolve("greedy.camel.yaml");
        if (uri.startsWith("timer")) {
            Files.writeString(greedyRoute, """
                    - route:
                        id: greedy
                        from:
                          uri: timer:greedy?delay=0&repeatCount=1
                          steps:
                            - bean:
                                ref: greedy
                                method: accept
                    """);
        }

        Path log = folder.resolve("process.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        ClaudeRoutes.class.getName())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS))
                    .as("it has ended: %s", Files.readString(log))
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(OutOfMemory.STATUS);
            assertThat(log).content().contains("it has run out of memory");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String classPath() {
        List<String> absolute = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
            absolute.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(java.io.File.pathSeparator, absolute);
    }
}
