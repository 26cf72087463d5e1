package io.clauderoutes;

import java.util.Set;
import org.apache.camel.spi.Metadata;

/**
 * Every message header of the bundle, and the exchange properties by which its stages hand a request over. Names begin with
 * {@code CamelClaude}, so that no consumer takes them in from outside and no producer lets them out.
 */
public final class ClaudeHeaders {

    /** In: model id, free text. */
    @Metadata(javaType = "String")
    public static final String MODEL = "CamelClaudeModel";
    /** In: system prompt, text. */
    @Metadata(javaType = "String")
    public static final String SYSTEM = "CamelClaudeSystem";
    /** In: upper bound on output tokens, whole number. */
    @Metadata(javaType = "Long")
    public static final String MAX_TOKENS = "CamelClaudeMaxTokens";
    /** In: whether the reply is asked for as a stream, boolean. */
    @Metadata(javaType = "Boolean")
    public static final String STREAM = "CamelClaudeStream";
    /** In: when the answer is handed on: {@code stream}, {@code whole} or {@code auto}. */
    @Metadata(javaType = "String")
    public static final String STRATEGY = "CamelClaudeStrategy";
    /** In: conversation id, for order and stickiness, text. */
    @Metadata(javaType = "String")
    public static final String SESSION = "CamelClaudeSession";
    /** In: whose limits, cache and bill, text. */
    @Metadata(javaType = "String")
    public static final String TENANT = "CamelClaudeTenant";
    /** In: names of configured sinks, or URIs that claude.fan-out.dynamic-sinks allows, separated by commas. */
    @Metadata(javaType = "String")
    public static final String SINKS = "CamelClaudeSinks";
    /** In: {@code use}, {@code refresh} or {@code bypass}. */
    @Metadata(javaType = "String")
    public static final String CACHE = "CamelClaudeCache";

    /** In: what the body is: {@code auto}, {@code text} or {@code request} (a Messages request; {@code json} means the same). */
    @Metadata(javaType = "String")
    public static final String FORMAT = "CamelClaudeFormat";
    /** In: randomness of the reply, number from 0 to 1. */
    @Metadata(javaType = "Double")
    public static final String TEMPERATURE = "CamelClaudeTemperature";
    /** In: share of the probability mass that tokens are drawn from, number from 0 to 1. */
    @Metadata(javaType = "Double")
    public static final String TOP_P = "CamelClaudeTopP";
    /** In: texts at which the model stops, separated by commas, or a list. */
    @Metadata(javaType = "String")
    public static final String STOP_SEQUENCES = "CamelClaudeStopSequences";
    /** In: tokens that the model may use to think, whole number; 0 turns thinking off. */
    @Metadata(javaType = "Long")
    public static final String THINKING_BUDGET = "CamelClaudeThinkingBudget";
    /** In: how much work the model puts into the reply: {@code low}, {@code medium}, {@code high}, {@code xhigh} or {@code max}. */
    @Metadata(javaType = "String")
    public static final String EFFORT = "CamelClaudeEffort";
    /** In: beta features of the API, separated by commas, or a list. */
    @Metadata(javaType = "String")
    public static final String BETAS = "CamelClaudeBetas";
    /** In: which tool of the request the model uses: {@code auto}, {@code any}, {@code none} or the name of a tool. */
    @Metadata(javaType = "String")
    public static final String TOOL_CHOICE = "CamelClaudeToolChoice";
    /** In: tools of the bundle that the model may use, separated by commas, or a list: names, {@code tag:} with a tag, {@code mcp:} with a server. */
    @Metadata(javaType = "String")
    public static final String TOOLS = "CamelClaudeTools";
    /** In: calls of the model that a request with tools may make, whole number. */
    @Metadata(javaType = "Integer")
    public static final String MAX_ROUNDS = "CamelClaudeMaxRounds";
    /** In: whether sinks with chunks get events of tool calls, boolean. */
    @Metadata(javaType = "Boolean")
    public static final String TOOL_EVENTS = "CamelClaudeToolEvents";
    /** In: stop reasons with which {@code claude:messages} fails, such as {@code refusal,max_tokens}, or a list. */
    @Metadata(javaType = "String")
    public static final String FAIL_ON = "CamelClaudeFailOn";
    /** In: whether the body after {@code claude:messages} is an iterator of the chunks of the reply, boolean. */
    @Metadata(javaType = "Boolean")
    public static final String STREAMING = "CamelClaudeStreaming";
    /** In: JSON schema that the reply has to fit, the text of the schema. */
    @Metadata(javaType = "String")
    public static final String OUTPUT_SCHEMA = "CamelClaudeOutputSchema";
    /** In: checks that the reply has to pass, names of claude.checks separated by commas, or a list. */
    @Metadata(javaType = "String")
    public static final String CHECKS = "CamelClaudeChecks";
    /** In: whether the history of the session is sent with the prompt, and the turn is stored, boolean. */
    @Metadata(javaType = "Boolean")
    public static final String MEMORY = "CamelClaudeMemory";
    /** In: whether the history of the session is deleted before the prompt is sent, boolean. */
    @Metadata(javaType = "Boolean")
    public static final String MEMORY_CLEAR = "CamelClaudeMemoryClear";
    /** In: name of a template in claude.templates, which is filled with the message, text. */
    @Metadata(javaType = "String")
    public static final String TEMPLATE = "CamelClaudeTemplate";
    /** In: name of a redaction policy, for {@code claude:redact}. */
    @Metadata(javaType = "String")
    public static final String POLICY = "CamelClaudePolicy";

