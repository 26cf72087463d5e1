package io.clauderoutes.meters;

import io.clauderoutes.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Every meter of the bundle, with what moves it. Names are dotted here; Prometheus shows {@code claude.api.calls} as {@code
 * claude_api_calls_total}. No tag holds a text of a prompt, a user's id or a URI.
 */
public final class ClaudeMeters {

    /** The tag where a request has no endpoint, tenant or model yet. */
    public static final String NONE = "none";

    /** Seconds over which {@code claude.api.success.rate} looks back, and the width of its slots. */
    private static final int WINDOW_SECONDS = 300;

    private static final int SLOT_SECONDS = 10;
    /** Model ids are free text; past so many the meters call the rest {@code other}. */
    private static final int MOST_MODELS = 50;

    private static final int MOST_TENANTS = 100;
    private static final int MOST_TOOLS = 200;
    private static final int MOST_TYPES = 30;
    /** Endpoints, tenants and models that were seen together. */
    private static final int MOST_SEEN = 300;

    /** Powers of four: the bucket boundaries that OpenTelemetry's conventions give. */
    private static final double[] TOKEN_BUCKETS = {
        1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
    };

    private static final double MICRO = 1_000_000;
    private static final List<String> RESULTS = List.of("answered", "failed", "refused", "abandoned");
    private static final List<String> STATUSES = List.of("200", "401", "429", "500", "503", "504", "529");
    /** Types of failures that are at zero from the start, so that the first burst of one is visible to {@code rate()}. */
    private static final List<String> TYPES = List.of(
            "api_error",
            "authentication_error",
            "invalid_request_error",
            "overloaded_error",
            "permission_error",
            "rate_limit_error",
            "request_too_large",
            "sink_failed",
            "timeout_error");

    private static final String MODEL = "gen_ai.request.model";
    private static final String ERROR = "error.type";

    /**
     * Statuses that say nothing of the endpoint: the request is wrong, or nobody wanted its answer any more (499).
     */
    private static final Set<Integer> OF_THE_REQUEST = Set.of(400, 404, 405, 413, 422, 499);

    private static final int SLOTS = WINDOW_SECONDS / SLOT_SECONDS + 1;

    private final LongAdder spent = new LongAdder();
    private final MeterRegistry registry;
    private final LongSupplier ticker;
    private final AtomicLongArray slotOf = new AtomicLongArray(SLOTS);
    private final AtomicInteger differences = new AtomicInteger();
    private final AtomicLongArray good = new AtomicLongArray(SLOTS);
    private final AtomicLongArray all = new AtomicLongArray(SLOTS);
    private final BoundedTags models = new BoundedTags(MOST_MODELS);
    private final BoundedTags tenants = new BoundedTags(MOST_TENANTS);
    private final BoundedTags tools = new BoundedTags(MOST_TOOLS);
    private final BoundedTags types = new BoundedTags(MOST_TYPES);
    private final Set<List<String>> seen = ConcurrentHashMap.newKeySet();
    private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Series, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Series, DistributionSummary> summaries = new ConcurrentHashMap<>();

    /** The name of a meter with its tags: names and values in turn. */
    private record Series(String name, List<String> tags) {}

    public ClaudeMeters(MeterRegistry registry, LongSupplier ticker) {
        this.registry = registry;
        this.ticker = ticker;
        Gauge.builder("claude.api.success.rate", this, ClaudeMeters::successRate)
                .description("share of API calls answered with 2xx over 5 minutes; 1 when there was none;"
                        + " without wrong requests (400, 404, 405, 413, 422) and cancelled calls (499)")
                .register(registry);
    }

    /** Creates the series of what the settings name, at zero. */
    public void begin(Set<String> ofTenants, Set<String> endpoints, String model) {
        Set<String> all = new TreeSet<>(ofTenants);
        all.addAll(List.of("default", NONE));
        begin(all);
        for (String endpoint : endpoints) {
            STATUSES.forEach(status -> calls(endpoint, "messages", status));
            TYPES.forEach(type -> failures(endpoint, "default", model, type));
        }
        TYPES.forEach(type -> failures(NONE, NONE, NONE, type));
        List.of("hit", "miss", "joined").forEach(result -> counter("claude.cache.requests", "result", result));
        List.of(
                        "claude.throttle.rejected",
                        "claude.call.retries",
                        "claude.call.failovers",
                        "claude.call.hedges",
                        "claude.call.hedges.won",
                        "claude.split.junk.frames")
                .forEach(this::counter);
        timer("claude.api.latency");
        timer("claude.throttle.wait");
    }

