package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteReloadsTest {

    private final RouteReloads reloads =
            new RouteReloads(Clock.fixed(Instant.parse("2026-03-01T10:00:00Z"), ZoneOffset.UTC));

    @TempDir
    Path folder;

    @Test
    void a_refused_file_is_named_until_it_is_removed() throws IOException {
        Path file = Files.createFile(folder.resolve("copy.camel.yaml"));

        reloads.refused(file, "it has the id of another file");

        assertThat(reloads.notices()).hasEntrySatisfying("routes.copy.camel.yaml", notice -> assertThat(notice)
                .contains("since 2026-03-01T10:00:00Z")
                .contains("it has the id of another file"));
        Files.delete(file);
        assertThat(reloads.notices()).isEmpty();
        assertThat(reloads.refusals()).isEmpty();
    }
}
