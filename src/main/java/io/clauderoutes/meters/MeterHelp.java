package io.clauderoutes.meters;

import java.util.Map;

/** The help texts of counters, timers and histograms; a gauge has its text where it is registered. */
final class MeterHelp {

    private static final Map<String, String> TEXTS = Map.ofEntries(
            Map.entry("claude.api.calls", "calls to an endpoint that ended, by what came of them"),
            Map.entry("claude.api.latency", "time from the start of a call to the end of its stream"),
            Map.entry("claude.requests", "requests that ended: answered, failed, refused or abandoned"),
            Map.entry("claude.failures", "requests that failed or were refused for good, after all their calls"),
            Map.entry("claude.cost", "cost of calls by the price table"),
            Map.entry("claude.cache.requests", "requests by what the reply cache did for them"),
            Map.entry("claude.throttle.wait", "time that requests waited for a permit"),
            Map.entry(
                    "claude.throttle.queued.tokens", "expected tokens of the requests that got a permit after a wait"),
            Map.entry("claude.throttle.rejected", "requests that got no permit in time"),
            Map.entry("claude.call.retries", "calls that were made again"),
            Map.entry("claude.call.failovers", "requests that went on at another endpoint"),
            Map.entry("claude.call.hedges", "second calls beside a slow one"),
            Map.entry("claude.call.hedges.won", "second calls that were the first to answer"),
            Map.entry("claude.split.junk.frames", "frames of streams that could not be read"),
            Map.entry("claude.split.strategy", "replies under the strategy auto, by the mode that was chosen and why"),
            Map.entry("claude.redact.replaced", "replacements by the redactor"),
            Map.entry("claude.output", "checks of replies by their output schema, and repair rounds"),
            Map.entry("claude.check", "checks of replies, by name and result"),
            Map.entry("claude.sink.messages", "messages that a sink took, or did not take after all its tries"),
            Map.entry("claude.source.duplicates", "messages that were skipped because they were answered before"),
            Map.entry("claude.tool.calls", "calls of tools that ended, by tool and outcome"),
            Map.entry("claude.tool.duration", "time of calls of tools"),
            Map.entry("claude.tool.rounds", "calls of the model in requests with tools"),
            Map.entry("claude.dead.letters", "prompts that went to the dead letters of their source"),
            Map.entry("claude.credential.renewals", "renewals of tokens"),
            Map.entry("claude.ledger.rows", "rows that are safe, in the ledger or in its spill file"),
            Map.entry("claude.ledger.exported", "attempts that the export's endpoint took"),
            Map.entry("claude.ledger.reconciliations", "comparisons of the ledger with the report of the API"),
            Map.entry("claude.ledger.commit", "time of a commit"),
            Map.entry("claude.batch.sent", "batches that arrived at an endpoint"),
            Map.entry("claude.batch.prompts", "prompts in batches that arrived at an endpoint"),
            Map.entry("claude.batch.duration", "time from sending a batch to its end"),
            Map.entry("claude.batch.items", "items of batches by what was done with them"),
            Map.entry("claude.batch.junk.lines", "lines of results that could not be used"),
            Map.entry("gen_ai.client.operation.duration", "time from the arrival of a request to its end"),
            Map.entry(
                    "gen_ai.client.operation.time_to_first_chunk",
                    "time from the arrival of a request to its first content"),
            Map.entry("gen_ai.client.token.usage", "input and output tokens of replies"));

    private MeterHelp() {}

    /** The text of a meter; its name where it has none. */
    static String of(String name) {
        return TEXTS.getOrDefault(name, name);
    }
}
