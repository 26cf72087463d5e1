package io.clauderoutes.check;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.check.json.SchemaCheck;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.CheckSettings;
import io.clauderoutes.settings.CheckSettings.Mode;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step before the fan-out that checks a reply by the checks that its request names, wherever the reply comes from: an endpoint, the
 * cache, another request or a batch. A request without checks passes as it is.
 */
public final class Checks implements Processor {

    private static final Logger LOG = LoggerFactory.getLogger(Checks.class);
    private static final int UNPROCESSABLE = 422;
    private static final int CHARACTERS_PER_TOKEN = 4;

    private final MessageJson json;
    private final ClaudeMeters meters;
    private final ReplyPredictions predictions;
    private final Function<CheckSettings.Route, ReplyCheck> routes;
    private volatile Map<String, NamedCheck> byName;

    private record NamedCheck(String name, CheckSettings settings, ReplyCheck check) {}

    /**
     * Prepares checks.
     *
     * @param settings by name; the text of a schema has taken the place of its resource
     * @param threads run the routes that decide
     * @throws SettingsException if one cannot be used
     */
    public Checks(
            Map<String, CheckSettings> settings,
            MessageJson json,
            ClaudeMeters meters,
            ReplyPredictions predictions,
            ProducerTemplate producer,
            ExecutorService threads) {
        this.json = json;
        this.meters = meters;
        this.predictions = predictions;
        this.routes = route -> new RouteCheck(route, producer, threads);
        this.byName = prepared(settings, routes);
    }

    /**
     * Prepares other checks.
     *
     * @return puts them into effect
     * @throws SettingsException if one cannot be used
     */
    public Runnable prepare(Map<String, CheckSettings> settings) {
        Map<String, NamedCheck> others = prepared(settings, routes);
        return () -> byName = others;
    }

    private static Map<String, NamedCheck> prepared(
            Map<String, CheckSettings> settings, Function<CheckSettings.Route, ReplyCheck> routes) {
        Map<String, NamedCheck> prepared = new HashMap<>();
        List<String> mistakes = new ArrayList<>();
        settings.forEach((name, check) -> {
            try {
                prepared.put(name, new NamedCheck(name, check, check(check, routes)));
            } catch (IllegalArgumentException wrong) {
                mistakes.add("claude.checks." + name + "." + wrong.getMessage());
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return Map.copyOf(prepared);
    }

    private static ReplyCheck check(CheckSettings settings, Function<CheckSettings.Route, ReplyCheck> routes) {
        if (settings.route().isPresent()) {
            return routes.apply(settings.route().get());
        }
        if (settings.schema().isPresent()) {
            try {
                return new SchemaTextCheck(SchemaCheck.of(settings.schema().get()));
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException("schema: " + wrong.getMessage(), wrong);
            }
        }
        return settings.patterns().required().isPresent()
                        || settings.patterns().forbidden().isPresent()
                ? new PatternCheck(settings.patterns())
                : new LengthCheck(settings.length());
    }

    @Override
    public void process(Exchange exchange) {
        Request request = Request.of(exchange);
        // An earlier reply on the same exchange has passed checks of its own.
        exchange.getMessage().removeHeader(ClaudeHeaders.CHECK);
        for (String name : request.prompt().options().replyRules().checks()) {
            NamedCheck check = byName.get(name);
            if (check == null) {
                throw new ClaudeException.Unavailable(ApiError.ours(
                        500, "api_error", "check " + name + " does not exist any more: set claude.checks." + name));
            }
            ReplyStream reply = (ReplyStream) exchange.getMessage().getBody();
            exchange.getMessage().setBody(checked(exchange, request, reply, check));
        }
    }

    private ReplyStream checked(Exchange exchange, Request request, ReplyStream reply, NamedCheck check) {
        // A text before a call of a tool is not the output: only the end of the reply tells.
        boolean waits = check.settings().schema().isPresent()
                && json.features(request.prompt().request().json().bytes()).usesTools();
        Mode mode = waits || check.settings().repair()
                ? Mode.WHOLE
                : check.settings().mode();
        ReplyCheck.Run run = check.check().begin(new CheckedRequest(check.name(), request, mode == Mode.WHOLE, waits));
        return new CheckedStream(reply, run, mode, new CheckOutcome(exchange, request, check.name()));
    }

    /** Records what becomes of one check of one reply. */
    private final class CheckOutcome implements CheckedStream.Outcome {
        private final Exchange exchange;
        private final Request request;
        private final String name;

        CheckOutcome(Exchange exchange, Request request, String name) {
            this.exchange = exchange;
            this.request = request;
            this.name = name;
        }

        @Override
        public void passed() {
            meters.checks().checked(name, "passed");
            String before = exchange.getMessage().getHeader(ClaudeHeaders.CHECK, "", String.class);
            exchange.getMessage().setHeader(ClaudeHeaders.CHECK, before.isEmpty() ? name : before + "," + name);
        }

        @Override
        public void stopped(long characters) {
            if (!request.progress().cache().isFromEndpoint()
                    || request.progress().cache().isJoined()) {
                // No call has ended.
                return;
            }
            predictions
                    .of(request)
                    .map(expected -> expected.tokens() - characters / CHARACTERS_PER_TOKEN)
                    .filter(tokens -> tokens > 0)
                    .ifPresent(tokens -> meters.checks().saved(name, tokens));
        }

        @Override
        public ClaudeException failed(String reason, String handedOn, String held) {
            meters.checks().checked(name, "failed");
            LOG.info(
                    "prompt {}: the reply does not pass check {}: {}. It ends after {} characters",
                    request.prompt().id(),
                    name,
                    reason,
                    handedOn.length());
            exchange.setProperty(ClaudeHeaders.CHECK, name);
            ApiError error = ApiError.ours(
                    UNPROCESSABLE, "check_failed", "the reply does not pass claude.checks." + name + ": " + reason);
            String id = request.progress().requestId();
            return new ClaudeException.CheckFailed(
                    id.isEmpty() ? error : error.withRequestId(id),
                    name,
                    reason,
                    new ClaudeException.CheckedText(handedOn, held));
        }
    }

    /** Whether text of the reply of a request is held until it is verified. */
    public boolean holds(Request request) {
        return request.prompt().options().replyRules().checks().stream()
                .map(byName::get)
                .anyMatch(check -> check != null && check.settings().mode() == Mode.HOLD);
    }

    /** Whether a reply of a request that does not pass is asked for once more. */
    public boolean areRepaired(Request request) {
        return request.prompt().options().replyRules().checks().stream().anyMatch(this::isRepaired);
    }

    /** Whether a reply that does not pass a check is asked for once more. */
    public boolean isRepaired(String name) {
        NamedCheck check = byName.get(name);
        return check != null && check.settings().repair();
    }

    /**
     * Checks the settings of checks.
     *
     * @throws SettingsException if one cannot be used
     */
    public static void check(Map<String, CheckSettings> settings) {
        prepared(settings, route -> request -> {
            throw new IllegalStateException("the settings are only checked");
        });
    }
}
