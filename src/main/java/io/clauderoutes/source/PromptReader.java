package io.clauderoutes.source;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeException.Rejected;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Memory;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.message.RequestDefaults;
import io.clauderoutes.request.ClientStream;
import io.clauderoutes.request.GatewayClient;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.RequestsInProgress;
import io.clauderoutes.request.TemplateFiller;
import io.clauderoutes.settings.RequestLimitSettings;
import io.clauderoutes.settings.SourceSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.direct.DirectEndpoint;

/**
 * Makes a {@link Prompt} of a message and begins its {@link Request}. What is not a prompt is refused here, before anything is
 * asked or paid for.
 */
public final class PromptReader implements Processor {

    /** Id of the route that this reads for, which routes of sources begin with. */
    private static final String FRONT_DOOR = "claude-source";

    /** The same for prompts that may wait. */
    private static final String BATCH_DOOR = "claude-batch";

    private static final Set<String> OPTIONS = Stream.concat(
                    ClaudeHeaders.options().stream(), Stream.of(ClaudeHeaders.NAME))
            .collect(Collectors.toUnmodifiableSet());

    /** Header of the API that names betas. */
    private static final String BETA = "anthropic-beta";

    private final SourceSettings defaults;
    private final Strategy strategy;
    private final Rules rules;
    private final PromptBody body;
    private final RequestLimits limits;
    private final Supplier<String> ids;
    private final LongSupplier ticker;
    private final RequestsInProgress inProgress;

    /**
     * Reads prompts.
     *
     * @param strategy used where a prompt names none
     * @param rules of what a prompt may name and ask for
     * @param inProgress gets each request; its end is recorded at the end of the stages
     */
    public PromptReader(
            SourceSettings defaults,
            Strategy strategy,
            Rules rules,
            MessageJson json,
            Supplier<String> ids,
            LongSupplier ticker,
            RequestsInProgress inProgress) {
        this.defaults = defaults;
        this.strategy = strategy;
        this.rules = rules;
        this.body = new PromptBody(json, defaults.maxBytes());
        this.limits = new RequestLimits(rules.limits(), json);
        this.ids = ids;
        this.ticker = ticker;
        this.inProgress = inProgress;
    }

    /**
     * What prompts may name and ask for.
     *
     * @param sinks that a prompt may name
     * @param tools that a prompt may name
     * @param checks that a prompt may name
     * @param limits of what a prompt may ask for, by name
     * @param schemas reads the output schema that a text is, or throws an {@link IllegalArgumentException}
     * @param templates that a prompt may name
     */
    public record Rules(
            SinkNames sinks,
            ToolNames tools,
            CheckNames checks,
            Map<String, RequestLimitSettings> limits,
            Function<String, OutputSchema> schemas,
            TemplateFiller templates) {

        public Rules {
            limits = Map.copyOf(limits);
        }
    }

    /** Checks requests by other limits from now on. */
    public void use(Map<String, RequestLimitSettings> others) {
        limits.use(others);
    }

    /**
     * Checks headers that an endpoint sets for each of its prompts.
     *
     * @throws Rejected if a prompt with them would be refused
     */
    public void check(Map<String, Object> headers) {
        HeaderOptions set = new HeaderOptions(headers, rules.schemas());
        options(set, set.list(ClaudeHeaders.SINKS), set.list(ClaudeHeaders.TOOLS));
        filledIn(set);
        set.betas();
        format(set);
        set.flag(ClaudeHeaders.STREAM);
        memory(set);
        set.text(ClaudeHeaders.TEMPLATE)
                .ifPresent(name -> templated(() -> {
                    rules.templates().check(name);
                    return name;
                }));
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        if (message.getBody() instanceof Prompt made && isUnderWay(exchange, made)) {
            limits.check(made, Optional.ofNullable(exchange.getProperty(ClaudeHeaders.LIMITS, String.class)));
            begin(exchange, Request.of(exchange).withSource(source(exchange)));
            return;
        }
        // An earlier request on the same exchange has ended.
        exchange.removeProperty(ClaudeHeaders.REQUEST);
        exchange.removeProperty(ClaudeHeaders.FAILURE_LOGGED);
        Prompt prompt = prompt(message);
        Request request = begun(exchange, prompt);
        // The requester of a direct endpoint waits in this process: there is no queue or folder to acknowledge.
        boolean isAcknowledged = !(exchange.getFromEndpoint() instanceof DirectEndpoint);
        begin(exchange, isAcknowledged ? request : request.unacknowledged());
        message.setBody(prompt);
    }

    private void begin(Exchange exchange, Request request) {
        request.putOn(exchange);
        inProgress.begin(request);
    }

    private Request begun(Exchange exchange, Prompt prompt) {
        Request request = new Request(prompt, ticker.getAsLong(), source(exchange));
        ClientStream reader = (ClientStream) exchange.removeProperty(ClaudeHeaders.READER);
        return reader == null ? request : request.from(GatewayClient.route(reader));
    }

    /**
     * The prompt that a message is.
     *
     * @throws ClaudeException if it is none, or is beyond the limits of its tenant
     */
    public Prompt prompt(Message message) {
        Prompt prompt = message.getBody() instanceof Prompt made ? made : read(message);
        limits.check(prompt, Optional.empty());
        return prompt;
    }

    /** Whether the gateway or another entry has begun the request of this prompt. */
    @SuppressWarnings("ReferenceEquality") // this very prompt, not one like it
    private static boolean isUnderWay(Exchange exchange, Prompt prompt) {
        Request request = Request.of(exchange);
        return request != null && request.prompt() == prompt;
    }

