package io.clauderoutes.split;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * The strategy {@code auto} against the fixed strategies on three mixes of replies, with the simulator: {@code java
 * io.clauderoutes.split.StrategyReport}. Five of 100 streams break off. A reader who has seen text of a reply that breaks off asks again.
 * The cost of a request is the time to the first text that stays plus the time to the complete reply, both from its first start.
 */
public final class StrategyReport {

    private static final int READERS = 20;
    private static final int LEARNED = 80;
    private static final int MEASURED = 400;
    private static final Duration LATENCY = Duration.ofMillis(150);
    private static final Duration LATENCY_P99 = Duration.ofMillis(400);
    private static final int TOKENS_PER_SECOND = 120;
    private static final double BROKEN_PERCENT = 5;
    private static final String SHORT = "say exactly: Yes, number %d it is.";
    private static final String LONG = "say exactly: A long report on number %d follows. "
            + "The sea is deep and wide, and its tides follow the moon. ".repeat(14);

    /** A mix: how many of 100 replies are long. */
    private record Mix(String name, int longPercent) {}

    private record Figures(double first, double complete, double chunks) {
        double cost() {
            return first + complete;
        }
    }

    private final CamelContext context = new DefaultCamelContext();
    private final Map<String, Long> firsts = new ConcurrentHashMap<>();
    private final Map<String, Long> chunks = new ConcurrentHashMap<>();
    private ProducerTemplate template;

    private StrategyReport() {}

    public static void main(String[] args) throws Exception {
        System.out.println("| mix | mode | first text ms | complete ms | chunks | cost ms | regret |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        for (Mix mix : List.of(new Mix("short", 0), new Mix("half", 50), new Mix("long", 100))) {
            Figures stream = new StrategyReport().measured("stream", mix);
            Figures whole = new StrategyReport().measured("whole", mix);
            Figures auto = new StrategyReport().measured("auto", mix);
            double best = Math.min(stream.cost(), whole.cost());
            row(mix, "stream", stream, "");
            row(mix, "whole", whole, "");
            row(mix, "auto", auto, String.format(Locale.ROOT, "%.1f %%", 100 * (auto.cost() / best - 1)));
        }
        System.exit(0);
    }

    private static void row(Mix mix, String mode, Figures figures, String regret) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.0f | %.0f | %.1f | %.0f | %s |%n",
                mix.name(),
                mode,
                figures.first(),
                figures.complete(),
                figures.chunks(),
                figures.cost(),
                regret);
    }

    private Figures measured(String strategy, Mix mix) throws Exception {
        try (Simulator simulator = Simulator.start(
                SimulatorSettings.instant()
                        .withLatency(LATENCY, LATENCY_P99)
                        .withTokensPerSecond(TOKENS_PER_SECOND)
                        .withFaults(Map.of(new Fault.Reset(4), BROKEN_PERCENT))
                        .withSeed(7)
                        .withRequestsKept(0),
                Clock.systemUTC())) {
            start(simulator, strategy);
            run(mix, 0, LEARNED);
            firsts.clear();
            chunks.clear();
            return run(mix, LEARNED, LEARNED + MEASURED);
        } finally {
            context.stop();
        }
    }

    private void start(Simulator simulator, String strategy) throws Exception {
        Properties settings = new Properties();
        settings.setProperty("claude.credentials.main.key", "sk-ant-benchmark");
        settings.setProperty("claude.endpoints.primary.url", simulator.url().toString());
        settings.setProperty("claude.routes", "");
        settings.setProperty("claude.cache.enabled", "false");
        settings.setProperty("claude.call.retry-budget-percent", "100");
        settings.setProperty("claude.call.first-delay", "1ms");
        settings.setProperty("claude.endpoints.*.breaker-failure-percent", "100");
        settings.setProperty("claude.endpoints.*.out-after-failures", "1000");
        settings.setProperty("claude.split.strategy", strategy);
        settings.setProperty("claude.sinks.live.uri", "bean:reader?method=read");
        settings.setProperty("claude.sinks.live.chunks", "true");
        context.getPropertiesComponent().setInitialProperties(settings);
        context.disableJMX();
        context.getRegistry().bind("reader", this);
        context.start();
        template = context.createProducerTemplate();
    }

    /** The sink: notes when the first text of each prompt comes. */
    public void read(Exchange chunk) {
        if (!chunk.getMessage().getBody(String.class).isEmpty()) {
            String prompt = chunk.getMessage().getHeader(ClaudeHeaders.NAME, String.class);
            firsts.putIfAbsent(prompt, System.nanoTime());
            chunks.merge(prompt, 1L, Long::sum);
        }
    }

    private Figures run(Mix mix, int from, int to) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        List<Future<double[]>> requests = new ArrayList<>();
        for (int i = from; i < to; i++) {
            int number = i;
            boolean isLong = Math.floorMod(i * 37, 100) < mix.longPercent();
            requests.add(readers.submit(() -> ask(number, (isLong ? LONG : SHORT).formatted(number))));
        }
        double first = 0;
        double complete = 0;
        for (Future<double[]> request : requests) {
            first += request.get()[0] / requests.size();
            complete += request.get()[1] / requests.size();
        }
        readers.shutdown();
        double texts = chunks.values().stream().mapToLong(each -> each).sum() / (double) requests.size();
        return new Figures(first, complete, texts);
    }

    private double[] ask(int number, String prompt) {
        long start = System.nanoTime();
        for (int attempt = 0; ; attempt++) {
            String name = number + "." + attempt;
            Exchange exchange = template.request("direct:claude", message -> {
                message.getMessage().setBody(prompt);
                message.getMessage().setHeader(ClaudeHeaders.SINKS, "live");
                message.getMessage().setHeader(ClaudeHeaders.NAME, name);
            });
            if (exchange.getException() == null) {
                long end = System.nanoTime();
                return new double[] {millis(firsts.getOrDefault(name, end) - start), millis(end - start)};
            }
        }
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
