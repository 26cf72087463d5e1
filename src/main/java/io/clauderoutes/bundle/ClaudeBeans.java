package io.clauderoutes.bundle;

import io.clauderoutes.call.CallPorts;
import io.clauderoutes.console.NowParts;
import io.clauderoutes.console.SpentPage;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.gateway.ServerCertificate;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.logging.LogLevels;
import io.clauderoutes.logging.LogSetup;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.OptionalLibrary;
import io.clauderoutes.settings.SettingsSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;

/** All beans of one bundle: the areas are wired here in the order in which they need each other. */
final class ClaudeBeans implements AutoCloseable {

    private final CamelContext context;
    private final ClaudeSettings settings;
    private final Wiring wiring;
    private final SettingsState settingsState;
    private final ProtectiveSteps protectiveSteps;
    private final RouteReloads reloads;
    private volatile Supplier<Map<String, String>> values;
    private Optional<MemoryWiring> memory = Optional.empty();

    /** @param values the effective settings as they were read, by name */
    ClaudeBeans(CamelContext context, ClaudeSettings settings, Map<String, String> values) {
        this.context = context;
        this.settings = settings;
        this.wiring = new Wiring(context, settings);
        this.protectiveSteps = new ProtectiveSteps(!settings.agents().checks().isEmpty());
        this.settingsState = new SettingsState(wiring.runtime().clock());
        this.reloads = new RouteReloads(wiring.runtime().clock());
        this.values = () -> values;
    }

    /** Binds the beans and adds the routes that are Java. */
    void bind(MeterRegistry registry) throws Exception {
        RequestWiring requests = new RequestWiring(wiring, registry);
        requests.meters().settingsRefused(() -> settingsState.isRefused() ? 1 : 0);
        LedgerWiring ledger = new LedgerWiring(wiring, requests);
        PredictionWiring predictions = new PredictionWiring(wiring, requests);
        CheckWiring checks = new CheckWiring(wiring, requests, predictions.predictions());
        OutputWiring output = new OutputWiring(wiring, requests, checks.checks());
        StageWiring stages = new StageWiring(wiring, requests, output, checks, predictions.predictions());
        SinkWiring sinks = new SinkWiring(wiring, requests, ledger.calls());
        stages.complete(sinks.fanOut());
        memory = Optional.of(new MemoryWiring(wiring, requests, sinks.template()));
        CallWiring calls = new CallWiring(
                wiring,
                requests,
                new CallPorts(ledger.calls(), predictions.predictions(), stages::permitsUsed, requests.tracing()));
        AgentWiring agent = new AgentWiring(wiring, requests, output);
        new ComponentWiring(wiring, requests, stages.prompts(), calls.endpoints());
        ledger.bindPage(calls.credentials());
        SourceWiring sources = new SourceWiring(wiring, requests, calls, ledger, sinks);
        BatchWiring batches = new BatchWiring(wiring, requests, calls.api(), ledger.batches(), sinks.template());
        if (OptionalLibrary.HTTP_SERVER.isPresent()) {
            GatewayWiring gateway = new GatewayWiring(wiring, requests);
            gateway.passThrough(calls.endpoints(), batches.ofClients());
            gateway.tools(agent.catalog(), agent.caller());
            if (settings.servers().console().enabled()) {
                NowParts.More more = new NowParts.More(
                        sinks::undelivered,
                        batches::trouble,
                        batches::report,
                        () -> notices(agent),
                        settings.delivery().sinks().keySet(),
                        settings.servers().console().traceUrl().orElse(""),
                        requests.meters().costs()::spentMicroUsd);
                new ConsoleWiring(wiring)
                        .now(new NowParts(
                                calls.endpoints(),
                                calls.credentials(),
                                ledger.ledger(),
                                new NowParts.Traffic(
                                        sinks.states(),
                                        sources.gates(),
                                        requests.inProgress(),
                                        requests.outcomes().failures()),
                                more,
                                wiring.runtime().clock(),
                                wiring.runtime().ticker()))
                        .add(new SpentPage(
                                ledger.page(),
                                () -> ledger.ledger().map(Ledger::budgets).orElse(Map.of())))
                        .routes(reloads)
                        .settings(() -> values.get(), settingsState)
                        .tries(stages.prompts()::prompt, gateway.replies(), calls.api(), requests)
                        .bind();
            }
        }
        health(calls, ledger, sinks, sources, batches, agent);
        context.addRoutes(calls.routes());
        context.addRoutes(sources.routes());
    }

    private void health(
            CallWiring calls,
            LedgerWiring ledger,
            SinkWiring sinks,
            SourceWiring sources,
            BatchWiring batches,
            AgentWiring agent) {
        ClaudeHealth health = new ClaudeHealth(
                calls.endpoints(),
                calls.credentials(),
                ledger.ledger(),
                new ClaudeHealth.Details(
                        batches::trouble, sinks.states(), sources.gates(), sinks::undelivered, () -> notices(agent)),
                wiring.runtime().clock());
        wiring.bind("claudeHealth", health);
        wiring.onStarted(health::started);
        wiring.onStopping(health::stopping);
    }

    private Map<String, String> notices(AgentWiring agent) {
        Map<String, String> notices = new LinkedHashMap<>(settingsState.details());
        notices.putAll(reloads.notices());
        notices.putAll(protectiveSteps.details());
        memory.ifPresent(its -> notices.putAll(its.details()));
        notices.putAll(agent.details());
        return notices;
    }

    /** Puts changed settings into effect from now on. */
    void watch(SettingsSource source, Map<String, String> running, Consumer<ClaudeSettings> rules) {
        wiring.live(next -> next.servers()
                .gateway()
                .tls()
                .certificate()
                .map(certificate -> ServerCertificate.prepare(
                        certificate,
                        next.servers().gateway().tls().privateKey().orElseThrow(),
                        context.getRegistry().findByType(GatewayServers.class)))
                .orElse(() -> {}));
        if (LogSetup.isPackaged(System.getProperties())) {
            AtomicReference<Set<String>> named =
                    new AtomicReference<>(settings.operation().log().levels().keySet());
            wiring.live(next -> () -> LogLevels.apply(
                    named.getAndSet(next.operation().log().levels().keySet()),
                    next.operation().log()));
        }
        LiveSettings changes = new LiveSettings(source, running, rules, wiring.live(), settingsState);
        values = changes::running;
        long interval = settings.operation().routes().settingsInterval().toMillis();
        wiring.every(interval, interval, "claude-settings", changes::look);
    }

    /** What becomes of route files that are saved. */
    RouteReloads reloads() {
        return reloads;
    }

    /** A route has been added, at the start or by a route file that was saved. */
    void added(Route route) {
        protectiveSteps.look(route);
    }

    void started() {
        wiring.started();
    }

    void stopping() {
        wiring.stopping();
    }

    @Override
    public void close() {
        wiring.close();
    }
}
