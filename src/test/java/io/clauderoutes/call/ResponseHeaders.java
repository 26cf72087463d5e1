package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Quotas;
import io.clauderoutes.call.http.ContentDecoding;
import io.clauderoutes.call.http.RetryAfter;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.settings.QuotaSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that reads the value of a header from outside, for the fuzz targets. */
public final class ResponseHeaders {

    private static final List<String> RATE_LIMITS = List.of("requests", "input-tokens", "output-tokens", "tokens");
    private static final List<String> PARTS = List.of("limit", "remaining", "reset");

    private final RetryAfter retryAfter = new RetryAfter(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

    /** Reads a value as each header that is read. */
    public void read(String value) {
        Optional<Duration> wait = retryAfter.read(value);
        if (wait.filter(Duration::isNegative).isPresent()) {
            throw new AssertionError("a negative wait: " + wait.get());
        }
        Map<String, String> headers = new HashMap<>();
        for (String limit : RATE_LIMITS) {
            for (String part : PARTS) {
                headers.put("anthropic-ratelimit-" + limit + "-" + part, value);
            }
        }
        new Quotas("primary", new QuotaSettings(10, 1_000, 1_000), () -> 0)
                .of("m")
                .told(headers);
        Correlation.valid("traceparent", value);
        Correlation.valid("x-request-id", value);
        ClientHeaders.forwarded(Map.of("Anthropic-Beta", value).entrySet());
    }

    /** Decodes a body by the value of {@code content-encoding}. */
    public void decode(String codings, byte[] body) {
        try (InputStream in = ContentDecoding.decoded(new ByteArrayInputStream(body), codings)) {
            in.readNBytes(1_000_000);
        } catch (ContentDecoding.Unknown | IOException refused) {
            // it is told by its own type
        }
    }
}