    /** Creates the series of tenants, at zero. */
    public void begin(Set<String> ofTenants) {
        for (String tenant : ofTenants) {
            RESULTS.forEach(result -> requests(result, tenant));
        }
    }

    /**
     * A request was answered: creates the series of the failures that a next one could have, at zero. Tenants and models may come
     * from outside, so it does so for a bounded number only.
     */
    public void seen(String endpoint, String tenant, String model) {
        if (seen.size() < MOST_SEEN && seen.add(List.of(endpoint, tenants.bounded(tenant), models.bounded(model)))) {
            TYPES.forEach(type -> failures(endpoint, tenant, model, type));
            begin(Set.of(tenant));
        }
    }

    /** Creates the series of a sink, at zero. */
    public void sink(String sink) {
        counter("claude.sink.messages", "sink", sink, "result", "taken");
        counter("claude.sink.messages", "sink", sink, "result", "failed");
    }

    /** A call's last row is safe: {@code claude.cost{endpoint,tenant,model}} in US dollars, whatever came of the reply. */
    public void cost(String endpoint, String tenant, String modelId, long microUsd) {
        String model = models.bounded(modelId);
        String of = tenants.bounded(tenant);
        String[] tags = {"endpoint", endpoint, "tenant", of, "model", model};
        series(counters, "claude.cost", tags, () -> Counter.builder("claude.cost")
                        .description(MeterHelp.of("claude.cost"))
                        .baseUnit("dollars")
                        .tags(tags)
                        .register(registry))
                .increment(microUsd / MICRO);
        spent.add(microUsd);
    }

    /** Cost of all calls since the start, in micro-dollars. */
    public long spentMicroUsd() {
        return spent.sum();
    }

    /** {@code claude.build.info{version,java}}: always 1. */
    public static void build(MeterRegistry registry, String version, String java) {
        Gauge.builder("claude.build.info", () -> 1)
                .description("1, with the versions of the bundle and of Java")
                .tags("version", version, "java", java)
                .register(registry);
    }

    /** {@code claude.budget.left{tenant}}: dollars that a tenant may still spend in this period, less what calls under way can cost. */
    public void budgetLeft(String tenant, Supplier<OptionalLong> microUsd) {
        Gauge.builder("claude.budget.left", () -> dollars(microUsd.get()))
                .description("dollars that the tenant may still spend in this period")
                .baseUnit("dollars")
                .tags("tenant", tenant)
                .register(registry);
    }

    /** Not a number where there is no budget any more. */
    private static double dollars(OptionalLong microUsd) {
        return microUsd.isPresent() ? microUsd.getAsLong() / MICRO : Double.NaN;
    }

    /** {@code claude.throttle.oldest.wait}: seconds that the request which waits longest for a permit has waited; 0 without one. */
    public void oldestWait(Supplier<Number> seconds) {
        gauge("claude.throttle.oldest.wait", "seconds that the oldest waiting request has waited", seconds);
    }

    /**
     * One call to an endpoint ended: {@code claude.api.calls{endpoint,method,status}} and {@code claude.api.latency}. It moves for
     * each attempt, at the end of its stream; {@code status} is what came of it, so a stream that broke is not a 200. A call
     * that was given up because its caller had left, or another was first, is a 499 and does not move the success rate. A call that a
     * circuit breaker has refused is no call.
     */
    public void called(String endpoint, String method, int status, Duration latency) {
        timer("claude.api.latency").record(latency);
        if (!OF_THE_REQUEST.contains(status)) {
            tally(status >= 200 && status < 300);
        }
        calls(endpoint, method, Integer.toString(status)).increment();
    }

    private Counter calls(String endpoint, String method, String status) {
        return counter("claude.api.calls", "endpoint", endpoint, "method", method, "status", status);
    }

    private Counter requests(String result, String tenant) {
        return counter("claude.requests", "result", result, "tenant", tenants.bounded(tenant));
    }

