package io.clauderoutes.call;

import io.clauderoutes.settings.ClaudeSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Endpoints' settings with the defaults that tests of parts begin with. */
public final class TestEndpoints {

    public static final ClaudeSettings.Health HEALTH = new ClaudeSettings.Health(
            5,
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            3,
            new ClaudeSettings.Probe(
                    "/v1/models", Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofSeconds(5)));

    private TestEndpoints() {}

    public static ClaudeSettings.Endpoint settings() {
        return settings(100, 100);
    }

    public static ClaudeSettings.Endpoint settings(int priority, int weight) {
        return new ClaudeSettings.Endpoint(
                URI.create("http://127.0.0.1:1"),
                ClaudeSettings.Dialect.MESSAGES,
                "2023-06-01",
                "main",
                priority,
                weight,
                new ClaudeSettings.Connection(
                        ClaudeSettings.HttpVersion.HTTP_1_1,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(1),
                        Optional.empty()),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                new ClaudeSettings.Quota(0, 0, 0),
                new ClaudeSettings.Breaker(50, 20, 10, Duration.ofSeconds(10), Duration.ofSeconds(30), 3),
                HEALTH);
    }
}
