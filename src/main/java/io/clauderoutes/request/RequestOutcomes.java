package io.clauderoutes.request;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.text.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The one place where the end of a request is logged and counted: a reply is one INFO line, a final failure is one WARN line, and each
 * moves {@code claude.requests} by one. Refusals at the gateway before the stages are counted too; their lines are limited.
 */
public final class RequestOutcomes {

    private static final Logger LOG = LoggerFactory.getLogger(RequestOutcomes.class);

    private static final String INTERNAL = "internal_error";
    private static final String SINK = "sink_failed";
    private static final int BAD_REQUEST = 400;
    private static final int SERVER_ERROR = 500;
    /** Characters of most log lines. */
    private static final int USUAL_LENGTH = 400;

    /** Digits after the point of an amount in dollars. */
    private static final int MICRO = 6;

    /** One line for each type of refusal in this time; a flood of refusals must not fill the log. */
    private static final Duration REFUSAL_LINE = Duration.ofSeconds(10);

    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final boolean structured;
    private final Map<String, Refusals> refusals = new ConcurrentHashMap<>();
    private final FailureLog failures;
    private volatile long answeredNanos;

    /**
     * Logs and counts.
     *
     * @param structured whether a line also has its fields as key-value pairs, for a log in JSON
     */
    public RequestOutcomes(ClaudeMeters meters, LongSupplier ticker, boolean structured) {
        this.meters = meters;
        this.ticker = ticker;
        this.structured = structured;
        this.failures = new FailureLog(ticker);
        this.answeredNanos = ticker.getAsLong();
    }

    /** The reply of a request came whole and every sink has it. */
    public void answered(Exchange exchange, Request request, Reply reply) {
        request.progress().logged();
        Duration took = took(request);
        if (request.progress().attempts() > 0) {
            answeredNanos = ticker.getAsLong();
        }
        meters.requests().ended("answered", request.prompt().options().tenant());
        request.progress().strategy().ifPresent(choice -> meters.replies()
                .strategy(choice.modeWord(), choice.reason().word()));
        request.rounds()
                .ifPresent(rounds -> meters.tools().rounds(request.progress().round()));
        meters.requests()
                .seen(
                        endpoint(Optional.of(request)),
                        request.prompt().options().tenant(),
                        request.prompt().request().model());
        meters.requests()
                .answered(
                        request.prompt().request().model(),
                        took,
                        request.progress().timeToFirstToken());
        Map<String, Object> fields = fields(exchange, request);
        fields.put("cache", request.progress().cache().headerValue());
        reply.usage().totalInput().ifPresent(tokens -> fields.put("inputTokens", tokens));
        reply.usage().output().ifPresent(tokens -> fields.put("outputTokens", tokens));
        cost(request, fields);
        fields.put(
                "firstTokenMillis",
                request.progress().timeToFirstToken().orElse(took).toMillis());
        fields.put("durationMillis", took.toMillis());
        log(Level.INFO, "Request answered", fields, "");
    }

    /** The last requests that failed. */
    public FailureLog failures() {
        return failures;
    }

    /** When an endpoint answered a request last, in the ticker's time; the start of the bundle before the first. */
    public long answeredNanos() {
        return answeredNanos;
    }

    /** The step at the end of the stages: a request that failed is logged and counted; others are left alone. */
    public void ended(Exchange exchange) {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        Request request = Request.of(exchange);
        if (cause != null && (request == null || !request.progress().isLogged())) {
            failed(exchange, Optional.ofNullable(request), cause);
        }
    }

    /** A request failed before or after the stages; nothing happens if they have logged it already. */
    public void failedBeside(Exchange exchange) {
        if (!isLogged(exchange)) {
            ended(exchange);
        }
    }

    /** Which failures of an exchange are not its end, because its source tries it again. */
    @FunctionalInterface
    public interface FailureFilter {
        /** Whether the request is tried again after this failure. */
        boolean matches(Exception failure);
    }

    /** Whether the failure of this exchange has its line in the log. */
    public static boolean isLogged(Exchange exchange) {
        return Boolean.TRUE.equals(exchange.getProperty(ClaudeHeaders.FAILURE_LOGGED));
    }

