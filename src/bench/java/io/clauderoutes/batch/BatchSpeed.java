package io.clauderoutes.batch;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Processor;

/**
 * Prompts in groups of ten against single calls, at the latencies and error rates of the articles: 340 ms and 1.2 % for a single
 * call, 210 ms and 0.3 % for a group. What is measured is the time from the first prompt to the last answer, through all stages.
 */
public final class BatchSpeed {

    private static final int PROMPTS = 4_000;
    private static final int CALLERS = 44;
    private static final Duration SINGLE = Duration.ofMillis(340);
    private static final Duration GROUP = Duration.ofMillis(210);
    private static final double SINGLE_ERRORS = 1.2;
    private static final double GROUP_ERRORS = 0.3;

    private BatchSpeed() {}

    private record Speed(double perSecond, double failedPercent) {}

    public static void main(String... arguments) throws Exception {
        PrintStream out = System.out;
        Path data = Files.createTempDirectory(Path.of("target"), "batch-speed");
        Speed single = single(data.resolve("single"));
        Speed groups = together(data.resolve("groups"), "prompt");
        Speed batches = together(data.resolve("batches"), "messages");
        out.printf(
                "single calls, %d callers: %.0f prompts/s, %.2f %% failed%n",
                CALLERS, single.perSecond, single.failedPercent);
        out.printf(
                "groups of 10 (POST /v1/batch): %.0f prompts/s, %.2f %% failed, %.2f times as many%n",
                groups.perSecond, groups.failedPercent, groups.perSecond / single.perSecond);
        out.printf(
                "Message Batches of 10: %.0f prompts/s, %.2f %% failed, %.2f times as many%n",
                batches.perSecond, batches.failedPercent, batches.perSecond / single.perSecond);
    }

    private static Bundle bundle(Simulator simulator, Path data) {
        return Bundle.calling(simulator)
                .with("claude.data", data.toString())
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.call.max-attempts", "1");
    }

    private static Speed single(Path data) throws InterruptedException {
        SimulatorSettings settings = SimulatorSettings.instant()
                .withLatency(SINGLE, Duration.ZERO)
                .withRequestsKept(0)
                .withFaults(Map.of(Fault.status(500), SINGLE_ERRORS));
        try (Simulator simulator = Simulator.start(settings, Clock.systemUTC());
                Bundle bundle = bundle(simulator, data).with("claude.endpoints.*.dialect", "prompt")) {
            AtomicInteger failed = new AtomicInteger();
            AtomicInteger asked = new AtomicInteger();
            ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
            CountDownLatch done = new CountDownLatch(CALLERS);
            bundle.ask("say exactly: warm");
            long start = System.nanoTime();
            for (int caller = 0; caller < CALLERS; caller++) {
                callers.execute(() -> {
                    while (asked.incrementAndGet() <= PROMPTS) {
                        if (bundle.send("say exactly: one", Map.of(ClaudeHeaders.STREAM, "false"))
                                        .getException()
                                != null) {
                            failed.incrementAndGet();
                        }
                    }
                    done.countDown();
                });
            }
            done.await();
            callers.shutdown();
            return speed(start, System.nanoTime(), failed.get());
        }
    }

    private static Speed together(Path data, String dialect) throws InterruptedException, IOException {
        SimulatorSettings settings = SimulatorSettings.instant()
                .withRequestsKept(0)
                .withFaults(dialect.equals("prompt") ? Map.of(Fault.status(500), GROUP_ERRORS) : Map.of())
                .withBatches(BatchRules.instant()
                        .withDuration(GROUP)
                        .withGroupDuration(GROUP)
                        .withFailures(dialect.equals("prompt") ? 0 : GROUP_ERRORS, 0));
        CountDownLatch answered = new CountDownLatch(PROMPTS);
        AtomicInteger failed = new AtomicInteger();
        AtomicLong last = new AtomicLong();
        Processor answer = exchange -> {
            last.set(System.nanoTime());
            answered.countDown();
        };
        Processor letter = exchange -> {
            failed.incrementAndGet();
            answered.countDown();
        };
        try (Simulator simulator = Simulator.start(settings, Clock.systemUTC());
                Bundle bundle = bundle(simulator, data)
                        .withBean("answer", answer)
                        .withBean("letter", letter)
                        .with("claude.endpoints.*.dialect", dialect)
                        .with("claude.batch.size", "10")
                        .with("claude.batch.wait", "1s")
                        .with("claude.batch.attempts", "1")
                        .with("claude.batch.poll-interval", GROUP.toMillis() + "ms")
                        .with("claude.batch.poll-interval-max", GROUP.toMillis() + "ms")
                        .with("claude.batch.dead-letter", "bean:letter")
                        .with("claude.sinks.answers.uri", "bean:answer")) {
            bundle.context();
            ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
            long start = System.nanoTime();
            for (int i = 0; i < PROMPTS; i++) {
                callers.execute(() -> bundle.sendTo(
                        "direct:claude-batch", "say exactly: one", Map.of(ClaudeHeaders.SINKS, "answers")));
            }
            answered.await();
            callers.shutdown();
            return speed(start, last.get(), failed.get());
        }
    }

    private static Speed speed(long startNanos, long endNanos, int failed) {
        return new Speed(PROMPTS * 1e9 / (endNanos - startNanos), failed * 100.0 / PROMPTS);
    }
}
