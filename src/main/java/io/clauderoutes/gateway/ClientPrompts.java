package io.clauderoutes.gateway;

import io.clauderoutes.message.ClientHeaders;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.message.ToolUse;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Makes the prompts of clients: the request as it was sent, with the options that the key, the gateway and the headers give. */
public final class ClientPrompts {

    private static final String CACHE = "x-claude-routes-cache";
    private static final String TOOL_EVENTS = "x-claude-routes-tool-events";
    private static final String RETRY_COUNT = "x-stainless-retry-count";

    private volatile GatewaySettings settings;
    private final Strategy strategy;
    private final MessageJson json;

    /** @param strategy of clients whose key has none */
    public ClientPrompts(GatewaySettings settings, Strategy strategy, MessageJson json) {
        this.settings = settings;
        this.strategy = strategy;
        this.json = json;
    }

    /** Uses other settings for the requests that come from now on. */
    public void use(GatewaySettings others) {
        settings = others;
    }

    /** The settings of now. */
    GatewaySettings settings() {
        return settings;
    }

    /**
     * The request in a body, with the model that its alias stands for.
     *
     * @throws io.clauderoutes.ClaudeException.Rejected if it is not a request of the Messages API
     */
    MessagesRequest request(byte[] body) {
        return named(json.requestAsItIs(body));
    }

    /**
     * The prompt of a request.
     *
     * @param query of its URL, empty if there is none
     */
    Prompt prompt(String id, Client from, MessagesRequest asked, MultiMap headers, String query) {
        return new Prompt(
                id,
                asked,
                new Prompt.Options(
                                from.tenant(),
                                Optional.ofNullable(headers.get("x-claude-code-session-id")),
                                from.key()
                                        .flatMap(key -> key.replies().strategy())
                                        .orElse(strategy),
                                cacheUse(from, asked, headers),
                                List.of(),
                                "")
                        .with(tools(from, headers))
                        .withChecks(from.checks()),
                ClientHeaders.forwarded(headers),
                query);
    }

    /** The tools of the bundle that the key or the gateway gives a client. A client cannot choose them. */
    private ToolUse tools(Client client, MultiMap headers) {
        List<String> names = client.key()
                .flatMap(key -> key.requests().tools())
                .orElse(settings.defaults().tools());
        return names.isEmpty()
                ? ToolUse.NONE
                : new ToolUse(names, OptionalInt.empty(), "1".equals(headers.get(TOOL_EVENTS)));
    }

    /** The request with the model that its alias stands for. */
    private MessagesRequest named(MessagesRequest request) {
        String model = settings.defaults().models().get(request.model());
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
        boolean byKey = client.key()
                .flatMap(key -> key.requests().cache())
                .orElse(settings.defaults().cache());
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
    static boolean isRetriedByClient(MultiMap headers) {
        return headers.contains(RETRY_COUNT)
                || Optional.ofNullable(headers.get("user-agent")).orElse("").startsWith("claude-cli/");
    }
}
