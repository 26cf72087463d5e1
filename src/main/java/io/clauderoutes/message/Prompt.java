package io.clauderoutes.message;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One request to Claude on its way through the stages.
 *
 * @param id ours, unique for each request; it is in every log line about it
 * @param request what is asked
 * @param options how it is to be handled
 * @param wireHeaders headers that leave with it: the API's own ({@code anthropic-beta} …) and those of a client
 * @param query of the client's URL, such as {@code beta=true}; empty if there is none
 */
public record Prompt(
        String id, MessagesRequest request, Options options, Map<String, String> wireHeaders, String query) {

    public Prompt {
        wireHeaders = Map.copyOf(wireHeaders);
    }

    /** A request without a query. */
    public Prompt(String id, MessagesRequest request, Options options, Map<String, String> wireHeaders) {
        this(id, request, options, wireHeaders, "");
    }

    /** The same with another value of a header that goes on to the endpoint. */
    public Prompt withHeader(String name, String value) {
        Map<String, String> headers = new HashMap<>(wireHeaders);
        headers.put(name, value);
        return new Prompt(id, request, options, headers, query);
    }

    public Prompt withRequest(MessagesRequest other) {
        return new Prompt(id, other, options, wireHeaders, query);
    }

    public Prompt withOptions(Options other) {
        return new Prompt(id, request, other, wireHeaders, query);
    }

    /**
     * The conversation that a request belongs to.
     *
     * @param session conversation id, for order and stickiness
     * @param memory whether the history of the session is sent with the request
     */
    public record Conversation(Optional<String> session, Memory memory) {}

    /**
     * How the reply is delivered.
     *
     * @param strategy when the answer is handed on
     * @param sinks names of the sinks that get the answer
     */
    public record DeliveryOptions(Strategy strategy, List<String> sinks) {
        public DeliveryOptions {
            sinks = List.copyOf(sinks);
        }
    }

    /**
     * What the reply has to fulfil.
     *
     * @param output schema that the reply is checked by; empty if it is not checked
     * @param checks names of checks that the reply has to pass
     */
    public record ReplyRules(Optional<OutputSchema> output, List<String> checks) {
        public ReplyRules {
            checks = List.copyOf(checks);
        }
    }

    /**
     * How one request is to be handled.
     *
     * @param tenant whose limits, cache and bill
     * @param cache how the reply cache is used
     * @param name what the source calls the message (a file's name), empty if it has no name
     * @param tools of the bundle that the model may use
     */
    public record Options(
            String tenant,
            Conversation conversation,
            DeliveryOptions delivery,
            CacheUse cache,
            String name,
            ReplyRules replyRules,
            ToolUse tools) {

        /** Options without tools of the bundle and without a history, of a request whose reply is not checked. */
        public Options(
                String tenant,
                Optional<String> session,
                Strategy strategy,
                CacheUse cache,
                List<String> sinks,
                String name) {
            this(
                    tenant,
                    new Conversation(session, Memory.OFF),
                    new DeliveryOptions(strategy, sinks),
                    cache,
                    name,
                    new ReplyRules(Optional.empty(), List.of()),
                    ToolUse.NONE);
        }

        /** The same with a reply that is checked by a schema. */
        public Options withOutput(Optional<OutputSchema> schema) {
            return new Options(
                    tenant, conversation, delivery, cache, name, new ReplyRules(schema, replyRules.checks()), tools);
        }

        /** The same with other tools. */
        public Options with(ToolUse other) {
            return new Options(tenant, conversation, delivery, cache, name, replyRules, other);
        }

        /** The same with other checks. */
        public Options withChecks(List<String> others) {
            return new Options(
                    tenant, conversation, delivery, cache, name, new ReplyRules(replyRules.output(), others), tools);
        }

        /** The same with another use of the reply cache. */
        public Options with(CacheUse other) {
            return new Options(tenant, conversation, delivery, other, name, replyRules, tools);
        }
    }

    /** Whether the history of the session is sent with the request. */
    public enum Memory {
        /** The request is sent as it is. */
        OFF,
        /** The history is sent, and the turn is stored. */
        ON,
        /** The history is deleted before; the turn is stored. */
        CLEAR
    }

    /** When an answer is handed on. */
    public enum Strategy {
        /** Each event at once. */
        STREAM,
        /** Nothing before the reply has come whole and ended well. */
        WHOLE,
        /** One of the two, chosen for each request by what is predicted of its reply. */
        AUTO
    }

    /** How the reply cache is used. */
    public enum CacheUse {
        /** Answer from it where it can, remember otherwise. */
        USE,
        /** Call in any case, and remember the new reply. */
        REFRESH,
        /** Neither look nor remember. */
        BYPASS
    }
}