    private Counter failures(String endpoint, String tenant, String model, String type) {
        return counter(
                "claude.failures",
                "endpoint",
                endpoint,
                "tenant",
                tenants.bounded(tenant),
                "model",
                models.bounded(model),
                "type",
                types.bounded(type));
    }

    private void tally(boolean ok) {
        long slot = TimeUnit.NANOSECONDS.toSeconds(ticker.getAsLong()) / SLOT_SECONDS;
        int index = (int) Math.floorMod(slot, (long) SLOTS);
        long held = slotOf.get(index);
        if (held != slot && slotOf.compareAndSet(index, held, slot)) {
            good.set(index, 0);
            all.set(index, 0);
        }
        all.incrementAndGet(index);
        if (ok) {
            good.incrementAndGet(index);
        }
    }

    private double successRate() {
        long now = TimeUnit.NANOSECONDS.toSeconds(ticker.getAsLong()) / SLOT_SECONDS;
        long ok = 0;
        long total = 0;
        for (int i = 0; i < SLOTS; i++) {
            if (now - slotOf.get(i) < SLOTS) {
                ok += good.get(i);
                total += all.get(i);
            }
        }
        return total == 0 ? 1 : (double) ok / total;
    }

    /**
     * A request ended: {@code claude.requests{result,tenant}}, result {@code answered}, {@code failed}, {@code refused} (the fault is in
     * the request or its budget) or {@code abandoned} (the client left).
     */
    public void request(String result, String tenant) {
        requests(result, tenant).increment();
    }

    /**
     * One request was answered: {@code gen_ai.client.operation.duration} and {@code …time_to_first_chunk}. A request without content
     * before its end has no time to the first chunk.
     */
    public void answered(String modelId, Duration duration, Optional<Duration> timeToFirst) {
        String model = models.bounded(modelId);
        timer("gen_ai.client.operation.duration", MODEL, model, ERROR, "").record(duration);
        timeToFirst.ifPresent(first -> timer("gen_ai.client.operation.time_to_first_chunk", MODEL, model)
                .record(first));
    }

    /** One request failed: {@code gen_ai.client.operation.duration} with {@code error.type}. */
    public void notAnswered(String modelId, String type, Duration duration) {
        timer("gen_ai.client.operation.duration", MODEL, models.bounded(modelId), ERROR, types.bounded(type))
                .record(duration);
    }

    /**
     * A reply came whole: {@code gen_ai.client.token.usage}. Tokens count only where the endpoint stated them, and not for replies from
     * the cache. It moves before the sinks have the reply, so that a sink that fails does not hide what was paid.
     */
    public void tokens(String modelId, Usage usage) {
        String model = models.bounded(modelId);
        usage.totalInput().ifPresent(tokens -> tokens(model, "input", tokens));
        usage.output().ifPresent(tokens -> tokens(model, "output", tokens));
    }

    private void tokens(String model, String type, long tokens) {
        String[] tags = {"gen_ai.request.model", model, "gen_ai.token.type", type};
        series(summaries, "gen_ai.client.token.usage", tags, () -> DistributionSummary.builder(
                                "gen_ai.client.token.usage")
                        .description(MeterHelp.of("gen_ai.client.token.usage"))
                        .serviceLevelObjectives(TOKEN_BUCKETS)
                        .tag("gen_ai.provider.name", "anthropic")
                        .tag("gen_ai.operation.name", "chat")
                        .tags(tags)
                        .register(registry))
                .record((double) tokens);
    }

    /**
     * A request failed for good, after all its calls: {@code claude.failures{endpoint,tenant,model,type}}, type as in the API's errors.
     * A tag is {@code none} where the request has no endpoint, tenant or model yet.
     */
    public void failed(String endpoint, String tenant, String model, String type) {
        failures(endpoint, tenant, model, type).increment();
    }

    /** The cache was asked: {@code claude.cache.requests{result}}, result as in CamelClaudeCacheStatus. */
    public void cache(String result) {
        counter("claude.cache.requests", "result", result).increment();
    }

    /** A request had to wait before it was let in: {@code claude.throttle.wait}. */
    public void throttled(Duration wait) {
        timer("claude.throttle.wait").record(wait);
    }