    /** Out: checks that the reply has passed, names separated by commas, text. */
    @Metadata(javaType = "String")
    public static final String CHECK = "CamelClaudeCheck";
    /** From a route that checks: stop, or stop and a reason behind a colon, text. */
    @Metadata(javaType = "String")
    public static final String VERDICT = "CamelClaudeVerdict";
    /** To a route that checks: the text of the reply that was handed on before the body, text. */
    @Metadata(javaType = "String")
    public static final String TEXT_BEFORE = "CamelClaudeTextBefore";
    /** Out: id of the message, text. */
    @Metadata(javaType = "String")
    public static final String REPLY_ID = "CamelClaudeReplyId";
    /** Out: the API's word, such as {@code end_turn}. */
    @Metadata(javaType = "String")
    public static final String STOP_REASON = "CamelClaudeStopReason";
    /** Out: fresh input tokens, long; absent when the endpoint did not tell. */
    @Metadata(javaType = "Long")
    public static final String INPUT_TOKENS = "CamelClaudeInputTokens";
    /** Out: output tokens, long; absent when the endpoint did not tell. */
    @Metadata(javaType = "Long")
    public static final String OUTPUT_TOKENS = "CamelClaudeOutputTokens";
    /** Out: input tokens read from the prompt cache, long. */
    @Metadata(javaType = "Long")
    public static final String CACHE_READ_TOKENS = "CamelClaudeCacheReadTokens";
    /** Out: input tokens written to the prompt cache, long. */
    @Metadata(javaType = "Long")
    public static final String CACHE_WRITE_TOKENS = "CamelClaudeCacheWriteTokens";
    /** Out: US dollars that the call which answered cost, {@link java.math.BigDecimal}; absent when that is not known. */
    @Metadata(javaType = "java.math.BigDecimal")
    public static final String COST = "CamelClaudeCost";
    /** Out: {@code hit}, {@code miss}, {@code joined} or {@code bypass}. */
    @Metadata(javaType = "String")
    public static final String CACHE_STATUS = "CamelClaudeCacheStatus";
    /** Out: name of the endpoint that answered. */
    @Metadata(javaType = "String")
    public static final String ENDPOINT = "CamelClaudeEndpoint";
    /** Out: calls that were made for this request, int; 0 when none was needed. */
    @Metadata(javaType = "Integer")
    public static final String ATTEMPTS = "CamelClaudeAttempts";
    /** Out: the API's request id. */
    @Metadata(javaType = "String")
    public static final String REQUEST_ID = "CamelClaudeRequestId";
    /** Out: milliseconds from the prompt's arrival to the first content, long. */
    @Metadata(javaType = "Long")
    public static final String TIME_TO_FIRST_TOKEN = "CamelClaudeTimeToFirstToken";

    /** Out: what the strategy {@code auto} chose and why, such as {@code stream: long-reply (expected 400 tokens in 6500 ms)}; absent otherwise. */
    @Metadata(javaType = "String")
    public static final String STRATEGY_REASON = "CamelClaudeStrategyReason";

    /** Out: calls of the model in a request with tools, int; absent in any other. */
    @Metadata(javaType = "Integer")
    public static final String ROUNDS = "CamelClaudeRounds";

    /** To routes of tools: name of the tool, text. */
    @Metadata(javaType = "String")
    public static final String TOOL = "CamelClaudeTool";
    /** To routes of tools: the API's id of the call, text. */
    @Metadata(javaType = "String")
    public static final String TOOL_CALL_ID = "CamelClaudeToolCallId";
    /** To routes of tools: round of the request, int from 1. */
    @Metadata(javaType = "Integer")
    public static final String ROUND = "CamelClaudeRound";
    /** To sinks with chunks: what happened to a call of a tool, JSON; the body is empty then. */
    @Metadata(javaType = "String")
    public static final String TOOL_EVENT = "CamelClaudeToolEvent";