    /** The name of a source of the settings; otherwise the id of the route that the exchange began on. */
    private static String source(Exchange exchange) {
        String route = exchange.getFromRouteId();
        if (route == null || route.equals(FRONT_DOOR) || route.equals(BATCH_DOOR)) {
            return "direct";
        }
        return route.startsWith(FRONT_DOOR + "-") ? route.substring(FRONT_DOOR.length() + 1) : route;
    }

    private Prompt read(Message message) {
        Map<String, Object> headers = message.getHeaders();
        headers.keySet().forEach(PromptReader::checkSpelling);
        HeaderOptions options = new HeaderOptions(headers, rules.schemas());
        RequestDefaults filledIn = filledIn(options);
        MessagesRequest request = request(message, options, filledIn);
        return new Prompt(
                ids.get(),
                request,
                options(
                                options,
                                texts(message.getExchange().removeProperty(ClaudeHeaders.ROUTE_SINKS)),
                                texts(message.getExchange().getProperty(ClaudeHeaders.ROUTE_TOOLS)))
                        .withOutput(filledIn.options().output().map(schema -> output(request, schema))),
                wireHeaders(headers, options));
    }

    private MessagesRequest request(Message message, HeaderOptions options, RequestDefaults filledIn) {
        Optional<Boolean> stream = options.flag(ClaudeHeaders.STREAM);
        Optional<String> template = options.text(ClaudeHeaders.TEMPLATE);
        if (template.isEmpty()) {
            return body.request(message, format(options), filledIn, stream);
        }
        // What a template makes of data is a text, whatever it looks like.
        String text = templated(() -> {
            rules.templates().check(template.get());
            return rules.templates().fill(template.get(), body.values(message));
        });
        return body.request(message, text, filledIn.withStream(stream.orElse(filledIn.stream())));
    }

    private static String templated(Supplier<String> filling) {
        try {
            return filling.get();
        } catch (IllegalArgumentException wrong) {
            throw HeaderOptions.rejected(ClaudeHeaders.TEMPLATE, wrong.getMessage());
        }
    }

    private static Memory memory(HeaderOptions headers) {
        boolean clears = headers.flag(ClaudeHeaders.MEMORY_CLEAR).orElse(false);
        if (!headers.flag(ClaudeHeaders.MEMORY).orElse(false)) {
            return Memory.OFF;
        }
        return clears ? Memory.CLEAR : Memory.ON;
    }

    private OutputSchema output(MessagesRequest request, OutputSchema filledIn) {
        OutputSchema used = body.output(request, filledIn);
        try {
            return used.equals(filledIn) ? used : rules.schemas().apply(used.text());
        } catch (IllegalArgumentException wrong) {
            throw rejected(400, "invalid_request_error", "output_config.format.schema: " + wrong.getMessage());
        }
    }

    /** Texts that an option of a route or a setting has given. */
    private static Collection<String> texts(Object list) {
        return list instanceof Collection<?> texts
                ? texts.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The betas, and the headers by which the endpoint's log can be found from the caller's; invalid ones are left out. */
    private static Map<String, String> wireHeaders(Map<String, Object> headers, HeaderOptions options) {
        Map<String, String> valid = new HashMap<>();
        options.betas().ifPresent(betas -> valid.put(BETA, betas));
        headers.forEach((name, value) -> {
            if (Correlation.isName(name)) {
                HeaderText.of(value)
                        .flatMap(text -> Correlation.valid(name, text))
                        .ifPresent(text -> valid.put(name.toLowerCase(Locale.ROOT), text));
            }
        });
        return valid;
    }

    /** Camel's headers have no case, and some consumers let a header of ours in when it is spelled in another one. */
    private static void checkSpelling(String name) {
        if (ClaudeHeaders.isOurs(name)
                && !OPTIONS.contains(name)
                && OPTIONS.stream().anyMatch(name::equalsIgnoreCase)) {
            throw rejected(
                    400,
                    "invalid_request_error",
                    "a header of the bundle is spelled in another case: it came from outside. Remove such"
                            + " headers before you set your own");
        }
    }

    private RequestDefaults filledIn(HeaderOptions headers) {
        return new RequestDefaults(
                headers.text(ClaudeHeaders.MODEL).orElse(defaults.model()),
                PromptText.checked(headers.text(ClaudeHeaders.SYSTEM).orElse(defaults.system())),
                headers.maxTokens().orElse(defaults.maxTokens()),
                defaults.stream(),
                headers.request());
    }

    private static PromptFormat format(HeaderOptions headers) {
        return headers.word(ClaudeHeaders.FORMAT, PromptFormat.class).orElse(PromptFormat.AUTO);
    }

    private Prompt.Options options(
            HeaderOptions headers, Collection<String> trustedSinks, Collection<String> trustedTools) {
        return new Prompt.Options(
                headers.text(ClaudeHeaders.TENANT).orElse("default"),
                new Prompt.Conversation(headers.text(ClaudeHeaders.SESSION), memory(headers)),
                new Prompt.DeliveryOptions(
                        headers.word(ClaudeHeaders.STRATEGY, Strategy.class).orElse(strategy),
                        rules.sinks().of(headers, trustedSinks)),
                headers.word(ClaudeHeaders.CACHE, CacheUse.class).orElse(CacheUse.USE),
                headers.text(ClaudeHeaders.NAME).orElse(""),
                new Prompt.ReplyRules(Optional.empty(), rules.checks().of(headers)),
                rules.tools().of(headers, trustedTools));
    }

    private static Rejected rejected(int status, String type, String message) {
        return new Rejected(ApiError.ours(status, type, message));
    }
}