    /**
     * A reply was checked by its output schema, or a repair round began: {@code claude.output}, with the tag {@code outcome}: valid,
     * invalid, incomplete or repair.
     */
    public void output(String outcome) {
        counter("claude.output", "outcome", outcome).increment();
    }

    /**
     * A reply was checked by a check of {@code claude.checks}: {@code claude.check}, with the tags {@code check} and {@code result}: passed
     * or failed.
     */
    public void check(String name, String result) {
        counter("claude.check", "check", name, "result", result).increment();
    }

    /**
     * A check ended a call before the end of its reply: {@code claude.check.saved.tokens}, with the tag {@code check}. An estimate of the
     * output tokens that were not written: those that were predicted less those of the text so far. It does not move without a prediction,
     * and for replies that no call is made for.
     */
    public void savedByCheck(String name, long tokens) {
        counter("claude.check.saved.tokens", "check", name).increment((double) tokens);
    }

    /** A request was not let in: {@code claude.throttle.rejected}. */
    public void rejectedByThrottle() {
        counter("claude.throttle.rejected").increment();
    }

    /** A call was made again: {@code claude.call.retries}. */
    public void retried() {
        counter("claude.call.retries").increment();
    }

    /** A frame of a stream could not be read: {@code claude.split.junk.frames}. */
    public void junkFrame() {
        counter("claude.split.junk.frames").increment();
    }

    /** Something was replaced: {@code claude.redact.replaced{kind}}. It does not tell by how many characters. */
    public void redacted(String kind, long times) {
        counter("claude.redact.replaced", "kind", kind).increment((double) times);
    }

    /** A sink took or did not take an answer or a chunk, after all its tries: {@code claude.sink.messages{sink,result}}. */
    public void sink(String sink, boolean taken) {
        counter("claude.sink.messages", "sink", sink, "result", taken ? "taken" : "failed")
                .increment();
    }

    /** {@code claude.sink.failing{sink}}: 1 from a message that the sink did not take to the next that it takes. */
    public void sinkFailing(String sink, Supplier<Number> value) {
        gauge("claude.sink.failing", "1 while the sink takes no messages", Tags.of("sink", sink), value);
    }

    /** {@code claude.undelivered.replies}: replies that are kept because their sink did not take them. */
    public void undeliveredReplies(Supplier<Number> value) {
        gauge("claude.undelivered.replies", "replies that are kept for their sinks", value);
    }

    /**
     * {@code claude.resume.replies}, {@code claude.resume.bytes} and {@code claude.resume.max.bytes}: replies that are retained for
     * clients that come back, the memory that they take, and the memory that they may take.
     */
    public void retainedReplies(Supplier<Number> replies, Supplier<Number> bytes, Supplier<Number> maxBytes) {
        gauge("claude.resume.replies", "replies that are retained for their clients", replies);
        gauge("claude.resume.bytes", "bytes in memory of the retained replies", bytes);
        gauge("claude.resume.max.bytes", "bytes that retained replies may take", maxBytes);
        counter("claude.resume.readers", "how", "resumed");
        counter("claude.resume.readers", "how", "joined");
    }

    /**
     * A client reads a retained reply again: {@code claude.resume.readers{how}}, {@code resumed} by the id of the reply or {@code
     * joined} by the idempotency key of its request.
     */
    public void resumed(String how) {
        counter("claude.resume.readers", "how", how).increment();
    }

    /** {@code claude.websocket.connections} and {@code claude.websocket.requests}: open connections of clients, and their requests in progress. */
    public void webSockets(Supplier<Number> connections, Supplier<Number> requests) {
        gauge("claude.websocket.connections", "open WebSockets of clients", connections);
        gauge("claude.websocket.requests", "requests in progress over WebSockets", requests);
    }

    /** {@code claude.source.paused{source,reason}}: 1 while the source is paused for this reason. */
    public void sourcePaused(String source, String reason, Supplier<Number> value) {
        gauge(
                "claude.source.paused",
                "1 while the source is paused",
                Tags.of("source", source, "reason", reason),
                value);
    }

    /** A message was skipped because it was answered before: {@code claude.source.duplicates{source}}. */
    public void duplicate(String source) {
        counter("claude.source.duplicates", "source", source).increment();
    }

