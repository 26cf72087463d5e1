package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.message.ToolUse;
import io.clauderoutes.request.GatewayClient;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.ClientKeySettings;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * {@code POST /v1/messages}: takes a request in as it is, byte for byte, and gives the reply back as the API would. All that
 * is ours here is who may come in, and the error when we refuse.
 */
public final class MessagesEndpoint {

    /** Exchange property: the response to the client. */
    private static final String RESPONSE = "claudeClientResponse";

    private static final String CACHE = "x-claude-routes-cache";
    private static final String TOOL_EVENTS = "x-claude-routes-tool-events";
    private static final String RETRY_COUNT = "x-stainless-retry-count";

    private volatile GatewaySettings settings;
    private final Strategy strategy;
    private final boolean cancels;
    private final Guard guard;
    private final MessageJson json;
    private final Supplier<String> ids;
    private final BundleRuntime runtime;

    /**
     * Serves clients.
     *
     * @param cancels whether the disconnect of a client ends its request
     * @param guard has checked each request before
     * @param ids of prompts
     */
    public MessagesEndpoint(
            GatewaySettings settings,
            Strategy strategy,
            boolean cancels,
            Guard guard,
            MessageJson json,
            Supplier<String> ids,
            BundleRuntime runtime) {
        this.settings = settings;
        this.strategy = strategy;
        this.cancels = cancels;
        this.guard = guard;
        this.json = json;
        this.ids = ids;
        this.runtime = runtime;
    }

    /** Uses other settings for the requests that come from now on. */
    public void use(GatewaySettings others) {
        settings = others;
    }

    /** Makes the prompt that goes to {@code direct:claude}, and keeps the response for the reply. */
    public void open(Exchange exchange) {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Object body = message.getBody();
        ClientResponse response =
                new ClientResponse(Vertx.currentContext(), message.getResponse(), json, settings.writeTimeout());
        exchange.setProperty(RESPONSE, response);
        exchange.setProperty(ClaudeHeaders.RESPONSE_ID, RequestIds.of(message.getResponse()));
        if (ResponseCompression.isAccepted(request)) {
            response.compress();
        }
        message.setBody(null);
        message.getHeaders().clear();
        Client from = guard.client(request);
        exchange.setProperty(ClaudeHeaders.CLIENT, from.name());
        from.key()
                .flatMap(ClientKeySettings::redactPolicy)
                .ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
        byte[] sent = SentBody.of(body, request);
        guard.bodyTaken(request, sent.length);
        from.key()
                .flatMap(ClientKeySettings::limits)
                .ifPresent(limits -> exchange.setProperty(ClaudeHeaders.LIMITS, limits));
        MessagesRequest asked = named(json.requestAsItIs(sent));
        MultiMap headers = request.headers();
        Prompt prompt = new Prompt(
                ids.get(),
                asked,
                new Prompt.Options(
                                from.tenant(),
                                Optional.ofNullable(headers.get("x-claude-code-session-id")),
                                from.key().flatMap(ClientKeySettings::strategy).orElse(strategy),
                                cacheUse(from, asked, headers),
                                List.of(),
                                "")
                        .with(tools(from, headers))
                        .withChecks(from.checks()),
                ClientHeaders.forwarded(headers),
                Optional.ofNullable(request.query()).orElse(""));
        if (asked.stream()) {
            response.stream(settings.pingInterval(), runtime.threads().timer());
        }
        Request begun = new Request(prompt, runtime.ticker().getAsLong(), route(exchange))
                .from(new GatewayClient(
                        false,
                        response::isGone,
                        cancels,
                        isRetriedByClient(headers),
                        asked.stream() ? Optional.of(response) : Optional.empty(),
                        from.credential()));
        response.to(begun);
        begun.putOn(exchange);
        message.setBody(prompt);
    }

    /** The tools of the bundle that the key or the gateway gives a client. A client cannot choose them. */
    private ToolUse tools(Client client, MultiMap headers) {
        List<String> names = client.key().flatMap(ClientKeySettings::tools).orElse(settings.tools());
        return names.isEmpty()
                ? ToolUse.NONE
                : new ToolUse(names, OptionalInt.empty(), "1".equals(headers.get(TOOL_EVENTS)));
    }

    private static String route(Exchange exchange) {
        return exchange.getFromRouteId() == null ? "" : exchange.getFromRouteId();
    }

    /** The request with the model that its alias stands for. */
    private MessagesRequest named(MessagesRequest request) {
        String model = settings.models().get(request.model());
        return model == null ? request : json.withModel(request, model);
    }

    /**
     * How a request uses the reply cache: not at all, unless its key or it itself asks for that. A client that sends a request again
     * was not content with the reply, and one with tools may have an effect of its own each time.
     */
    private CacheUse cacheUse(Client client, MessagesRequest request, MultiMap headers) {
        String asked = Optional.ofNullable(headers.get(CACHE)).orElse("").toLowerCase(Locale.ROOT);
        String control =
                Optional.ofNullable(headers.get("cache-control")).orElse("").toLowerCase(Locale.ROOT);
        boolean byKey = client.key().flatMap(ClientKeySettings::cache).orElse(settings.cache());
        boolean wanted = asked.isEmpty() ? byKey : asked.equals("use") || asked.equals("refresh");
        String retries = Optional.ofNullable(headers.get(RETRY_COUNT)).orElse("0");
        if (!wanted
                || control.contains("no-store")
                || !retries.equals("0")
                || json.features(request.json().bytes()).usesTools()) {
            return CacheUse.BYPASS;
        }
        return asked.equals("refresh") || control.contains("no-cache") ? CacheUse.REFRESH : CacheUse.USE;
    }

    /** The official client libraries and Claude's command line send a failed request again themselves. */
    private static boolean isRetriedByClient(MultiMap headers) {
        return headers.contains(RETRY_COUNT)
                || Optional.ofNullable(headers.get("user-agent")).orElse("").startsWith("claude-cli/");
    }

    /** Sends the reply to the client. */
    public void answer(Exchange exchange) {
        response(exchange).answer(Request.of(exchange).progress().reply().orElseThrow());
        done(exchange);
    }

    /** Sends the error to the client. */
    public void fail(Exchange exchange) {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        response(exchange)
                .fail(ClaudeException.causeOf(cause)
                        .orElseGet(() -> new ClaudeException.Unavailable(
                                ApiError.ours(500, "api_error", "the request failed inside the gateway"), cause)));
        done(exchange);
    }

    private static ClientResponse response(Exchange exchange) {
        return exchange.getProperty(RESPONSE, ClientResponse.class);
    }

    /** The response is written already: the server is to add nothing. */
    private static void done(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setBody(null);
        message.getHeaders().clear();
    }
}
