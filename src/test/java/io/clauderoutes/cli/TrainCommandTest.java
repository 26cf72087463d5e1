package io.clauderoutes.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JVM learns is kept for later starts. */
class TrainCommandTest {

    private static final boolean CAN_TRAIN = Runtime.version().feature() >= 25;

    @TempDir
    private Path folder;

    /** What a run of a JVM has said, and its exit code. */
    private record Ran(int code, String said) {

        static Ran java(Path folder, String... arguments) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(List.of(arguments));
            Process run = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ran(run.waitFor(), said);
        }
    }

    /** The bundle's classes as the build packs them, and the libraries of this test. */
    private Path jar() throws IOException, InterruptedException {
        URI classes = URI.create(ClaudeRoutes.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString());
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, ClaudeRoutes.class.getName());
        main.put(
                Attributes.Name.CLASS_PATH,
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> entry.endsWith(".jar"))
                        .map(entry -> Path.of(entry).toUri().toString())
                        .collect(Collectors.joining(" ")));
        Path jar = folder.resolve("claude-routes.jar");
        Path root = Path.of(classes);
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file, manifest);
                Stream<Path> all = Files.walk(root)) {
            for (Path one : all.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(
                        new ZipEntry(root.relativize(one).toString().replace(File.separatorChar, '/')));
                Files.copy(one, entries);
            }
        }
        return jar;
    }

    @Nested
    class On_JDK_25_and_later {

        @Test
        void a_later_start_begins_with_what_was_learned() throws Exception {
            assumeThat(CAN_TRAIN).isTrue();
            String jar = jar().toString();

            Ran training = Ran.java(folder, "-jar", jar, "train", "--calls=40");

            assertThat(training.said()).contains("From now on: java -XX:AOTCache=" + folder);
            assertThat(Ran.java(folder, "-XX:AOTMode=on", "-XX:AOTCache=claude-routes.aot", "-jar", jar, "help"))
                    .matches(later -> later.code() == 0)
                    .extracting(Ran::said)
                    .asString()
                    .startsWith("Usage:");
        }

        @Test
        void classes_that_are_in_no_jar_are_refused() throws Exception {
            assumeThat(CAN_TRAIN).isTrue();

            Ran training = Ran.java(
                    folder, "-cp", System.getProperty("java.class.path"), ClaudeRoutes.class.getName(), "train");

            assertThat(training.code()).isOne();
            assertThat(training.said()).contains("expected to be started with java -jar claude-routes.jar");
        }
    }

    @Test
    void before_JDK_25_it_says_which_one_is_needed() throws Exception {
        assumeThat(CAN_TRAIN).isFalse();

        Ran training = Ran.java(folder, "-jar", jar().toString(), "train");

        assertThat(training).isEqualTo(new Ran(1, "JDK 25 or later is needed; this is " + Runtime.version() + "\n"));
    }

    @Test
    void an_argument_that_is_none_is_refused_by_name() throws Exception {
        Ran training = Ran.java(folder, "-jar", jar().toString(), "train", "--callz=1");

        assertThat(training.code()).isEqualTo(2);
        assertThat(training.said()).startsWith("--callz=1: expected --calls=<number>, --file=<path>, or --help");
    }

    @Test
    void a_command_that_is_none_is_answered_with_those_that_are() throws Exception {
        Ran run = Ran.java(folder, "-jar", jar().toString(), "usgae");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.said()).startsWith("usgae: there is no such command").contains("usage        what was spent");
    }
}
