package io.clauderoutes.component;

import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** The options of an endpoint. An option that is not set is null: the settings of the bundle decide then. */
@UriParams
public class ClaudeConfiguration implements Cloneable {

    /**
     * Name of a policy in claude.redact.policies. If it is not set, the policy of the source or of claude.redact applies.
     * Header: CamelClaudePolicy.
     */
    @UriParam(label = "redact")
    private String policy;

    /** Model id of the API, such as claude-sonnet-5-5. If it is not set, claude.source.model applies. Header: CamelClaudeModel. */
    @UriParam
    private String model;

    /**
     * System prompt: a text, or the location of a text in UTF-8 as resource:classpath:name or resource:file:name, which is
     * read when the endpoint starts. If it is not set, claude.source.system applies. Header: CamelClaudeSystem (a text).
     */
    @UriParam
    @Metadata(largeInput = true, supportFileReference = true)
    private String system;

    /** Upper bound on output tokens. If it is not set, claude.source.max-tokens applies. Header: CamelClaudeMaxTokens. */
    @UriParam
    private Long maxTokens;

    /** Randomness of the reply, from 0 to 1. Newer models and API versions refuse it. Header: CamelClaudeTemperature. */
    @UriParam(label = "advanced")
    private Double temperature;

    /**
     * Share of the probability mass that tokens are drawn from, from 0 to 1. Newer models and API versions refuse it.
     * Header: CamelClaudeTopP.
     */
    @UriParam(label = "advanced")
    private Double topP;

    /** Texts, separated by commas, at which the model stops. Header: CamelClaudeStopSequences, which can be a list. */
    @UriParam(label = "advanced")
    private String stopSequences;

    /** Tokens that the model may use to think; 0 turns thinking off. Header: CamelClaudeThinkingBudget. */
    @UriParam(label = "advanced")
    private Long thinkingBudget;

    /** How much work the model puts into the reply. Header: CamelClaudeEffort. */
    @UriParam(label = "advanced", enums = "low,medium,high,xhigh,max")
    private String effort;

    /**
     * Beta features of the API, separated by commas. They are sent as the HTTP header anthropic-beta. Header:
     * CamelClaudeBetas.
     */
    @UriParam(label = "advanced")
    private String betas;

    /** Which tool of the request the model uses: auto, any, none, or the name of a tool. Header: CamelClaudeToolChoice. */
    @UriParam(label = "advanced")
    private String toolChoice;

    /**
     * When the reply is handed on: each event as it arrives (stream), nothing before the reply has ended well (whole), or one of the
     * two by what is predicted of the reply (auto). If it is not set, claude.split.strategy applies. Header: CamelClaudeStrategy.
     */
    @UriParam(enums = "stream,whole,auto")
    private String strategy;

    /** Whether the reply cache is used, renewed (refresh) or bypassed. If it is not set, it is used. Header: CamelClaudeCache. */
    @UriParam(enums = "use,refresh,bypass")
    private String cache;

    /** Tenant for limits, cache, budget and cost. If it is not set, the tenant is default. Header: CamelClaudeTenant. */
    @UriParam
    private String tenant;

    /** Conversation id: prompts of a session keep their order and their endpoint. Header: CamelClaudeSession. */
    @UriParam
    private String session;

    /** Sinks that get the reply, separated by commas: names in claude.sinks, or Camel URIs. Header: CamelClaudeSinks (URIs only as
     * claude.fan-out.dynamic-sinks allows). */
    @UriParam
    private String sinks;

    /**
     * What the body is: a prompt as text, a Messages request in JSON, or a request if it is a JSON object with messages and a
     * text otherwise (auto). If it is not set, it is auto. Header: CamelClaudeFormat.
     */
    @UriParam(enums = "auto,text,request")
    private String format;

    /**
     * Whether the API is asked for a stream of events. Sinks with chunks get them as they arrive. If it is not set,
     * claude.source.stream.enabled applies. Header: CamelClaudeStream.
     */
    @UriParam(label = "advanced")
    private Boolean stream;

    /**
     * Whether the body becomes an iterator of the chunks of the reply, for a split with streaming. The step ends when the first chunk
     * is there; the call ends with the iterator. Header: CamelClaudeStreaming.
     */
    @UriParam(defaultValue = "false")
    private Boolean streaming;

    /**
     * Tools of the bundle that the model may use, separated by commas: names of routes claude-tool:, tag: with a tag, mcp: with an MCP
     * server, or an asterisk for all routes. Header: CamelClaudeTools (only as claude.agent.header-tools allows).
     */
    @UriParam
    private String tools;

    /**
     * Calls of the model that a request with tools may make. If it is not set, claude.agent.max-rounds applies. Header:
     * CamelClaudeMaxRounds.
     */
    @UriParam(label = "advanced")
    private Integer maxRounds;

    /**
     * Whether sinks with chunks get a message for each call of a tool and its result, with the header CamelClaudeToolEvent and an
     * empty body. Header: CamelClaudeToolEvents.
     */
    @UriParam(label = "advanced", defaultValue = "false")
    private Boolean toolEvents;

    /**
     * Stop reasons, separated by commas, with which the step fails, such as refusal,max_tokens. The exception
     * ClaudeException.Incomplete has the text of the reply. Header: CamelClaudeFailOn.
     */
    @UriParam
    private String failOn;

