package io.clauderoutes.console;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.resume.RetainedReplies;
import io.clauderoutes.tracing.Tracing;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.camel.Message;
import org.apache.camel.ProducerTemplate;

/**
 * What prompts of the console are sent with.
 *
 * @param prompts makes the prompt of a message, or throws a ClaudeException
 * @param threads runs each request to its end
 */
public record TryParts(
        Function<Message, Prompt> prompts,
        Retention retention,
        ProducerTemplate template,
        Executor threads,
        MessageJson json,
        Tracing tracing,
        BundleRuntime runtime) {
    /**
     * Where replies are retained for pages that reconnect.
     *
     * @param stopsWithCaller whether a reply without readers ends
     */
    public record Retention(RetainedReplies replies, boolean stopsWithCaller) {}
}