    /** A tool was called: {@code claude.tool.calls{tool,outcome}} and {@code claude.tool.duration{tool}}. */
    public void tool(String name, String outcome, Duration took) {
        String tool = tools.bounded(name);
        counter("claude.tool.calls", "tool", tool, "outcome", outcome).increment();
        timer("claude.tool.duration", "tool", tool).record(took);
    }

    /** A request with tools of the bundle ended: {@code claude.tool.rounds} counts its calls of the model. */
    public void rounds(int rounds) {
        counter("claude.tool.rounds").increment(rounds);
    }

    /** Prompts went to the dead letters of their source: {@code claude.dead.letters{source}}. */
    public void deadLetters(String source, int prompts) {
        counter("claude.dead.letters", "source", source).increment(prompts);
    }

    /** {@code claude.breaker.state{endpoint}}: 0 closed, 1 open, 2 half open. It moves with the endpoint's failures only. */
    public void breaker(String endpoint, Supplier<Number> state) {
        gauge("claude.breaker.state", "0 closed, 1 open, 2 half open", Tags.of("endpoint", endpoint), state);
    }

    /** {@code claude.endpoint.state{endpoint}}: 0 in, 1 slow start, 2 out. It moves with calls and with probes. */
    public void endpointState(String endpoint, Supplier<Number> state) {
        gauge("claude.endpoint.state", "0 in, 1 slow start, 2 out", Tags.of("endpoint", endpoint), state);
    }

    /**
     * {@code claude.endpoint.quota.left{endpoint}}: the smallest share of any of its limits that is left, from 0 to 1, as we count
     * and as the endpoint told. It stays 1 where there is no limit.
     */
    public void quotaLeft(String endpoint, Supplier<Number> share) {
        gauge(
                "claude.endpoint.quota.left",
                "share of the scarcest limit that is left",
                Tags.of("endpoint", endpoint),
                share);
    }

    /** {@code claude.endpoint.time.to.first.token{endpoint}}: moving average in seconds, of streams only; 0 before the first. */
    public void timeToFirstToken(String endpoint, Supplier<Number> seconds) {
        gauge(
                "claude.endpoint.time.to.first.token",
                "moving average in seconds",
                Tags.of("endpoint", endpoint),
                seconds);
    }

    /** A request went on at another endpoint than the one that failed: {@code claude.call.failovers}. */
    public void failedOver() {
        counter("claude.call.failovers").increment();
    }

    /** A second call was made beside one that gave no token for too long: {@code claude.call.hedges}. */
    public void hedged() {
        counter("claude.call.hedges").increment();
    }

    /** The second call was the first to answer: {@code claude.call.hedges.won}. */
    public void hedgeWon() {
        counter("claude.call.hedges.won").increment();
    }

    /**
     * A credential's token was renewed, or was not: {@code claude.credential.renewals{credential,result}}. It does not move for a
     * key that is fixed.
     */
    public void credentialRenewed(String credential, boolean renewed) {
        counter("claude.credential.renewals", "credential", credential, "result", renewed ? "renewed" : "failed")
                .increment();
    }

    /** {@code claude.credential.valid{credential}}: seconds for which the token in use is still valid; 0 without one. */
    public void credentialValid(String credential, Supplier<Number> seconds) {
        counter("claude.credential.renewals", "credential", credential, "result", "renewed");
        counter("claude.credential.renewals", "credential", credential, "result", "failed");
        gauge(
                "claude.credential.valid",
                "seconds for which the token in use is still valid",
                Tags.of("credential", credential),
                seconds);
    }

    /** {@code claude.credential.refused{credential,endpoint}}: 1 from a call that the endpoint answers with 401 to the next that it takes. */
    public void credentialRefused(String credential, String endpoint, Supplier<Number> value) {
        gauge(
                "claude.credential.refused",
                "1 while the endpoint refuses the credential",
                Tags.of("credential", credential, "endpoint", endpoint),
                value);
    }

    /**
     * {@code claude.endpoint.concurrency.limit{endpoint}}: calls that may be in flight, 0 without a limit, and
     * {@code claude.endpoint.concurrency.waiting{endpoint}}: calls that wait for one of them to end.
     */
    public void concurrency(String endpoint, Supplier<Number> limit, Supplier<Number> waiting) {
        Tags tags = Tags.of("endpoint", endpoint);
        gauge("claude.endpoint.concurrency.limit", "calls that may be in flight; 0 without a limit", tags, limit);
        gauge("claude.endpoint.concurrency.waiting", "calls that wait for another to end", tags, waiting);
    }

