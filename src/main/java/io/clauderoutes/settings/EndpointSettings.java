package io.clauderoutes.settings;

import java.net.URI;
import java.time.Duration;

/** One place that answers. */
public record EndpointSettings(
        URI url,
        Api api,
        Share share,
        ConnectionSettings connection,
        Timeouts timeouts,
        Limits limits,
        Availability availability) {
    /** The dialect that the endpoint speaks, and the name of the credential of its calls. */
    public record Api(Dialect dialect, String version, String credential) {}

    /**
     * Which calls the endpoint gets.
     *
     * @param priority the lower, the earlier
     * @param weight share of the calls where they are shared out
     */
    public record Share(int priority, int weight) {}

    /** How long a call may take. */
    public record Timeouts(Duration firstToken, Duration idle, Duration total) {}

    /**
     * Limits of the calls to the endpoint.
     *
     * @param concurrency how many calls may be in flight
     */
    public record Limits(QuotaSettings quota, ConcurrencySettings concurrency) {}

    /** When the endpoint gets no calls. */
    public record Availability(BreakerSettings breaker, HealthSettings health) {}

    /** The same for calls that cost nothing: on a connection of their own, and not for long. */
    public EndpointSettings probing() {
        ConnectionSettings own = new ConnectionSettings(
                connection.version(),
                1,
                connection.keepAlive(),
                connection.lifetime(),
                shorter(
                        connection.connectTimeout(),
                        availability.health().probe().timeout()),
                connection.trusted());
        Duration timeout = availability.health().probe().timeout();
        return with(url, own, timeout, timeout, timeout);
    }

    private static Duration shorter(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }

    public EndpointSettings at(URI other) {
        return with(other, connection, timeouts.firstToken(), timeouts.idle(), timeouts.total());
    }

    private EndpointSettings with(
            URI other, ConnectionSettings own, Duration firstToken, Duration idle, Duration total) {
        return new EndpointSettings(
                other, api, share, own, new Timeouts(firstToken, idle, total), limits, availability);
    }
}