    private void failed(Exchange exchange, Optional<Request> request, Exception cause) {
        Optional<ClaudeException> ours = ClaudeException.causeOf(cause);
        if (exchange.getProperty(ClaudeHeaders.TRIED_AGAIN) instanceof FailureFilter filter && filter.matches(cause)) {
            log(
                    Level.INFO,
                    "Request failed and is tried again",
                    endFields(exchange, request, type(cause)),
                    ours.map(Throwable::getMessage).orElseGet(() -> cause(cause)));
            return;
        }
        exchange.setProperty(ClaudeHeaders.FAILURE_LOGGED, true);
        request.ifPresent(its -> its.progress().logged());
        if (ours.filter(failure -> failure.error().isUnwanted()).isPresent()) {
            meters.requests().ended("abandoned", tenant(request));
            log(
                    Level.INFO,
                    "Request abandoned",
                    endFields(exchange, request, ours.get().type()),
                    "the client left");
            return;
        }
        String type = type(cause);
        String model = request.map(its -> its.prompt().request().model()).orElse(ClaudeMeters.NONE);
        meters.requests().ended(isRefusal(cause) ? "refused" : "failed", tenant(request));
        meters.requests().failed(endpoint(request), tenant(request), model, type);
        failures.add(
                request.map(its -> its.progress().endpoint()).orElse(""),
                tenant(request),
                type,
                request.map(its -> its.progress().costMicroUsd()).orElse(OptionalLong.empty()));
        request.ifPresent(its -> meters.requests().notAnswered(model, type, took(its)));
        log(
                Level.WARN,
                "Request failed",
                endFields(exchange, request, type),
                ours.map(Throwable::getMessage).orElseGet(() -> cause(cause)));
    }

    private static String tenant(Optional<Request> request) {
        return request.map(its -> its.prompt().options().tenant()).orElse(ClaudeMeters.NONE);
    }

    private static String endpoint(Optional<Request> request) {
        return request.map(its -> its.progress().endpoint())
                .filter(name -> !name.isEmpty())
                .orElse(ClaudeMeters.NONE);
    }

    private Map<String, Object> endFields(Exchange exchange, Optional<Request> request, String type) {
        Map<String, Object> fields = request.map(its -> fields(exchange, its)).orElseGet(() -> fields(exchange));
        fields.put("type", type);
        request.ifPresent(its -> {
            cost(its, fields);
            fields.put("durationMillis", took(its).toMillis());
        });
        return fields;
    }

    /**
     * A prompt of a batch.
     *
     * @param endpoint of the last batch that it was part of; empty where it was part of none
     */
    public record BatchItem(String source, String id, String tenant, String model, String endpoint) {}

    /** A prompt of a batch failed for good. */
    public void batchItemFailed(BatchItem item, ApiError error) {
        String endpoint = item.endpoint().isEmpty() ? ClaudeMeters.NONE : item.endpoint();
        meters.requests().ended(isRefusal(ClaudeException.of(error)) ? "refused" : "failed", item.tenant());
        meters.requests().failed(endpoint, item.tenant(), item.model(), error.type());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("request", item.id());
        fields.put("source", item.source());
        fields.put("tenant", item.tenant());
        fields.put("model", item.model());
        fields.put("endpoint", endpoint);
        fields.put("type", error.type());
        log(Level.WARN, "Request of a batch failed", fields, error.message());
    }

    /**
     * The gateway gave an error to a request that does not go through the stages.
     *
     * @param client name of its key or address, empty where it is not known
     */
    public void refused(String requestId, String client, ApiError error) {
        boolean refusal = error.status() < SERVER_ERROR;
        meters.requests().ended(refusal ? "refused" : "failed", ClaudeMeters.NONE);
        meters.requests().failed(ClaudeMeters.NONE, ClaudeMeters.NONE, ClaudeMeters.NONE, error.type());
        Optional<Long> left = refusals.computeIfAbsent(
                        error.type(), type -> new Refusals(ticker.getAsLong() - REFUSAL_LINE.toNanos()))
                .next(ticker.getAsLong());
        left.ifPresent(unlogged -> {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("request", requestId);
            fields.put("client", client);
            fields.put("type", error.type());
            fields.put("status", error.status());
            if (unlogged > 0) {
                fields.put("alsoRefused", unlogged);
            }
            log(Level.WARN, refusal ? "Request refused" : "Request failed", fields, error.message());
        });
    }

