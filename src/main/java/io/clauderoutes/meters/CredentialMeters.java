package io.clauderoutes.meters;

import io.micrometer.core.instrument.Tags;
import java.util.function.Supplier;

/** Credentials and their tokens. */
public final class CredentialMeters {

    private final MeterSeries series;

    CredentialMeters(MeterSeries series) {
        this.series = series;
    }

    /**
     * A credential's token was renewed, or was not: {@code claude.credential.renewals{credential,result}}. It does not move for a
     * key that is fixed.
     */
    public void renewed(String credential, boolean renewed) {
        series.counter("claude.credential.renewals", "credential", credential, "result", renewed ? "renewed" : "failed")
                .increment();
    }

    /** {@code claude.credential.valid{credential}}: seconds for which the token in use is still valid; 0 without one. */
    public void valid(String credential, Supplier<Number> seconds) {
        series.counter("claude.credential.renewals", "credential", credential, "result", "renewed");
        series.counter("claude.credential.renewals", "credential", credential, "result", "failed");
        series.gauge(
                "claude.credential.valid",
                "seconds for which the token in use is still valid",
                Tags.of("credential", credential),
                seconds);
    }

    /** {@code claude.credential.refused{credential,endpoint}}: 1 from a call that the endpoint answers with 401 to the next that it takes. */
    public void refused(String credential, String endpoint, Supplier<Number> value) {
        series.gauge(
                "claude.credential.refused",
                "1 while the endpoint refuses the credential",
                Tags.of("credential", credential, "endpoint", endpoint),
                value);
    }

    /** {@code claude.credential.clock.skew{credential}}: seconds by which the server's clock is ahead of this machine's. */
    public void clockSkew(String credential, Supplier<Number> seconds) {
        series.gauge(
                "claude.credential.clock.skew",
                "seconds by which the server's clock is ahead",
                Tags.of("credential", credential),
                seconds);
    }
}
