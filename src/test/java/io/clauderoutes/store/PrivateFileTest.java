package io.clauderoutes.store;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the bundle's own are readable for the user of the process alone. */
class PrivateFileTest {

    @TempDir
    private Path folder;

    private static String rights(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    void a_new_file_and_its_new_folders_are_private() throws IOException {
        Path file = folder.resolve("a/b/c.db");

        PrivateFile.create(file);

        assertThat(rights(file)).isEqualTo("rw-------");
        assertThat(rights(folder.resolve("a/b"))).isEqualTo("rwx------");
        assertThat(rights(folder.resolve("a"))).isEqualTo("rwx------");
    }

    @Test
    void a_file_that_is_there_is_made_private_and_keeps_its_content() throws IOException {
        Path file = Files.writeString(folder.resolve("c.db"), "kept");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));

        PrivateFile.create(file);

        assertThat(rights(file)).isEqualTo("rw-------");
        assertThat(file).hasContent("kept");
        assertThat(rights(folder)).as("a folder can hold other things").isEqualTo("rwxr-xr-x");
    }

    @Test
    void all_files_of_a_bundle_are_private() throws IOException {
        Path data = folder.resolve("data");
        Path inbox = Files.createDirectory(folder.resolve("in"));
        Files.writeString(inbox.resolve("prompt.txt"), "How deep?");
        try (StubClaude claude = new StubClaude();
                Bundle bundle = Bundle.calling(claude)
                        .with("claude.ledger.enabled", "true")
                        .with("claude.data", data.toString())
                        .with("claude.sources.in.uri", "file:" + inbox + "?initialDelay=0&delay=20&move=.done")
                        .with("claude.sources.in.sinks", "whole")
                        .with("claude.sinks.whole.uri", "mock:whole")) {
            claude.always(says("Deep."));
            bundle.context();
            Bundle.until(() -> Files.exists(inbox.resolve(".done/prompt.txt")));
            bundle.sendTo("direct:claude-batch", "How wide?", Map.of(ClaudeHeaders.SINKS, "whole"));

            try (Stream<Path> files = Files.list(data)) {
                List<Path> all = files.toList();
                assertThat(all)
                        .extracting(file -> file.getFileName().toString())
                        .contains("ledger.db", "batches.db", "answered.txt");
                assertThat(all).allSatisfy(file -> assertThat(rights(file)).isEqualTo("rw-------"));
            }
            assertThat(rights(data)).isEqualTo("rwx------");
        }
    }
}
