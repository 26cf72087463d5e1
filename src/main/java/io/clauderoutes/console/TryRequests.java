package io.clauderoutes.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetentionRequest;
import io.clauderoutes.tracing.TraceSpan;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;

/**
 * Sends prompts of the console through the stages, in this process, and lets browsers read the replies. A reply is retained, so that a
 * browser continues it after a reload. Its id cannot be guessed.
 */
public final class TryRequests implements ConsolePart {

    private static final String PATH = API + "try";
    private static final String ENTRY = "direct:claude";
    private static final String SOURCE = "claude-console";
    /** No client of the gateway has a name with a space. */
    private static final String CLIENT = "the console";

    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("model", ClaudeHeaders.MODEL),
            Map.entry("system", ClaudeHeaders.SYSTEM),
            Map.entry("max_tokens", ClaudeHeaders.MAX_TOKENS),
            Map.entry("strategy", ClaudeHeaders.STRATEGY),
            Map.entry("cache", ClaudeHeaders.CACHE),
            Map.entry("tenant", ClaudeHeaders.TENANT),
            Map.entry("checks", ClaudeHeaders.CHECKS),
            Map.entry("temperature", ClaudeHeaders.TEMPERATURE),
            Map.entry("effort", ClaudeHeaders.EFFORT),
            Map.entry("thinking_budget", ClaudeHeaders.THINKING_BUDGET));
    private static final int LONGEST_BODY = 4 * 1024 * 1024;
    private static final int MOST_RUNS = 200;
    private static final int MOST_AT_WORK = 20;
    private static final int ID_BYTES = 16;
    private static final int NOT_FOUND = 404;
    private static final int TOO_LONG = 413;
    private static final int TOO_MANY = 429;
    private static final int BAD_REQUEST = 400;

    private final TryParts parts;
    private final Map<String, TryRun> runs = new LinkedHashMap<>();

    public TryRequests(TryParts parts) {
        this.parts = parts;
    }

    @Override
    public void add(Router router) {
        router.post(PATH).order(ORDER).handler(this::receive);
        router.get(PATH + "/:id/events").order(ORDER).handler(this::read);
        router.post(PATH + "/:id/cancel").order(ORDER).handler(this::cancel);
    }

    private void receive(RoutingContext context) {
        Buffer body = Buffer.buffer();
        context.request().handler(bytes -> {
            if (body.length() <= LONGEST_BODY) {
                body.appendBuffer(bytes);
            }
        });
        Context serverThread = Vertx.currentContext();
        context.request().endHandler(end -> {
            if (body.length() > LONGEST_BODY) {
                ConsoleResponse.error(
                        context, TOO_LONG, "a prompt of the console has at most " + LONGEST_BODY + " bytes");
                return;
            }
            parts.threads().execute(() -> begin(context, serverThread, body));
        });
    }

    private void begin(RoutingContext context, Context serverThread, Buffer body) {
        try {
            String id = begin(body);
            serverThread.runOnContext(back ->
                    ConsoleResponse.json(context, ConsoleResponse.object().put("id", id)));
        } catch (ClaudeException refused) {
            serverThread.runOnContext(back -> ConsoleResponse.error(
                    context, refused.status(), refused.error().message()));
        }
    }

    private String begin(Buffer body) {
        if (atWork() >= MOST_AT_WORK) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    TOO_MANY,
                    "rate_limit_error",
                    MOST_AT_WORK + " prompts of the console are in progress: wait or cancel"));
        }
        Endpoint entry = parts.template().getCamelContext().getEndpoint(ENTRY);
        Exchange exchange = entry.createExchange();
        exchange.getExchangeExtension().setFromRouteId(SOURCE);
        JsonNode asked = ConsoleResponse.read(body.getBytes())
                .orElseThrow(() -> new ClaudeException.Rejected(
                        ApiError.ours(BAD_REQUEST, "invalid_request_error", "expected a JSON object")));
        exchange.getMessage().setBody(asked.path("prompt").asText(""));
        exchange.getMessage().setHeaders(headers(asked));
        Prompt prompt = parts.prompts().apply(exchange.getMessage());
        exchange.getMessage().setHeaders(new HashMap<>());
        TraceSpan span = parts.tracing().work("claude.console", Optional.empty());
        if (span.isOn()) {
            prompt = prompt.withHeader(Correlation.TRACE_PARENT, span.traceParent());
        }
        span.putOn(exchange);
        byte[] random = new byte[ID_BYTES];
        parts.runtime().random().get().nextBytes(random);
        RetentionRequest retained =
                RetentionRequest.of(HexFormat.of().formatHex(random), CLIENT, Optional.empty(), body.getBytes());
        RetainedReply reply = parts.retention().replies().begin(retained).reply();
        TryRun run = new TryRun(
                reply,
                prompt,
                parts.retention().stopsWithCaller(),
                SOURCE,
                parts.runtime().ticker());
        keep(run);
        run.request().putOn(exchange);
        exchange.setProperty(ClaudeHeaders.CLIENT, "console");
        exchange.getMessage().setBody(prompt);
        parts.threads().execute(() -> run(entry, exchange, run, span));
        return reply.id();
    }

    private void run(Endpoint entry, Exchange exchange, TryRun run, TraceSpan span) {
        try {
            parts.template().send(entry, exchange);
        } finally {
            run.ended(exchange, parts.json());
            parts.retention().replies().ended(run.reply());
            span.end();
        }
    }

    private static Map<String, Object> headers(JsonNode asked) {
        Map<String, Object> headers = new HashMap<>();
        OPTIONS.forEach((field, header) -> {
            String value = asked.path(field).asText("").trim();
            if (!value.isEmpty()) {
                headers.put(header, value);
            }
        });
        headers.put(ClaudeHeaders.FORMAT, "text");
        headers.put(ClaudeHeaders.STREAM, true);
        return headers;
    }

    private synchronized long atWork() {
        return runs.values().stream().filter(run -> !run.isOver()).count();
    }

    private synchronized void keep(TryRun run) {
        runs.put(run.reply().id(), run);
        Iterator<TryRun> oldest = runs.values().iterator();
        while (runs.size() > MOST_RUNS && oldest.hasNext()) {
            if (oldest.next().isOver()) {
                oldest.remove();
            }
        }
    }

    private synchronized Optional<TryRun> run(String id) {
        return Optional.ofNullable(runs.get(id));
    }

    private void cancel(RoutingContext context) {
        Optional<TryRun> run = run(context.pathParam("id"));
        if (run.isEmpty()) {
            notRetained(context);
            return;
        }
        run.get().cancel();
        ConsoleResponse.json(context, ConsoleResponse.object().put("cancelled", true));
    }

    private void read(RoutingContext context) {
        String id = context.pathParam("id");
        Optional<TryRun> run = run(id);
        Optional<RetainedReply> reply =
                run.map(TryRun::reply).or(() -> parts.retention().replies().find(id, CLIENT));
        if (reply.isPresent()) {
            new TryReader(context, reply.get(), run).start(after(context));
            return;
        }
        Context serverThread = Vertx.currentContext();
        parts.threads().execute(() -> {
            Optional<RetainedReply> stored = stored(id);
            serverThread.runOnContext(back -> {
                if (stored.isPresent()) {
                    new TryReader(context, stored.get(), Optional.empty()).start(after(context));
                } else {
                    notRetained(context);
                }
            });
        });
    }

    private Optional<RetainedReply> stored(String id) {
        try {
            return parts.retention().replies().load(id, CLIENT);
        } catch (ClaudeException unreadable) {
            return Optional.empty();
        }
    }

    private static void notRetained(RoutingContext context) {
        ConsoleResponse.error(
                context, NOT_FOUND, "this reply is not retained any more: claude.resume.keep bounds the time");
    }

    private static long after(RoutingContext context) {
        String last = context.request().getHeader("last-event-id");
        try {
            return last == null ? 0 : Math.max(0, Long.parseLong(last.trim()));
        } catch (NumberFormatException other) {
            return 0;
        }
    }
}
