package io.clauderoutes.settings;

import java.net.URI;
import java.time.Duration;

/**
 * One place that answers.
 *
 * @param priority the lower, the earlier
 * @param weight share of the calls where they are shared out
 * @param concurrency how many calls may be in flight
 */
public record EndpointSettings(
        URI url,
        Dialect dialect,
        String apiVersion,
        String credential,
        int priority,
        int weight,
        ConnectionSettings connection,
        Duration firstTokenTimeout,
        Duration idleTimeout,
        Duration totalTimeout,
        QuotaSettings quota,
        ConcurrencySettings concurrency,
        BreakerSettings breaker,
        HealthSettings health) {

    /** The same for calls that cost nothing: on a connection of their own, and not for long. */
    public EndpointSettings probing() {
        ConnectionSettings own = new ConnectionSettings(
                connection.version(),
                1,
                connection.keepAlive(),
                connection.lifetime(),
                shorter(connection.connectTimeout(), health.probe().timeout()),
                connection.trusted());
        Duration timeout = health.probe().timeout();
        return with(url, own, timeout, timeout, timeout);
    }

    private static Duration shorter(Duration left, Duration right) {
        return left.compareTo(right) < 0 ? left : right;
    }

    public EndpointSettings at(URI other) {
        return with(other, connection, firstTokenTimeout, idleTimeout, totalTimeout);
    }

    private EndpointSettings with(
            URI other, ConnectionSettings own, Duration firstToken, Duration idle, Duration total) {
        return new EndpointSettings(
                other,
                dialect,
                apiVersion,
                credential,
                priority,
                weight,
                own,
                firstToken,
                idle,
                total,
                quota,
                concurrency,
                breaker,
                health);
    }
}
