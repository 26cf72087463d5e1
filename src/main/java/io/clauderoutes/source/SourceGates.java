package io.clauderoutes.source;

import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.NamedSourceSettings;
import io.clauderoutes.settings.RedeliverySettings;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The gates of all sources. */
public final class SourceGates {

    private final Conditions conditions;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final LongSupplier ticker;
    private final DoubleSupplier chance;
    private final Map<String, SourceGate> gates = new ConcurrentHashMap<>();
    /** When a prompt of any source was answered last, by the ticker. */
    private static final double NANOS_PER_SECOND = 1e9;

    private final LongSupplier answeredNanos;

    private volatile boolean stopping;

    /**
     * A source that is paused.
     *
     * @param kind endpoint, credential, ledger, budget, sink or limit
     */
    public record Pause(String kind, String reason, Instant since) {}

    /**
     * Outages that are known without a message; each gives the reason, or nothing.
     *
     * @param sinks by the names of the sinks that a source uses
     */
    public record Conditions(
            Supplier<Optional<String>> endpoints,
            Supplier<Optional<String>> credentials,
            Supplier<Optional<String>> ledger,
            Function<List<String>, Optional<String>> sinks) {

        private Optional<Outage> now(NamedSourceSettings source, List<String> sinkNames) {
            return credentials
                    .get()
                    .map(reason -> new Outage(Outage.Kind.CREDENTIAL, reason))
                    .or(() -> endpoints.get().map(reason -> new Outage(Outage.Kind.ENDPOINT, reason)))
                    .filter(outage -> !source.intake().batch())
                    .or(() -> ledger.get().map(reason -> new Outage(Outage.Kind.LEDGER, reason)))
                    .or(() -> sinks.apply(sinkNames).map(reason -> new Outage(Outage.Kind.SINK, reason)));
        }
    }

    /**
     * Gates of all sources.
     *
     * @param answeredNanos when an endpoint answered a request last, wherever it came from
     * @param chance from 0 to 1
     */
    public SourceGates(
            Conditions conditions,
            LongSupplier answeredNanos,
            ClaudeMeters meters,
            Clock clock,
            LongSupplier ticker,
            DoubleSupplier chance) {
        this.conditions = conditions;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.chance = chance;
        this.answeredNanos = answeredNanos;
    }

    /**
     * The redeliveries of a source, behind a gate of its own.
     *
     * @param canPutBack whether the source keeps a message that fails, and brings others before it comes again
     */
    Redelivery redelivery(String name, NamedSourceSettings source, List<String> sinks, boolean canPutBack) {
        RedeliverySettings settings = source.intake().redeliveries();
        SourceGate gate = new SourceGate(name, settings, () -> conditions.now(source, sinks), clock, ticker, chance);
        gates.put(name, gate);
        meters.sources().oldestWait(name, () -> gate.oldestWaitNanos() / NANOS_PER_SECOND);
        Arrays.stream(Outage.Kind.values()).map(Outage.Kind::word).forEach(kind -> meters.sources()
                .paused(
                        name,
                        kind,
                        () -> gate.pause()
                                        .filter(pause -> pause.kind().equals(kind))
                                        .isPresent()
                                ? 1
                                : 0));
        return new Redelivery(gate, settings.most(), canPutBack, answeredNanos, ticker);
    }

    /** The sources that are paused now, by name. */
    public Map<String, Pause> paused() {
        Map<String, Pause> paused = new TreeMap<>();
        gates.forEach((name, gate) -> gate.pause().ifPresent(pause -> paused.put(name, pause)));
        return paused;
    }

    /** Whether the bundle stops, so that what fails now stays with its source. */
    boolean isStopping() {
        return stopping;
    }

    /** The bundle stops: no further message of a source is begun. */
    public void stop() {
        stopping = true;
        gates.values().forEach(SourceGate::stop);
    }
}