    /** To sinks: our id of the request, text. */
    @Metadata(javaType = "String")
    public static final String PROMPT_ID = "CamelClaudePromptId";
    /** To sinks: what the source calls the prompt (a file's name), text. */
    @Metadata(javaType = "String")
    public static final String NAME = "CamelClaudeName";
    /** To sinks with chunks: the chunk's number from 0, int. */
    @Metadata(javaType = "Integer")
    public static final String CHUNK = "CamelClaudeChunk";
    /** To sinks with chunks: true on the message after the last chunk, which is empty. */
    @Metadata(javaType = "Boolean")
    public static final String LAST = "CamelClaudeLast";

    /** To dead letters: what went wrong, without prompt or key. */
    @Metadata(javaType = "String")
    public static final String ERROR = "CamelClaudeError";
    /** To dead letters: the API's error type. */
    @Metadata(javaType = "String")
    public static final String ERROR_TYPE = "CamelClaudeErrorType";
    /** To dead letters: HTTP status, int. */
    @Metadata(javaType = "Integer")
    public static final String ERROR_STATUS = "CamelClaudeErrorStatus";

    /** Exchange property: the {@link io.clauderoutes.request.Request} of the exchange. Not an interface. */
    public static final String REQUEST = "claudeRequest";

    /** Exchange property: the {@link io.clauderoutes.request.Attempt} that the exchange makes. Not an interface. */
    public static final String ATTEMPT = "claudeAttempt";

    /** Exchange property: the name of the limits of a request's key, text; absent where it has none. Not an interface. */
    public static final String LIMITS = "claudeLimits";

    /** Exchange property: the name of the redaction policy of a request, text; absent for that of {@code claude.redact}. Not an interface. */
    public static final String REDACT_POLICY = "claudeRedactPolicy";

    /** Exchange property: the {@link io.clauderoutes.request.ClientStream} of a route that reads the reply as it arrives. Not an interface. */
    public static final String READER = "claudeReader";

    /** Exchange property: the sinks that an option of a route names, a list of texts: their URIs are trusted. Not an interface. */
    public static final String ROUTE_SINKS = "claudeRouteSinks";

    /** Exchange property: the tools that an option of a route or a setting names, a list of texts. Not an interface. */
    public static final String ROUTE_TOOLS = "claudeRouteTools";

    /** Exchange property: the names of the tools in whose calls an exchange is, a list of texts. Not an interface. */
    public static final String TOOL_CALLS = "claudeToolCalls";

    /** Exchange property: what a source itself knows a message by, text; absent where it has no such id. Not an interface. */
    public static final String SOURCE_ID = "claudeSourceId";

    /** Exchange property: the name of the gateway client that a request comes from, text. Not an interface. */
    public static final String CLIENT = "claudeClient";

    /** Exchange property: true once the failure of the exchange has its line in the log. Not an interface. */
    public static final String FAILURE_LOGGED = "claudeFailureLogged";

    /** Exchange property: the id that the gateway's response to the request has, until the request begins. */
    public static final String RESPONSE_ID = "claudeResponseId";

    /** Exchange property: which failures are not the end of a source's message, because it is tried again. Not an interface. */
    public static final String TRIED_AGAIN = "claudeTriedAgain";

    private static final Set<String> OPTIONS = Set.of(
            MODEL,
            SYSTEM,
            MAX_TOKENS,
            STREAM,
            STRATEGY,
            SESSION,
            TENANT,
            SINKS,
            CACHE,
            FORMAT,
            TEMPERATURE,
            TOP_P,
            STOP_SEQUENCES,
            THINKING_BUDGET,
            EFFORT,
            BETAS,
            TOOL_CHOICE,
            POLICY,
            TOOLS,
            MAX_ROUNDS,
            TOOL_EVENTS,
            FAIL_ON,
            STREAMING,
            OUTPUT_SCHEMA,
            MEMORY,
            MEMORY_CLEAR,
            CHECKS,
            TEMPLATE);

    private static final Set<String> RESULTS = Set.of(
            REPLY_ID,
            STOP_REASON,
            INPUT_TOKENS,
            OUTPUT_TOKENS,
            CACHE_READ_TOKENS,
            CACHE_WRITE_TOKENS,
            COST,
            CACHE_STATUS,
            ENDPOINT,
            ATTEMPTS,
            REQUEST_ID,
            ROUNDS,
            CHECK,
            TIME_TO_FIRST_TOKEN);

    private static final String BEGIN = "CamelClaude";

    private ClaudeHeaders() {}

    /** Whether a name begins like a header of the bundle, in upper or lower case. */
    public static boolean isOurs(String name) {
        return name.regionMatches(true, 0, BEGIN, 0, BEGIN.length());
    }

    /** The headers that a caller of {@code direct:claude} sets. */
    public static Set<String> options() {
        return OPTIONS;
    }

    /** The headers that a reply brings. */
    public static Set<String> results() {
        return RESULTS;
    }
}
