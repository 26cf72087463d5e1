package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import java.util.List;
import java.util.Optional;

/** {@code claude.sources.<name>.*}: one source, and the options of its prompts. */
public record NamedSourceSettings(
        String uri,
        int workers,
        List<String> sinks,
        Optional<String> deadLetter,
        SourceFormat format,
        String prompt,
        boolean idempotent,
        String model,
        long maxTokens,
        String system,
        String tenant,
        Optional<Strategy> strategy,
        CacheUse cache,
        boolean batch,
        Optional<String> redactPolicy,
        Optional<String> outputSchema,
        Optional<List<String>> checks,
        List<String> tools,
        boolean memory,
        Optional<String> template,
        RedeliverySettings redeliveries) {}
