package io.clauderoutes.redact;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.RedactKindSettings;
import io.clauderoutes.settings.RedactPatternSettings;
import io.clauderoutes.settings.RedactSettings;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/** The redaction stage: answers on their way out, prompts on their way in where that is asked for, and any text by itself. */
public final class Redactor {

    private static final Pattern BATCHES = Pattern.compile("/v1/messages/batches/?(\\?.*)?");
    private static final Pattern RESULTS = Pattern.compile("/v1/messages/batches/[^/?]+/results/?(\\?.*)?");
    private static final int FIRST_ERROR = 400;
    private static final String UNNAMED = "";

    /** Exchange property: the policy of the request. */
    private static final String POLICY = "claudeRedactionPolicy";

    /** The policies by name; that of {@code claude.redact} has none. */
    private volatile Map<String, Policy> policies;

    private final MessageJson json;
    private final RedactionListener counts;

    /** What one policy does, and how. */
    private record Policy(boolean replies, boolean prompts, boolean toolOutput, RedactionRules rules) {
        static Policy of(RedactSettings settings) {
            return new Policy(
                    settings.enabled(),
                    settings.scope().prompts(),
                    settings.scope().prompts() || settings.scope().redactsToolOutput(),
                    rulesOf(settings));
        }
    }

    public Redactor(RedactSettings settings, MessageJson json, ClaudeMeters meters) {
        this.policies = policies(settings);
        this.json = json;
        this.counts = kind -> meters.replies().redacted(kind, 1);
    }

    public static RedactionRules rulesOf(RedactSettings settings) {
        return new RedactionRules(
                new RedactionPolicy(policySettings(settings)),
                settings.scope().keepsToolInput(),
                settings.scope().dropThinking());
    }

    /**
     * Checks all patterns.
     *
     * @throws SettingsException with one line for each pattern that cannot be used
     */
    public static void check(RedactSettings settings) {
        List<String> mistakes = new ArrayList<>(mistakes("", settings));
        settings.policies().forEach((name, policy) -> mistakes.addAll(mistakes("policies." + name + ".", policy)));
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    /** @param within where the settings of a policy are below {@code claude.redact} */
    private static List<String> mistakes(String within, RedactSettings settings) {
        List<String> mistakes = new ArrayList<>();
        settings.patterns().forEach((name, pattern) -> {
            try {
                UserPattern.of(patternSettings(name, pattern));
            } catch (IllegalArgumentException wrong) {
                mistakes.add(String.valueOf(wrong.getMessage())
                        .replace("claude.redact.patterns.", "claude.redact." + within + "patterns."));
            }
        });
        return mistakes;
    }

    private static Map<String, Policy> policies(RedactSettings settings) {
        check(settings);
        Map<String, Policy> policies = new HashMap<>();
        policies.put(UNNAMED, Policy.of(settings));
        settings.policies().forEach((name, policy) -> policies.put(name, Policy.of(policy)));
        return Map.copyOf(policies);
    }

    /**
     * Prepares other policies. Requests that have begun keep theirs.
     *
     * @return puts the policies into effect
     */
    public Runnable prepare(RedactSettings settings) {
        // A request that was admitted before the change may name a policy that is gone now.
        Map<String, Policy> next = new HashMap<>(policies);
        next.putAll(policies(settings));
        return () -> policies = Map.copyOf(next);
    }

    /** The policy that a request began with. */
    private Policy policy(Exchange exchange) {
        Policy begun = exchange.getProperty(POLICY, Policy.class);
        return begun == null ? begin(exchange) : begun;
    }

    private Policy begin(Exchange exchange) {
        Policy policy = policy(exchange.getProperty(ClaudeHeaders.REDACT_POLICY, UNNAMED, String.class));
        exchange.setProperty(POLICY, policy);
        return policy;
    }

    private static RedactionSettings policySettings(RedactSettings settings) {
        Map<Kind, KindSettings> kinds = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            RedactKindSettings its = settings.kinds().get(kind.label());
            kinds.put(kind, new KindSettings(its.enabled(), its.validated(), its.replacement()));
        }
        List<PatternSettings> patterns = new ArrayList<>();
        settings.patterns().forEach((name, pattern) -> patterns.add(patternSettings(name, pattern)));
        return new RedactionSettings(kinds, patterns);
    }

    private static PatternSettings patternSettings(String name, RedactPatternSettings settings) {
        return new PatternSettings(name, settings.pattern(), settings.replacement(), settings.maxLength());
    }

    /** Changes with everything that changes what the policy of a request gives out; part of every cache key. */
    public String version(Exchange exchange) {
        Policy policy = policy(exchange);
        return policy.replies() ? policy.rules().version() : "off";
    }

