package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeException.Rejected;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.message.RequestDefaults;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ClaudeSettings.RequestLimit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.WrappedFile;
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

    /** The byte order mark, which some editors write in front of a text. */
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final ClaudeSettings.Source defaults;
    private final Strategy strategy;
    private final Set<String> sinks;
    private final MessageJson json;
    private final RequestLimits limits;
    private final Supplier<String> ids;
    private final LongSupplier ticker;

    /**
     * Reads prompts.
     *
     * @param strategy used where a prompt names none
     * @param sinks names that a prompt may use
     * @param limits of what a prompt may ask for, by name
     */
    public PromptReader(
            ClaudeSettings.Source defaults,
            Strategy strategy,
            Set<String> sinks,
            Map<String, RequestLimit> limits,
            MessageJson json,
            Supplier<String> ids,
            LongSupplier ticker) {
        this.defaults = defaults;
        this.strategy = strategy;
        this.sinks = Set.copyOf(sinks);
        this.json = json;
        this.limits = new RequestLimits(limits, json);
        this.ids = ids;
        this.ticker = ticker;
    }

    /** Checks requests by other limits from now on. */
    public void use(Map<String, RequestLimit> others) {
        limits.use(others);
    }

    /**
     * Checks headers that an endpoint sets for each of its prompts.
     *
     * @throws Rejected if a prompt with them would be refused
     */
    public void check(Map<String, Object> headers) {
        HeaderOptions set = new HeaderOptions(headers);
        options(set);
        filledIn(set);
        set.betas();
        format(set);
        set.flag(ClaudeHeaders.STREAM);
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        if (message.getBody() instanceof Prompt made && isUnderWay(exchange, made)) {
            limits.check(made, Optional.ofNullable(exchange.getProperty(ClaudeHeaders.LIMITS, String.class)));
            Request.of(exchange).withSource(source(exchange)).putOn(exchange);
            return;
        }
        // An earlier request on the same exchange has ended.
        exchange.removeProperty(ClaudeHeaders.REQUEST);
        exchange.removeProperty(ClaudeHeaders.FAILURE_LOGGED);
        Prompt prompt = prompt(message);
        Request request = new Request(prompt, ticker.getAsLong(), source(exchange));
        // The requester of a direct endpoint waits in this process: there is no queue or folder to acknowledge.
        boolean isAcknowledged = !(exchange.getFromEndpoint() instanceof DirectEndpoint);
        (isAcknowledged ? request : request.unacknowledged()).putOn(exchange);
        message.setBody(prompt);
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
        HeaderOptions options = new HeaderOptions(headers);
        return new Prompt(ids.get(), request(message, options), options(options), wireHeaders(headers, options));
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

    private MessagesRequest request(Message message, HeaderOptions headers) {
        Optional<Boolean> stream = headers.flag(ClaudeHeaders.STREAM);
        RequestDefaults filledIn = filledIn(headers);
        PromptFormat format = format(headers);
        byte[] bytes = bytes(message);
        if (format.isRequest(bytes, json)) {
            return json.request(bytes, filledIn, stream);
        }
        String prompt = checked(decoded(bytes));
        if (prompt.isBlank()) {
            throw rejected(400, "invalid_request_error", "the message is empty: expected a prompt");
        }
        return json.request(
                List.of(new ContentPart.Text(prompt)), filledIn.withStream(stream.orElse(filledIn.stream())));
    }

    private RequestDefaults filledIn(HeaderOptions headers) {
        return new RequestDefaults(
                headers.text(ClaudeHeaders.MODEL).orElse(defaults.model()),
                checked(headers.text(ClaudeHeaders.SYSTEM).orElse(defaults.system())),
                headers.maxTokens().orElse(defaults.maxTokens()),
                defaults.stream(),
                headers.request());
    }

    private static PromptFormat format(HeaderOptions headers) {
        return headers.word(ClaudeHeaders.FORMAT, PromptFormat.class).orElse(PromptFormat.AUTO);
    }

    /** The body as UTF-8, whatever its type, without a byte order mark. */
    private byte[] bytes(Message message) {
        Object body = message.getBody();
        if (body instanceof String text) {
            return utf8(text);
        }
        if (body instanceof TextNode text) {
            return utf8(text.textValue());
        }
        if (body instanceof Map<?, ?> || body instanceof JsonNode) {
            return bounded(json.bytesOf(body));
        }
        return withoutMark(bytes(message, body));
    }

    private byte[] utf8(String text) {
        if (text.length() > defaults.maxBytes()) {
            throw tooLong();
        }
        return bounded(withoutMark(checked(text).getBytes(UTF_8)));
    }

    private static byte[] withoutMark(byte[] bytes) {
        return bytes.length >= MARK.length && Arrays.equals(bytes, 0, MARK.length, MARK, 0, MARK.length)
                ? Arrays.copyOfRange(bytes, MARK.length, bytes.length)
                : bytes;
    }

    private byte[] bounded(byte[] bytes) {
        if (bytes.length > defaults.maxBytes()) {
            throw tooLong();
        }
        return bytes;
    }

    private byte[] bytes(Message message, Object body) {
        if (body instanceof WrappedFile<?> file && file.getFileLength() > defaults.maxBytes()) {
            throw tooLong();
        }
        byte[] bytes;
        if (body instanceof byte[] array) {
            bytes = array;
        } else {
            InputStream in = message.getBody(InputStream.class);
            if (in == null) {
                throw rejected(
                        400,
                        "invalid_request_error",
                        "the message has no body that can be read as a prompt"
                                + (body == null ? "" : ": " + body.getClass().getName()));
            }
            try (in) {
                bytes = in.readNBytes(defaults.maxBytes() + 1);
            } catch (IOException broken) {
                throw new Rejected(
                        ApiError.ours(400, "invalid_request_error", "the prompt could not be read to its end"), broken);
            }
        }
        return bounded(bytes);
    }

    /** What a Java string can hold and a text cannot is refused rather than sent as something else. */
    private static String checked(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == 0) {
                throw rejected(400, "invalid_request_error", "the prompt is not text: it holds a NUL character");
            }
            if (Character.isSurrogate(unit)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(unit, text.charAt(i + 1))) {
                    throw rejected(400, "invalid_request_error", "the prompt is not text: it holds half a character");
                }
                i++;
            }
        }
        return text;
    }

    private static String decoded(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notText) {
            throw rejected(400, "invalid_request_error", "the prompt is not text in UTF-8");
        }
    }

    private Rejected tooLong() {
        return rejected(
                413,
                "request_too_large",
                "the prompt is longer than claude.source.max-bytes=" + defaults.maxBytes() + " bytes");
    }

    private Prompt.Options options(HeaderOptions headers) {
        return new Prompt.Options(
                headers.text(ClaudeHeaders.TENANT).orElse("default"),
                headers.text(ClaudeHeaders.SESSION),
                strategy(headers),
                headers.word(ClaudeHeaders.CACHE, CacheUse.class).orElse(CacheUse.USE),
                names(headers),
                headers.text(ClaudeHeaders.NAME).orElse(""));
    }

    private Strategy strategy(HeaderOptions headers) {
        if (headers.text(ClaudeHeaders.STRATEGY)
                .filter("auto"::equalsIgnoreCase)
                .isPresent()) {
            throw HeaderOptions.rejected(
                    ClaudeHeaders.STRATEGY + "=auto", "it is not available yet: expected stream or whole");
        }
        return headers.word(ClaudeHeaders.STRATEGY, Strategy.class).orElse(strategy);
    }

    private List<String> names(HeaderOptions headers) {
        List<String> names =
                headers.text(ClaudeHeaders.SINKS).isPresent() ? headers.list(ClaudeHeaders.SINKS) : List.of();
        if (!sinks.containsAll(names)) {
            throw HeaderOptions.rejected(
                    ClaudeHeaders.SINKS, "expected names of claude.sinks, of which there are " + sinks);
        }
        return names;
    }

    private static Rejected rejected(int status, String type, String message) {
        return new Rejected(ApiError.ours(status, type, message));
    }
}