    /**
     * {@code claude.endpoint.oldest.wait{endpoint}}: seconds that the request which waits longest for the quota or for another call to end
     * has waited.
     */
    public void quotaOldestWait(String endpoint, Supplier<Number> seconds) {
        gauge(
                "claude.endpoint.oldest.wait",
                "seconds that the oldest request has waited for the quota or for another call to end",
                Tags.of("endpoint", endpoint),
                seconds);
    }

    /** {@code claude.source.oldest.wait{source}}: seconds that the message which waits longest at a paused source has waited. */
    public void sourceOldestWait(String source, Supplier<Number> seconds) {
        gauge(
                "claude.source.oldest.wait",
                "seconds that the oldest message has waited at the paused source",
                Tags.of("source", source),
                seconds);
    }

    /** {@code claude.batch.oldest.wait}: seconds that the prompt which waits longest for a batch has waited. */
    public void batchOldestWait(Supplier<Number> seconds) {
        gauge("claude.batch.oldest.wait", "seconds that the oldest prompt has waited for a batch", seconds);
    }

    /** {@code claude.undelivered.oldest.wait}: seconds that the reply which is kept longest waits for its sink. */
    public void undeliveredOldestWait(Supplier<Number> seconds) {
        gauge("claude.undelivered.oldest.wait", "seconds that the oldest kept reply waits for its sink", seconds);
    }

    /** {@code claude.settings.refused}: 1 while changed settings have a mistake and are not used. */
    public void settingsRefused(Supplier<Number> value) {
        gauge("claude.settings.refused", "1 while changed settings are not used", value);
    }

    /** {@code claude.credential.clock.skew{credential}}: seconds by which the server's clock is ahead of this machine's. */
    public void clockSkew(String credential, Supplier<Number> seconds) {
        gauge(
                "claude.credential.clock.skew",
                "seconds by which the server's clock is ahead",
                Tags.of("credential", credential),
                seconds);
    }

    /** {@code claude.throttle.in.flight}: requests at work, from their turn to the end of their stream. */
    public void requestsAtWork(Supplier<Number> value) {
        gauge("claude.throttle.in.flight", "requests at work", value);
    }

    /** {@code claude.prediction.samples}: replies that the predictions have learned from, those before a restart included. */
    public void predictions(Supplier<Number> value) {
        gauge("claude.prediction.samples", "replies that the predictions have learned from", value);
    }

    /**
     * A request with the strategy {@code auto} was answered: {@code claude.split.strategy{mode,reason}}. A reply that came without a call
     * moves nothing.
     */
    public void strategy(String mode, String reason) {
        counter("claude.split.strategy", "mode", mode, "reason", reason).increment();
    }

    /** {@code claude.throttle.waiting}: requests that wait for a permit. */
    public void requestsWaiting(Supplier<Number> value) {
        gauge("claude.throttle.waiting", "requests that wait for a permit", value);
    }

    /** {@code claude.throttle.waiting.tenants}: tenants with a request that waits for a permit. */
    public void tenantsWaiting(Supplier<Number> value) {
        gauge("claude.throttle.waiting.tenants", "tenants with a request that waits for a permit", value);
    }

    /**
     * A request got a permit after a wait: {@code claude.throttle.queued.tokens{tenant}} grows by the tokens that its reply is expected to
     * have. Tenants that wait all the time get the same number.
     */
    public void queuedTokens(String tenant, long tokens) {
        counter("claude.throttle.queued.tokens", "tenant", tenants.bounded(tenant))
                .increment((double) tokens);
    }

    /** {@code claude.cache.size}: replies remembered. It may count some that have expired and were not swept yet. */
    public void repliesRemembered(Supplier<Number> value) {
        gauge("claude.cache.size", "replies remembered", value);
    }

    /** {@code claude.cache.under.way}: requests that identical ones may join. It does not count those that joined. */
    public void requestsToJoin(Supplier<Number> value) {
        gauge("claude.cache.under.way", "requests that others may join", value);
    }

