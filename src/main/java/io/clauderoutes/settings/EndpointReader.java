package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;
import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.SettingsReader.Section;

/** Reads {@code claude.endpoints.<name>}. */
final class EndpointReader {

    private static final int MOST_CONNECTIONS = 100_000;

    private EndpointReader() {}

    static EndpointSettings read(Section section, ConcurrencyReader concurrency) {
        ConnectionSettings connection = connection(section);
        return new EndpointSettings(
                section.url("url"),
                new EndpointSettings.Api(
                        section.word("dialect", Dialect.class, "messages", "prompt"),
                        section.required("api-version", "a version of the API such as 2023-06-01"),
                        section.required("credential", "a name of claude.credentials")),
                new EndpointSettings.Share(section.count("priority", 0, MANY), section.count("weight", 0, MANY)),
                connection,
                new EndpointSettings.Timeouts(
                        section.duration("first-token-timeout", SOME),
                        section.duration("idle-timeout", SOME),
                        section.duration("total-timeout", SOME)),
                new EndpointSettings.Limits(
                        new QuotaSettings(
                                section.number("requests-per-minute", 0, Integer.MAX_VALUE),
                                section.number("input-tokens-per-minute", 0, Integer.MAX_VALUE),
                                section.number("output-tokens-per-minute", 0, Integer.MAX_VALUE)),
                        concurrency.of(
                                section, connection.version() == HttpVersion.HTTP_2 ? MANY : connection.limit())),
                new EndpointSettings.Availability(
                        new BreakerSettings(
                                section.count("breaker-failure-percent", 1, 100),
                                section.count("breaker-window", 1, MANY),
                                section.count("breaker-min-calls", 1, MANY),
                                section.duration("breaker-open", SOME),
                                section.duration("breaker-half-open", SOME),
                                section.count("breaker-trial-calls", 1, MANY)),
                        health(section)));
    }

    private static ConnectionSettings connection(Section section) {
        int limit = section.count("connections", 0, MOST_CONNECTIONS);
        return new ConnectionSettings(
                section.word("http-version", "1.1", "2").equals("2") ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1,
                limit == 0 ? MOST_CONNECTIONS : limit,
                section.duration("keep-alive", NONE),
                section.duration("connection-lifetime", SOME),
                section.duration("connect-timeout", SOME),
                section.path("trusted-certificates"));
    }

    private static HealthSettings health(Section section) {
        return new HealthSettings(
                section.count("out-after-failures", 1, MANY),
                section.duration("out-after-silence", SOME),
                section.duration("hold", NONE),
                section.duration("hold-max", NONE),
                section.duration("slow-start", NONE),
                section.count("good-probes", 0, 1000),
                new ProbeSettings(
                        section.text("probe-path"),
                        section.duration("probe-interval", SOME),
                        section.duration("probe-interval-out", SOME),
                        section.duration("probe-timeout", SOME)));
    }
}