    /**
     * JSON schema that the reply has to fit: the schema itself, or its location as resource:classpath:name or resource:file:name,
     * which is read when the endpoint starts. A reply that does not fit fails the step with ClaudeException.InvalidOutput. Header:
     * CamelClaudeOutputSchema (the schema itself).
     */
    @UriParam
    @Metadata(largeInput = true, supportFileReference = true)
    private String outputSchema;

    /**
     * Name of a class whose JSON schema the reply has to fit. The body becomes an instance of the class. Header:
     * CamelClaudeOutputSchema (the schema itself), which this option overrides.
     */
    @UriParam
    private String outputClass;

    /**
     * Whether the history of the session is sent with the prompt, and the turn is stored. It needs a session. Header:
     * CamelClaudeMemory.
     */
    @UriParam(defaultValue = "false")
    private Boolean memory;

    /**
     * Checks that the reply has to pass: names of claude.checks, separated by commas, or none. A reply that fails ends the step with
     * ClaudeException.CheckFailed. Header: CamelClaudeChecks.
     */
    @UriParam
    private String checks;

    /**
     * Name of a template in claude.templates. The prompt is the text of the template, filled with body, headers, properties and
     * variables. Header: CamelClaudeTemplate.
     */
    @UriParam
    private String template;

    public String getPolicy() {
        return policy;
    }

    public void setPolicy(String policy) {
        this.policy = policy;
    }

    public String getModel() {
        return model;
    }

    public void setModel(String model) {
        this.model = model;
    }

    public String getSystem() {
        return system;
    }

    public void setSystem(String system) {
        this.system = system;
    }

    public Long getMaxTokens() {
        return maxTokens;
    }

    public void setMaxTokens(Long maxTokens) {
        this.maxTokens = maxTokens;
    }

    public Double getTemperature() {
        return temperature;
    }

    public void setTemperature(Double temperature) {
        this.temperature = temperature;
    }

    public Double getTopP() {
        return topP;
    }

    public void setTopP(Double topP) {
        this.topP = topP;
    }

    public String getStopSequences() {
        return stopSequences;
    }

    public void setStopSequences(String stopSequences) {
        this.stopSequences = stopSequences;
    }

    public Long getThinkingBudget() {
        return thinkingBudget;
    }

    public void setThinkingBudget(Long thinkingBudget) {
        this.thinkingBudget = thinkingBudget;
    }

    public String getEffort() {
        return effort;
    }

    public void setEffort(String effort) {
        this.effort = effort;
    }

    public String getBetas() {
        return betas;
    }

    public void setBetas(String betas) {
        this.betas = betas;
    }

    public String getToolChoice() {
        return toolChoice;
    }

    public void setToolChoice(String toolChoice) {
        this.toolChoice = toolChoice;
    }

    public String getStrategy() {
        return strategy;
    }

    public void setStrategy(String strategy) {
        this.strategy = strategy;
    }

    public String getCache() {
        return cache;
    }

    public void setCache(String cache) {
        this.cache = cache;
    }

    public String getTenant() {
        return tenant;
    }

    public void setTenant(String tenant) {
        this.tenant = tenant;
    }

    public String getSession() {
        return session;
    }

    public void setSession(String session) {
        this.session = session;
    }

    public String getSinks() {
        return sinks;
    }

    public void setSinks(String sinks) {
        this.sinks = sinks;
    }

    public String getFormat() {
        return format;
    }

    public void setFormat(String format) {
        this.format = format;
    }

    public Boolean getStream() {
        return stream;
    }

    public void setStream(Boolean stream) {
        this.stream = stream;
    }

    public Boolean getStreaming() {
        return streaming;
    }

    public void setStreaming(Boolean streaming) {
        this.streaming = streaming;
    }

    public String getFailOn() {
        return failOn;
    }

    public void setFailOn(String failOn) {
        this.failOn = failOn;
    }

    public String getOutputSchema() {
        return outputSchema;
    }

    public void setOutputSchema(String outputSchema) {
        this.outputSchema = outputSchema;
    }

    public String getOutputClass() {
        return outputClass;
    }

    public void setOutputClass(String outputClass) {
        this.outputClass = outputClass;
    }

    public String getTools() {
        return tools;
    }

    public void setTools(String tools) {
        this.tools = tools;
    }

    public Integer getMaxRounds() {
        return maxRounds;
    }

    public void setMaxRounds(Integer maxRounds) {
        this.maxRounds = maxRounds;
    }

    public Boolean getToolEvents() {
        return toolEvents;
    }

    public void setToolEvents(Boolean toolEvents) {
        this.toolEvents = toolEvents;
    }

    public Boolean getMemory() {
        return memory;
    }

    public void setMemory(Boolean memory) {
        this.memory = memory;
    }

    public String getChecks() {
        return checks;
    }

    public void setChecks(String checks) {
        this.checks = checks;
    }

    public String getTemplate() {
        return template;
    }

    public void setTemplate(String template) {
        this.template = template;
    }

    /** The same options in an object of their own. */
    public ClaudeConfiguration copy() {
        try {
            return (ClaudeConfiguration) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new RuntimeCamelException(impossible);
        }
    }
}
