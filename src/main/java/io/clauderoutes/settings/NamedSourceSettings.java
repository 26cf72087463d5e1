package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import java.util.List;
import java.util.Optional;

/** {@code claude.sources.<name>.*}: one source, and the options of its prompts. */
public record NamedSourceSettings(
        String uri, Intake intake, ReplyOptions reply, PromptForm prompt, RequestOptions request) {
    /** How messages of the source are taken. */
    public record Intake(
            int workers,
            boolean idempotent,
            boolean batch,
            Optional<String> deadLetter,
            RedeliverySettings redeliveries) {}

    /** How a message becomes a prompt. */
    public record PromptForm(
            SourceFormat format,
            String fallback,
            Optional<String> template,
            String model,
            long maxTokens,
            String system) {}

    /** Options of the requests of the source. */
    public record RequestOptions(String tenant, CacheUse cache, List<String> tools, boolean memory) {}

    /** Options of the replies to the source's prompts. */
    public record ReplyOptions(
            List<String> sinks,
            Optional<Strategy> strategy,
            Optional<String> redactPolicy,
            Optional<String> outputSchema,
            Optional<List<String>> checks) {}
}