    /** Whether the request or its budget is at fault, and not what serves it. */
    private static boolean isRefusal(Exception cause) {
        return ClaudeException.causeOf(cause)
                .filter(failure -> switch (failure.kind()) {
                    case OVER_BUDGET -> true;
                    case REJECTED -> failure.status() >= BAD_REQUEST && failure.status() < SERVER_ERROR;
                    case UNAUTHORIZED,
                            RATE_LIMITED,
                            OVERLOADED,
                            UNAVAILABLE,
                            TIMED_OUT,
                            STREAM_BROKEN,
                            INVALID_OUTPUT,
                            CHECK_FAILED -> false;
                })
                .isPresent();
    }

    private static String type(Exception cause) {
        return ClaudeException.causeOf(cause).map(ClaudeException::type).orElseGet(() -> {
            for (Throwable each = cause; each != null; each = each.getCause()) {
                if (each instanceof SinkFailed) {
                    return SINK;
                }
            }
            return INTERNAL;
        });
    }

    private static String cause(Exception cause) {
        String kind = cause.getClass().getSimpleName();
        return cause.getMessage() == null ? kind : kind + ": " + cause.getMessage();
    }

    private static Map<String, Object> fields(Exchange exchange) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("request", exchange.getProperty(ClaudeHeaders.RESPONSE_ID, exchange.getExchangeId(), String.class));
        String route = exchange.getFromRouteId();
        fields.put("source", route == null ? "direct" : route);
        putClient(exchange, fields);
        return fields;
    }

    private static Map<String, Object> fields(Exchange exchange, Request request) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("request", request.prompt().id());
        Correlation.in(request.prompt().wireHeaders()).forEach(fields::put);
        fields.put("source", request.requester().source());
        putClient(exchange, fields);
        fields.put("tenant", request.prompt().options().tenant());
        fields.put("model", request.prompt().request().model());
        fields.put(
                "endpoint",
                request.progress().endpoint().isEmpty()
                        ? ClaudeMeters.NONE
                        : request.progress().endpoint());
        fields.put("attempts", request.progress().attempts());
        if (request.rounds().isPresent()) {
            fields.put("rounds", request.progress().round());
        }
        request.progress().strategy().ifPresent(choice -> {
            fields.put("strategy", choice.modeWord());
            fields.put("strategyReason", choice.reason().word());
        });
        if (!request.progress().requestId().isEmpty()) {
            fields.put("apiRequest", request.progress().requestId());
        }
        return fields;
    }

    private static void putClient(Exchange exchange, Map<String, Object> fields) {
        String client = exchange.getProperty(ClaudeHeaders.CLIENT, String.class);
        if (client != null) {
            fields.put("client", client);
        }
    }

    private static void cost(Request request, Map<String, Object> fields) {
        request.progress()
                .costMicroUsd()
                .ifPresent(cost ->
                        fields.put("costUsd", BigDecimal.valueOf(cost, MICRO).toPlainString()));
    }

    private Duration took(Request request) {
        return Duration.ofNanos(ticker.getAsLong() - request.startedNanos());
    }

    private void log(Level level, String event, Map<String, Object> fields, String cause) {
        if (!LOG.isEnabledForLevel(level)) {
            return;
        }
        Map<String, String> printable = new LinkedHashMap<>();
        StringBuilder text = new StringBuilder(USUAL_LENGTH).append(event).append(':');
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            String value = Printable.of(String.valueOf(field.getValue()));
            text.append(' ').append(field.getKey()).append('=').append(value.replace(' ', '_'));
            if (structured) {
                printable.put(field.getKey(), value);
            }
        }
        if (!cause.isEmpty()) {
            text.append(": ").append(Printable.line(cause));
        }
        if (structured) {
            LoggingEventBuilder line = LOG.atLevel(level);
            for (Map.Entry<String, String> field : printable.entrySet()) {
                line = line.addKeyValue(field.getKey(), field.getValue());
            }
            line.log(text.toString());
        } else if (level == Level.WARN) {
            LOG.warn(text.toString());
        } else {
            LOG.info(text.toString());
        }
    }

    /** Refusals of one type. */
    private static final class Refusals {
        private long lineNanos;
        private long unlogged;

        Refusals(long lineNanos) {
            this.lineNanos = lineNanos;
        }

        /** The number of refusals without a log line since the last line; empty if this refusal has no line either. */
        synchronized Optional<Long> next(long nowNanos) {
            if (nowNanos - lineNanos < REFUSAL_LINE.toNanos()) {
                unlogged++;
                return Optional.empty();
            }
            long before = unlogged;
            lineNanos = nowNanos;
            unlogged = 0;
            return Optional.of(before);
        }
    }
}
