package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.endpoint.RequestFailures;
import io.clauderoutes.call.http.DirectCalls;
import io.clauderoutes.call.http.RetryAfter;
import io.clauderoutes.call.http.StreamedBody;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.Dialect;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;

/** Calls of the Message Batches API, behind the circuit breaker of the endpoint. */
public final class EndpointCalls implements PassThroughApi {

    private static final String METHOD = "batches";
    private static final int LONGEST_ERROR = 64 * 1024;
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int SERVER_ERROR = 500;

    private final Endpoints endpoints;
    private final MessageJson json;
    private final RetryAfter retryAfter;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;

    public EndpointCalls(Endpoints endpoints, MessageJson json, ClaudeMeters meters, Clock clock, LongSupplier ticker) {
        this.endpoints = endpoints;
        this.json = json;
        this.retryAfter = new RetryAfter(clock);
        this.meters = meters;
        this.ticker = ticker;
    }

    @Override
    public List<String> open() {
        List<String> open = endpoints.open();
        return endpoints.all().stream()
                .filter(endpoint -> open.contains(endpoint.name()))
                .sorted(Comparator.comparingInt(
                        endpoint -> endpoint.settings().share().priority()))
                .map(Endpoint::name)
                .toList();
    }

    @Override
    public boolean isForPrompts(String endpoint) {
        return named(endpoint).settings().api().dialect() == Dialect.PROMPT;
    }

    private Endpoint named(String name) {
        return endpoints.all().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ClaudeException.Unavailable(
                        ApiError.ours(503, "api_error", "claude.endpoints." + name + " no longer exists")));
    }

    @Override
    public <T> T call(String name, Call call, Reading<T> reading) {
        Endpoint endpoint = named(name);
        long start = ticker.getAsLong();
        try {
            T answer = endpoint.breaker().call(() -> called(endpoint, call, reading));
            meters.calls().called(name, METHOD, OK, Duration.ofNanos(ticker.getAsLong() - start));
            return answer;
        } catch (Exception thrown) {
            ClaudeException failure = Failures.of(thrown, name)
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(502, "api_error", "the answer could not be read"), thrown));
            Duration took = Duration.ofNanos(ticker.getAsLong() - start);
            if (!Failures.isKeptBack(failure)) {
                meters.calls().called(name, METHOD, failure.status(), took);
                RequestFailures failures = new RequestFailures();
                failures.failed(endpoint, failure, took);
                failures.count();
            }
            throw failure;
        }
    }

    private <T> T called(Endpoint endpoint, Call call, Reading<T> reading) throws IOException {
        ClassicRequestBuilder http = DirectCalls.request(endpoint, call.method(), call.path(), call.headers());
        call.content().ifPresent(content -> http.setEntity(new StreamedBody(content)));
        return endpoints.direct().make(endpoint, http.build(), HttpClientContext.create(), (head, body) -> {
            if (head.isGood()) {
                return reading.read(body);
            }
            ApiError error = json.error(
                    head.status(),
                    head.headers(),
                    body.readNBytes(LONGEST_ERROR),
                    Optional.ofNullable(head.headers().get("retry-after")).flatMap(retryAfter::read));
            throw refusal(error, head.renewed());
        });
    }

    private static ClaudeException refusal(ApiError error, boolean renewed) {
        return error.status() == UNAUTHORIZED
                ? new ClaudeException.Unauthorized(
                        error, "Check claude.credentials.<name> of this endpoint's credential", renewed)
                : ClaudeException.of(error);
    }

    @Override
    public boolean mayHaveBeenMade(ClaudeException failure) {
        if (!Failures.mayHaveBeenSent(failure)) {
            return false;
        }
        ApiError error = failure.error();
        boolean refused =
                error.response().body().isPresent() || error.requestId().isPresent();
        return !refused || (error.status() >= SERVER_ERROR && failure.kind() != ClaudeException.Kind.OVERLOADED);
    }
}
