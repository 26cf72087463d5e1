package io.clauderoutes.meters;

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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Creates meters, each with its help text, and finds them again without a lock. Values of tags that come from outside are bounded. */
final class MeterSeries {

    /** Model ids are free text; past so many the meters call the rest {@code other}. */
    private static final int MOST_MODELS = 50;

    private static final int MOST_TENANTS = 100;
    private static final int MOST_TOOLS = 200;
    private static final int MOST_TYPES = 30;

    /** Powers of four: the bucket boundaries that OpenTelemetry's conventions give. */
    private static final double[] TOKEN_BUCKETS = {
        1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
    };

    private final MeterRegistry registry;
    private final BoundedTags models = new BoundedTags(MOST_MODELS);
    private final BoundedTags tenants = new BoundedTags(MOST_TENANTS);
    private final BoundedTags tools = new BoundedTags(MOST_TOOLS);
    private final BoundedTags types = new BoundedTags(MOST_TYPES);
    private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Series, Timer> timers = new ConcurrentHashMap<>();
    private final Map<Series, DistributionSummary> summaries = new ConcurrentHashMap<>();

    /** The name of a meter with its tags: names and values in turn. */
    private record Series(String name, List<String> tags) {}

    MeterSeries(MeterRegistry registry) {
        this.registry = registry;
    }

    String model(String value) {
        return models.bounded(value);
    }

    String tenant(String value) {
        return tenants.bounded(value);
    }

    String tool(String value) {
        return tools.bounded(value);
    }

    String type(String value) {
        return types.bounded(value);
    }

    /** A counter in US dollars. */
    Counter dollars(String name, String... tags) {
        return series(counters, name, tags, () -> Counter.builder(name)
                .description(MeterHelp.of(name))
                .baseUnit("dollars")
                .tags(tags)
                .register(registry));
    }

    /** A gauge in US dollars. */
    void dollarsLeft(String name, String description, Tags tags, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .baseUnit("dollars")
                .tags(tags)
                .register(registry);
    }

    /** A distribution of numbers of tokens. */
    DistributionSummary tokens(String name, String... tags) {
        return series(summaries, name, tags, () -> DistributionSummary.builder(name)
                .description(MeterHelp.of(name))
                .serviceLevelObjectives(TOKEN_BUCKETS)
                .tag("gen_ai.provider.name", "anthropic")
                .tag("gen_ai.operation.name", "chat")
                .tags(tags)
                .register(registry));
    }

    void gauge(String name, String description, Supplier<Number> value) {
        gauge(name, description, Tags.empty(), value);
    }

    void gauge(String name, String description, Tags tags, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).tags(tags).register(registry);
    }

    /** The usual way is a look-up without a lock: {@code computeIfAbsent} may wait for others even if the series is there. */
    private static <M> M series(Map<Series, M> meters, String name, String[] tags, Supplier<M> create) {
        Series series = new Series(name, Arrays.asList(tags));
        M meter = meters.get(series);
        return meter != null ? meter : meters.computeIfAbsent(series, added -> create.get());
    }

    Counter counter(String name, String... tags) {
        return series(counters, name, tags, () -> Counter.builder(name)
                .description(MeterHelp.of(name))
                .tags(tags)
                .register(registry));
    }

    Timer timer(String name, String... tags) {
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
