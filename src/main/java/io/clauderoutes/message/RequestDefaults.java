package io.clauderoutes.message;

/**
 * The fields of a Messages request that are filled in where the request does not have them.
 *
 * @param model the model
 * @param system the system prompt; empty adds none
 * @param maxTokens upper bound on output tokens
 * @param stream whether the reply is a stream of events
 * @param options further fields
 */
public record RequestDefaults(String model, String system, long maxTokens, boolean stream, RequestOptions options) {

    /** Defaults without further fields. */
    public RequestDefaults(String model, String system, long maxTokens, boolean stream) {
        this(model, system, maxTokens, stream, RequestOptions.NONE);
    }

    /** The same with or without a stream. */
    public RequestDefaults withStream(boolean other) {
        return new RequestDefaults(model, system, maxTokens, other, options);
    }
}
