package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.endpoint.RequestFailures;
import io.clauderoutes.call.http.CallHooks;
import io.clauderoutes.call.http.ContentDecoding;
import io.clauderoutes.call.http.EndpointReply;
import io.clauderoutes.call.http.RetryAfter;
import io.clauderoutes.call.http.StreamedBody;
import io.clauderoutes.call.http.WatchedBody;
import io.clauderoutes.call.http.WireHeaders;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.ClaudeSettings.Dialect;
import io.clauderoutes.text.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;

/**
 * Calls about batches: behind the endpoint's circuit breaker, made once, with our credential. A credential that was refused and
 * renewed meanwhile is worth a second call.
 */
public final class EndpointCalls implements PassThroughApi {

    private static final String METHOD = "batches";
    private static final int LONGEST_ERROR = 64 * 1024;
    private static final int OK = 200;
    private static final int REDIRECT = 300;
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
                .sorted(Comparator.comparingInt(endpoint -> endpoint.settings().priority()))
                .map(Endpoint::name)
                .toList();
    }

    @Override
    public boolean isForPrompts(String endpoint) {
        return named(endpoint).settings().dialect() == Dialect.PROMPT;
    }

    private Endpoint named(String name) {
        return endpoints.all().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ClaudeException.Unavailable(ApiError.ours(
                        503, "api_error", "there is no endpoint claude.endpoints." + name + " any more")));
    }

    @Override
    public <T> T call(String name, Call call, Reading<T> reading) {
        Endpoint endpoint = named(name);
        long start = ticker.getAsLong();
        try {
            T answer = endpoint.breaker().call(() -> called(endpoint, call, reading));
            meters.called(name, METHOD, OK, Duration.ofNanos(ticker.getAsLong() - start));
            return answer;
        } catch (Exception thrown) {
            ClaudeException failure = Failures.of(thrown, name)
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(502, "api_error", "the answer could not be read"), thrown));
            Duration took = Duration.ofNanos(ticker.getAsLong() - start);
            if (!Failures.isKeptBack(failure)) {
                meters.called(name, METHOD, failure.status(), took);
                RequestFailures failures = new RequestFailures();
                failures.failed(endpoint, failure, took);
                failures.count();
            }
            throw failure;
        }
    }

    /** What came of a call. */
    private record Answer<T>(Optional<T> read, Optional<ClaudeException> failure) {}

    private <T> T called(Endpoint endpoint, Call call, Reading<T> reading) throws IOException {
        Answer<T> answer = once(endpoint, call, reading);
        if (answer.failure().filter(Failures::isWorthAnotherCredential).isPresent()) {
            answer = once(endpoint, call, reading);
        }
        if (answer.failure().isPresent()) {
            throw answer.failure().get();
        }
        return answer.read().orElseThrow();
    }

    private <T> Answer<T> once(Endpoint endpoint, Call call, Reading<T> reading) throws IOException {
        ClassicRequestBuilder http = ClassicRequestBuilder.create(call.method())
                .setUri(Endpoints.base(endpoint.settings().url()) + call.path());
        call.headers().forEach(http::setHeader);
        if (endpoint.settings().dialect() == Dialect.MESSAGES && !call.headers().containsKey(WireHeaders.VERSION)) {
            http.setHeader(WireHeaders.VERSION, endpoint.settings().apiVersion());
        }
        call.content().ifPresent(content -> http.setEntity(new StreamedBody(content)));
        ClassicHttpRequest request = http.build();
        return endpoint.client()
                .execute(request, HttpClientContext.create(), response -> answer(endpoint, response, reading));
    }

    private <T> Answer<T> answer(Endpoint endpoint, ClassicHttpResponse response, Reading<T> reading)
            throws IOException {
        Map<String, String> headers = new HashMap<>();
        response.headerIterator().forEachRemaining(header -> {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (WireHeaders.comesIn(name)) {
                headers.put(name, header.getValue());
            }
        });
        boolean renewed = headers.remove(CallHooks.RENEWED) != null;
        InputStream content = response.getEntity() == null
                ? InputStream.nullInputStream()
                : response.getEntity().getContent();
        try (InputStream body = new WatchedBody(
                decoded(content, headers),
                endpoints.watchdog(),
                endpoint.settings().idleTimeout(),
                () -> EndpointReply.cut(content),
                ticker)) {
            int status = response.getCode();
            if (status >= OK && status < REDIRECT) {
                return new Answer<>(Optional.of(reading.read(body)), Optional.empty());
            }
            ApiError error = json.error(
                    status,
                    headers,
                    body.readNBytes(LONGEST_ERROR),
                    Optional.ofNullable(headers.get("retry-after")).flatMap(retryAfter::read));
            return new Answer<>(Optional.empty(), Optional.of(refusal(error, renewed)));
        }
    }

    private static InputStream decoded(InputStream content, Map<String, String> headers) {
        String codings = Optional.ofNullable(headers.remove("content-encoding")).orElse("");
        try {
            return ContentDecoding.decoded(content, codings);
        } catch (ContentDecoding.Unknown unknown) {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "encoding_unknown", "the response has content-encoding: " + Printable.of(codings)));
        }
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
        boolean refused = error.body().isPresent() || error.requestId().isPresent();
        return !refused || (error.status() >= SERVER_ERROR && failure.kind() != ClaudeException.Kind.OVERLOADED);
    }
}
