package io.clauderoutes.simulator;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes each request to its API. Requests to the simulator itself are neither counted nor kept. */
final class ApiRouter implements Handler<HttpServerRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(ApiRouter.class);
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final String OWN = "/simulator/";
    private static final String MODEL = "/v1/models/";

    /** What the paths lead to. */
    record Apis(
            MessagesApi messages,
            BatchesApi batches,
            PromptApi prompts,
            TokenApi tokens,
            UsageApi usage,
            ControlApi control) {}

    private final Vertx vertx;
    private final Clock clock;
    private final long seed;
    private final String born;
    private final RequestLog log;
    private final Till till;
    private final Map<String, PathHandler> endpoints;
    private final Connections connections;
    private final MessagesApi messages;
    private final BatchesApi batches;
    private final AtomicLong calls = new AtomicLong();

    ApiRouter(Vertx vertx, Clock clock, SimulatorSettings settings, RequestLog log, Till till, Apis apis) {
        this.vertx = vertx;
        this.clock = clock;
        this.seed = settings.chance().seed();
        this.connections =
                new Connections(vertx, clock, settings.rules().capacity().handshake());
        this.born = Long.toString(clock.millis(), Character.MAX_RADIX);
        this.log = log;
        this.till = till;
        this.messages = apis.messages();
        this.batches = apis.batches();
        this.endpoints = Map.ofEntries(
                entry("POST /v1/messages", apis.messages()::messages),
                entry("POST /v1/messages/count_tokens", apis.messages()::countTokens),
                entry("GET /v1/models", apis.messages()::models),
                entry("HEAD /api/hello", call -> call.text(200, "text/plain", "")),
                entry("POST /v1/stream", apis.prompts()::stream),
                entry("POST /v1/completions", apis.prompts()::completions),
                entry("POST /v1/batch", apis.prompts()::batch),
                entry("POST " + BatchesApi.PATH, apis.batches()::create),
                entry("GET " + BatchesApi.PATH, apis.batches()::list),
                entry("POST /v1/oauth/token", apis.tokens()::exchange),
                entry("POST /oauth2/token", apis.tokens()::grant),
                entry("GET /v1/organizations/usage_report/messages", apis.usage()::messages),
                entry("GET /v1/organizations/analytics/usage", apis.usage()::analytics),
                entry("GET /simulator/bill", apis.control()::bill),
                entry("POST /simulator/faults", apis.control()::script),
                entry("DELETE /simulator/faults", apis.control()::forget),
                entry("POST /simulator/batch-faults", apis.control()::scriptBatches),
                entry("POST /simulator/token-faults", apis.control()::scriptTokens),
                entry("DELETE /simulator/token-faults", apis.control()::forgetTokens),
                entry("DELETE /simulator/tokens", apis.control()::revoke));
    }

    private static Map.Entry<String, PathHandler> entry(String place, PathHandler endpoint) {
        return Map.entry(place, endpoint);
    }

    @Override
    public void handle(HttpServerRequest request) {
        boolean batch = BatchesApi.PATH.equals(request.path());
        new RequestBodyReader(request, batch ? RequestBodyReader.LARGEST_BATCH : RequestBodyReader.LARGEST)
                .read((body, whole) -> received(request, whole, body));
    }

    /** Gets each new connection. */
    Connections connections() {
        return connections;
    }

    /** A request is read when the handshake of its connection is over. */
    private void received(HttpServerRequest request, boolean whole, byte[] body) {
        if (isOwn(request)) {
            complete(request, whole, body);
        } else {
            connections.whenOpen(request.connection(), () -> complete(request, whole, body));
        }
    }

    private static boolean isOwn(HttpServerRequest request) {
        return request.path() != null && request.path().startsWith(OWN);
    }

    private void complete(HttpServerRequest request, boolean whole, byte[] body) {
        request.response().putHeader("date", DATE.format(clock.instant()));
        String path = Optional.ofNullable(request.path()).orElse("");
        long number = calls.incrementAndGet();
        Till counted = path.startsWith(OWN) ? new Till(new Charges(0), clock) : till;
        Call call = new Call(
                vertx,
                request,
                body,
                "sim_" + born + Long.toString(number, Character.MAX_RADIX),
                new SplittableRandom(seed + number * GOLDEN),
                counted);
        boolean model = request.method().name().equals("GET") && path.startsWith(MODEL);
        String place = request.method().name() + " " + path;
        boolean batch = path.startsWith(BatchesApi.PATH + "/");
        PathHandler endpoint = model
                ? it -> messages.model(it, path.substring(MODEL.length()))
                : batch ? it -> batches.one(it, request.method().name(), path) : endpoints.get(place);
        counted.call(endpoint == null ? "other" : model ? "/v1/models" : batch ? BatchesApi.place(path) : path);
        if (counted == till && !log.keepsNothing()) {
            log.add(received(request, body));
        }
        try {
            if (endpoint == null) {
                throw new RefusedCall(new ErrorReply(404, "Not found"));
            }
            if (!whole) {
                throw new RefusedCall(new ErrorReply(413, "Request exceeds the maximum size"));
            }
            endpoint.answer(call);
        } catch (RefusedCall e) {
            call.refuse(e.error());
        } catch (RuntimeException e) {
            LOG.error("The simulator failed at {}", place, e);
            if (!request.response().headWritten()) {
                call.refuse(new ErrorReply(500, "Internal server error"));
            }
        }
    }

    private ReceivedRequest received(HttpServerRequest request, byte[] body) {
        Map<String, List<String>> headers = new HashMap<>();
        request.headers()
                .forEach((name, value) ->
                        headers.merge(name.toLowerCase(Locale.ROOT), List.of(value), ApiRouter::together));
        Instant now = clock.instant();
        return new ReceivedRequest(
                request.method().name(),
                request.uri(),
                headers,
                new String(body, StandardCharsets.UTF_8),
                now.getEpochSecond() * 1_000_000_000L + now.getNano());
    }

    private static List<String> together(List<String> some, List<String> more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }
}
