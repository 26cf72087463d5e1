package io.clauderoutes.component;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an endpoint does with a message, and the options that it has. */
enum ClaudeOperation {
    /** Sends the prompt to Claude; the reply becomes the body. */
    MESSAGES,
    /** Puts the prompt into a batch; the reply goes to sinks later. */
    BATCH,
    /** Redacts the body. */
    REDACT,
    /** Counts the input tokens of the prompt. */
    TOKENS;

    private static final List<String> OF_PROMPTS =
            List.of("model", "system", "thinkingBudget", "effort", "betas", "toolChoice", "format", "template");
    private static final List<String> OF_REQUESTS = List.of(
            "maxTokens",
            "temperature",
            "topP",
            "stopSequences",
            "tenant",
            "session",
            "sinks",
            "outputSchema",
            "checks");
    private static final List<String> OF_REPLIES = List.of(
            "strategy",
            "cache",
            "stream",
            "streaming",
            "failOn",
            "outputClass",
            "tools",
            "maxRounds",
            "toolEvents",
            "memory");

    /** The operation of this name; empty if there is none. */
    static Optional<ClaudeOperation> of(String name) {
        return Arrays.stream(values())
                .filter(operation -> operation.word().equals(name))
                .findFirst();
    }

    /** The names of all operations, for messages. */
    static String words() {
        return Arrays.stream(values()).map(ClaudeOperation::word).collect(Collectors.joining(", "));
    }

    /** Its name in a URI. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The names of its options. */
    List<String> options() {
        return switch (this) {
            case MESSAGES ->
                Stream.of(OF_PROMPTS, OF_REQUESTS, OF_REPLIES)
                        .flatMap(List::stream)
                        .toList();
            case BATCH ->
                Stream.of(OF_PROMPTS, OF_REQUESTS).flatMap(List::stream).toList();
            case REDACT -> List.of("policy");
            case TOKENS -> OF_PROMPTS;
        };
    }
}