    /**
     * {@code claude.ledger.available}: 1 while the ledger is written, 0 while it cannot be; {@code claude.ledger.open}: calls
     * whose last row is not written yet.
     */
    public void ledger(Supplier<Number> available, Supplier<Number> open) {
        gauge("claude.ledger.available", "1 while the ledger is written", available);
        gauge("claude.ledger.differences", "hours and models in which the API's report differed", differences::get);
        gauge("claude.ledger.open", "calls whose last row is not written yet", open);
    }

    /** Rows are safe: {@code claude.ledger.rows{state}}. It moves for rows that were spilled, too. */
    public void entered(Stream<String> states) {
        states.forEach(state -> counter("claude.ledger.rows", "state", state).increment());
    }

    /** Attempts that ended were taken by the endpoint that they are exported to: {@code claude.ledger.exported}. */
    public void exported(int attempts) {
        counter("claude.ledger.exported").increment(attempts);
    }

    /**
     * The ledger was held against the API's report: {@code claude.ledger.reconciliations{result}}, result {@code agrees}, {@code
     * differs} or {@code failed}, and {@code claude.ledger.differences}: hours and models that differed in the last one that did
     * not fail. It does not tell by how much.
     */
    public void reconciled(Optional<Integer> hours) {
        hours.ifPresent(differences::set);
        counter(
                        "claude.ledger.reconciliations",
                        "result",
                        hours.map(count -> count == 0 ? "agrees" : "differs").orElse("failed"))
                .increment();
    }

    /** What waited was committed together: {@code claude.ledger.commit}. */
    public void ledgerCommitted(Duration took) {
        timer("claude.ledger.commit").record(took);
    }

    /** {@code claude.batch.waiting}: prompts that wait for a batch. It does not count those in one. */
    public void promptsWaiting(Supplier<Number> value) {
        gauge("claude.batch.waiting", "prompts that wait for a batch", value);
    }

    /** A batch has arrived at an endpoint: {@code claude.batch.sent}, and {@code claude.batch.prompts} by its prompts. */
    public void batchSent(int prompts) {
        counter("claude.batch.sent").increment();
        counter("claude.batch.prompts").increment(prompts);
    }

    /** A batch was seen to have ended: {@code claude.batch.duration}, since it was sent. */
    public void batchEnded(Duration took) {
        timer("claude.batch.duration").record(took);
    }

    /**
     * Something was done with items of batches: {@code claude.batch.items{result}}. {@code answered} moves when the sinks have the
     * answer, {@code again} when the prompt waits for another batch, {@code errored}, {@code expired}, {@code canceled}, {@code
     * lost}, {@code unreadable} and {@code other} when it goes to the dead letters.
     */
    public void batchItems(String result, int items) {
        counter("claude.batch.items", "result", result).increment(items);
    }

    /** A line of results could not be used and was skipped: {@code claude.batch.junk.lines}. */
    public void junkResult() {
        counter("claude.batch.junk.lines").increment();
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        gauge(name, description, Tags.empty(), value);
    }

    private void gauge(String name, String description, Tags tags, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).tags(tags).register(registry);
    }

    /** The usual way is a look-up without a lock: {@code computeIfAbsent} may wait for others even if the series is there. */
    private static <M> M series(Map<Series, M> meters, String name, String[] tags, Supplier<M> create) {
        Series series = new Series(name, Arrays.asList(tags));
        M meter = meters.get(series);
        return meter != null ? meter : meters.computeIfAbsent(series, added -> create.get());
    }

    private Counter counter(String name, String... tags) {
        return series(counters, name, tags, () -> Counter.builder(name)
                .description(MeterHelp.of(name))
                .tags(tags)
                .register(registry));
    }

    private Timer timer(String name, String... tags) {
        return series(timers, name, tags, () -> {
            Timer.Builder timer =
                    Timer.builder(name).description(MeterHelp.of(name)).tags(tags);
            if (name.startsWith("gen_ai.")) {
                timer.tag("gen_ai.provider.name", "anthropic").tag("gen_ai.operation.name", "chat");
            }
            return timer.serviceLevelObjectives(
                            Duration.ofMillis(100),
                            Duration.ofMillis(500),
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(120),
                            Duration.ofSeconds(300),
                            Duration.ofSeconds(600))
                    .register(registry);
        });
    }
}
