package io.clauderoutes.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingOriginsTest {

    @TempDir
    Path folder;

    @Test
    void each_setting_has_the_origin_that_wins() throws IOException {
        Path file = folder.resolve("application.properties");
        Files.writeString(
                file, "claude.call.max-attempts = 2\nclaude.throttle.in-flight = 5\nclaude.sinks.a.uri = log:a\n");
        Properties system = new Properties();
        system.setProperty("claude.throttle.in-flight", "6");
        SettingOrigins origins =
                new SettingOrigins(List.of(file), Map.of("CLAUDE_SINKS_A_URI", "log:b", "HOME", "/root"), system);

        assertThat(origins.of(Map.of(
                        "claude.call.max-attempts", "2",
                        "claude.throttle.in-flight", "6",
                        "claude.sinks.a.uri", "log:b",
                        "claude.cache.enabled", "true",
                        "claude.sources.x.uri", "direct:x")))
                .containsEntry("claude.call.max-attempts", file.toString())
                .containsEntry("claude.throttle.in-flight", "system property")
                .containsEntry("claude.sinks.a.uri", "environment")
                .containsEntry("claude.cache.enabled", "default")
                .containsEntry("claude.sources.x.uri", "application");
    }
}
