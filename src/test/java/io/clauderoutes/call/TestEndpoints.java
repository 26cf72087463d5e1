package io.clauderoutes.call;

import io.clauderoutes.settings.BreakerSettings;
import io.clauderoutes.settings.ConcurrencySettings;
import io.clauderoutes.settings.ConnectionSettings;
import io.clauderoutes.settings.Dialect;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.settings.HealthSettings;
import io.clauderoutes.settings.HttpVersion;
import io.clauderoutes.settings.ProbeSettings;
import io.clauderoutes.settings.QuotaSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** Endpoints' settings with the defaults that tests of parts begin with. */
public final class TestEndpoints {

    public static final HealthSettings HEALTH = new HealthSettings(
            5,
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            3,
            new ProbeSettings("/v1/models", Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofSeconds(5)));

    private TestEndpoints() {}

    public static EndpointSettings settings() {
        return settings(100, 100);
    }

    public static EndpointSettings settings(int priority, int weight) {
        return new EndpointSettings(
                URI.create("http://127.0.0.1:1"),
                new EndpointSettings.Api(Dialect.MESSAGES, "2023-06-01", "main"),
                new EndpointSettings.Share(priority, weight),
                new ConnectionSettings(
                        HttpVersion.HTTP_1_1,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(1),
                        Optional.empty()),
                new EndpointSettings.Timeouts(Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(60)),
                new EndpointSettings.Limits(new QuotaSettings(0, 0, 0), ConcurrencySettings.UNLIMITED),
                new EndpointSettings.Availability(
                        new BreakerSettings(50, 20, 10, Duration.ofSeconds(10), Duration.ofSeconds(30), 3), HEALTH));
    }
}
