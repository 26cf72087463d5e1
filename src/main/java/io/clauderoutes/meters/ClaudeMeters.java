package io.clauderoutes.meters;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Every meter of the bundle, by area. Names are dotted here; Prometheus shows {@code claude.api.calls} as {@code
 * claude_api_calls_total}. No tag holds a text of a prompt, a user's id or a URI.
 */
public final class ClaudeMeters {

    /** The tag where a request has no endpoint, tenant or model yet. */
    public static final String NONE = "none";

    private final MeterSeries series;
    private final CallMeters calls;
    private final EndpointMeters endpoints;
    private final RequestMeters requests;
    private final CostMeters costs;
    private final ThrottleMeters throttle;
    private final CacheMeters cache;
    private final CheckMeters checks;
    private final ReplyMeters replies;
    private final SinkMeters sinks;
    private final SourceMeters sources;
    private final ToolMeters tools;
    private final ClientMeters clients;
    private final CredentialMeters credentials;
    private final LedgerMeters ledger;
    private final BatchMeters batches;

    public ClaudeMeters(MeterRegistry registry, LongSupplier ticker) {
        this.series = new MeterSeries(registry);
        this.calls = new CallMeters(series, ticker);
        this.endpoints = new EndpointMeters(series);
        this.requests = new RequestMeters(series);
        this.costs = new CostMeters(series);
        this.throttle = new ThrottleMeters(series);
        this.cache = new CacheMeters(series);
        this.checks = new CheckMeters(series);
        this.replies = new ReplyMeters(series);
        this.sinks = new SinkMeters(series);
        this.sources = new SourceMeters(series);
        this.tools = new ToolMeters(series);
        this.clients = new ClientMeters(series);
        this.credentials = new CredentialMeters(series);
        this.ledger = new LedgerMeters(series);
        this.batches = new BatchMeters(series);
    }

    /** Creates the series of what the settings name, at zero. */
    public void begin(Set<String> ofTenants, Set<String> endpointNames, String model) {
        Set<String> all = new TreeSet<>(ofTenants);
        all.addAll(List.of("default", NONE));
        begin(all);
        for (String endpoint : endpointNames) {
            calls.begin(endpoint);
            requests.begin(endpoint, "default", model);
        }
        requests.begin(NONE, NONE, NONE);
        List.of("hit", "miss", "joined").forEach(result -> series.counter("claude.cache.requests", "result", result));
        List.of(
                        "claude.throttle.rejected",
                        "claude.call.retries",
                        "claude.call.failovers",
                        "claude.call.hedges",
                        "claude.call.hedges.won",
                        "claude.split.junk.frames")
                .forEach(series::counter);
        series.timer("claude.api.latency");
        series.timer("claude.throttle.wait");
    }

    /** Creates the series of tenants, at zero. */
    public void begin(Set<String> ofTenants) {
        requests.begin(ofTenants);
    }

    /** {@code claude.build.info{version,java}}: always 1. */
    public static void build(MeterRegistry registry, String version, String java) {
        Gauge.builder("claude.build.info", () -> 1)
                .description("1, with the versions of the bundle and of Java")
                .tags("version", version, "java", java)
                .register(registry);
    }

    /** {@code claude.settings.refused}: 1 while changed settings have a mistake and are not used. */
    public void settingsRefused(Supplier<Number> value) {
        series.gauge("claude.settings.refused", "1 while changed settings are not used", value);
    }

    public CallMeters calls() {
        return calls;
    }

    public EndpointMeters endpoints() {
        return endpoints;
    }

    public RequestMeters requests() {
        return requests;
    }

    public CostMeters costs() {
        return costs;
    }

    public ThrottleMeters throttle() {
        return throttle;
    }

    public CacheMeters cache() {
        return cache;
    }

    public CheckMeters checks() {
        return checks;
    }

    public ReplyMeters replies() {
        return replies;
    }

    public SinkMeters sinks() {
        return sinks;
    }

    public SourceMeters sources() {
        return sources;
    }

    public ToolMeters tools() {
        return tools;
    }

    public ClientMeters clients() {
        return clients;
    }

    public CredentialMeters credentials() {
        return credentials;
    }

    public LedgerMeters ledger() {
        return ledger;
    }

    public BatchMeters batches() {
        return batches;
    }
}