    /** Wraps the reply in the body. */
    public void redactReply(Exchange exchange) {
        Policy policy = policy(exchange);
        if (policy.replies()) {
            ReplyStream reply = (ReplyStream) exchange.getMessage().getBody();
            exchange.getMessage().setBody(RedactedStream.of(reply, policy.rules(), json, counted(exchange)));
        }
    }

    private RedactionListener counted(Exchange exchange) {
        Request request = Request.of(exchange);
        return request == null
                ? counts
                : kind -> {
                    counts.replaced(kind);
                    request.progress().redacted(kind);
                };
    }

    /** Takes personal data and secrets out of the prompt in the body, if {@code claude.redact.prompts.enabled}. */
    public void redactPrompt(Exchange exchange) {
        Policy policy = begin(exchange);
        Request request = Request.of(exchange).withErrorRedaction(body -> redactError(policy, body));
        if (policy.prompts()) {
            MessagesRequest sent = request.prompt().request();
            byte[] redacted = redactRequest(policy, sent.json().bytes(), Place.REQUEST);
            Prompt safe = request.prompt()
                    .withRequest(
                            new MessagesRequest(new Frame(redacted), sent.model(), sent.maxTokens(), sent.stream()));
            request = request.withPrompt(safe);
            exchange.getMessage().setBody(safe);
        }
        request.putOn(exchange);
    }

    /**
     * The JSON of a Messages request that no stage sees, if the policy redacts prompts.
     *
     * @param name of the policy, if it is not that of {@code claude.redact}
     */
    public byte[] redactRequest(Optional<String> name, byte[] request) {
        Policy policy = policy(name.orElse(UNNAMED));
        return policy.prompts() ? redactRequest(policy, request, Place.REQUEST) : request;
    }

    /** A result of a tool as it goes to the model: it is a part of the prompt. */
    public String redactToolOutput(Exchange exchange, String text) {
        Policy policy = policy(exchange);
        return policy.toolOutput() ? policy.rules().policy().redactor(counts).redact(text) : text;
    }

    /** A text that a requester gets beside the reply, redacted as replies are. */
    public String redactReplyText(Exchange exchange, String text) {
        Policy policy = policy(exchange);
        return policy.replies() ? policy.rules().policy().redactor(counts).redact(text) : text;
    }

    /** Whether the prompts of requests without a policy of their own are redacted. */
    public boolean redactsPrompts() {
        return policies.get(UNNAMED).prompts();
    }

    /** A line of the results of a batch. */
    public byte[] redactResult(Optional<String> name, byte[] line) {
        Policy policy = policy(name.orElse(UNNAMED));
        return policy.replies() ? policy.rules().documents(counts).redacted(line, Place.RESULT_LINE) : line;
    }

    private byte[] redactRequest(Policy policy, byte[] request, Place place) {
        try {
            return policy.rules().requests(counts).redact(request, place);
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
        Policy policy = policy(request.redactPolicy().orElse(UNNAMED));
        return redactResponse(policy, request, api.apply(policy.prompts() ? redactBody(policy, request) : request));
    }

    private PlainRequest redactBody(Policy policy, PlainRequest request) {
        if (request.body().length() == 0) {
            return request;
        }
        Place place = BATCHES.matcher(request.path()).matches() ? Place.BATCH : Place.REQUEST;
        return new PlainRequest(
                request.method(),
                request.path(),
                request.headers(),
                new Frame(redactRequest(policy, request.body().bytes(), place)),
                request.credential(),
                request.redactPolicy());
    }

    private PlainResponse redactResponse(Policy policy, PlainRequest request, PlainResponse response) {
        byte[] plain = response.body().bytes();
        byte[] safe = plain;
        if (!policy.replies()) {
            return response;
        }
        if (response.status() >= FIRST_ERROR) {
            safe = policy.rules().documents(counts).redacted(plain, Place.ERROR);
        } else if (RESULTS.matcher(request.path()).matches()) {
            safe = policy.rules().documents(counts).lines(plain, Place.RESULT_LINE);
        }
        return new PlainResponse(response.status(), response.headers(), new Frame(safe));
    }

    /** The body of an error of the API, which may quote the request, by the policy of {@code claude.redact}. */
    public byte[] redactError(byte[] body) {
        return redactError(policies.get(UNNAMED), body);
    }

    private byte[] redactError(Policy policy, byte[] body) {
        return policy.replies() ? policy.rules().documents(counts).redacted(body, Place.ERROR) : body;
    }

    /**
     * A text without personal data and secrets.
     *
     * @param policy name of the policy; empty for that of {@code claude.redact}
     */
    public String redactText(String text, String policy) {
        return policy(policy).rules().policy().redactor(counts).redact(text);
    }

    private Policy policy(String name) {
        Policy policy = policies.get(name);
        if (policy == null) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    400, "invalid_request_error", "there is no redaction policy claude.redact.policies." + name));
        }
        return policy;
    }
}
