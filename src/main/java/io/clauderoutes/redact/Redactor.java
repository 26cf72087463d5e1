package io.clauderoutes.redact;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.stream.Flight;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.camel.Body;
import org.apache.camel.Exchange;

/** The redaction stage: answers on their way out, prompts on their way in where that is asked for, and any text by itself. */
public final class Redactor {

    private static final Pattern BATCHES = Pattern.compile("/v1/messages/batches/?(\\?.*)?");
    private static final Pattern RESULTS = Pattern.compile("/v1/messages/batches/[^/?]+/results/?(\\?.*)?");
    private static final int FIRST_ERROR = 400;

    private final ClaudeSettings.Redact settings;
    private final RedactionRules rules;
    private final MessageJson json;
    private final RedactionListener counts;

    public Redactor(ClaudeSettings.Redact settings, MessageJson json, ClaudeMeters meters) {
        this.settings = settings;
        this.rules = new RedactionRules(
                new RedactionPolicy(policySettings(settings)), settings.keepsToolInput(), settings.dropThinking());
        this.json = json;
        this.counts = kind -> meters.redacted(kind, 1);
    }

    private static RedactionSettings policySettings(ClaudeSettings.Redact settings) {
        Map<Kind, KindSettings> kinds = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            ClaudeSettings.Kind its = settings.kinds().get(kind.label());
            kinds.put(kind, new KindSettings(its.enabled(), its.validated(), its.replacement()));
        }
        List<PatternSettings> patterns = new ArrayList<>();
        settings.patterns()
                .forEach((name, pattern) -> patterns.add(
                        new PatternSettings(name, pattern.pattern(), pattern.replacement(), pattern.maxLength())));
        return new RedactionSettings(kinds, patterns);
    }

    /** Changes with everything that changes what this stage gives out; part of every cache key. */
    public String version() {
        return settings.enabled() ? rules.version() : "off";
    }

    /** Wraps the reply in the body. */
    public void redactReply(Exchange exchange) {
        if (settings.enabled()) {
            ReplyStream reply = (ReplyStream) exchange.getMessage().getBody();
            exchange.getMessage().setBody(new RedactedStream(reply, rules, json, counts));
        }
    }

    /** Takes personal data and secrets out of the prompt in the body, if {@code claude.redact.prompts.enabled}. */
    public void redactPrompt(Exchange exchange) {
        if (settings.prompts()) {
            Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
            Prompt prompt = flight.prompt();
            MessagesRequest request = prompt.request();
            byte[] redacted = redactRequest(request.json().bytes(), Place.REQUEST);
            Prompt safe = prompt.withRequest(
                    new MessagesRequest(new Frame(redacted), request.model(), request.maxTokens(), request.stream()));
            exchange.setProperty(ClaudeHeaders.FLIGHT, flight.asking(safe));
            exchange.getMessage().setBody(safe);
        }
    }

    private byte[] redactRequest(byte[] request, Place place) {
        try {
            return rules.requests(counts).redact(request, place);
        } catch (DocumentRedactor.NotJson notJson) {
            throw new ClaudeException.Rejected(
                    ApiError.ours(400, "invalid_request_error", "the request is not JSON: " + notJson.getMessage()),
                    notJson);
        }
    }

    /**
     * Makes a call of the API that no stage sees, such as counting tokens or creating a batch: its body is redacted as
     * that of a prompt, and its results and errors as replies.
     */
    public PlainResponse passThrough(PlainRequest request, Function<PlainRequest, PlainResponse> api) {
        return redactResponse(request, api.apply(settings.prompts() ? redactBody(request) : request));
    }

    private PlainRequest redactBody(PlainRequest request) {
        if (request.body().length() == 0) {
            return request;
        }
        Place place = BATCHES.matcher(request.path()).matches() ? Place.BATCH : Place.REQUEST;
        return new PlainRequest(
                request.method(),
                request.path(),
                request.headers(),
                new Frame(redactRequest(request.body().bytes(), place)),
                request.credential());
    }

    private PlainResponse redactResponse(PlainRequest request, PlainResponse response) {
        byte[] plain = response.body().bytes();
        byte[] safe = plain;
        if (response.status() >= FIRST_ERROR) {
            safe = redactError(plain);
        } else if (settings.enabled() && RESULTS.matcher(request.path()).matches()) {
            safe = rules.documents(counts).lines(plain, Place.RESULT_LINE);
        }
        return new PlainResponse(response.status(), response.headers(), new Frame(safe));
    }

    /** The body of an error of the API, which may quote the request. */
    public byte[] redactError(byte[] body) {
        return settings.enabled() ? rules.documents(counts).redacted(body, Place.ERROR) : body;
    }

    /** A text without personal data and secrets; what {@code kamelet:claude-redact-action} does. */
    public String redactText(@Body String text) {
        return rules.policy().redactor(counts).redact(text);
    }
}
