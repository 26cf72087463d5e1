package io.clauderoutes.endpoints;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.sidebyside.ReportFile;
import io.clauderoutes.support.Bundle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.Exchange;

/**
 * Fixed limits of calls in flight against {@code auto}: forty callers, an endpoint that serves ten calls at once, and one whose slots are
 * halved in the middle. It writes its part of {@code src/docs/benchmarks.md}.
 */
public final class ConcurrencyReport {

    private static final int CALLERS = 40;
    private static final int SLOTS = 10;
    private static final Duration WARM_UP = Duration.ofSeconds(6);
    private static final Duration MEASURED = Duration.ofSeconds(12);
    private static final List<String> LIMITS = List.of("off", "10", "auto");

    private ConcurrencyReport() {}

    private record Call(long at, long took, boolean failed) {}

    public static void main(String[] arguments) throws Exception {
        StringBuilder table = new StringBuilder("""
                | slots | `claude.call.concurrency` | replies/s | median ms | p99 ms | failed requests | 529 of the endpoint | limit at the end |
                | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        for (boolean halved : new boolean[] {false, true}) {
            for (String limit : LIMITS) {
                table.append(row(limit, halved));
            }
        }
        new ReportFile(Path.of("src/docs/benchmarks.md"), "concurrency", "ConcurrencyReport").write(table.toString());
        System.out.println(table);
        System.exit(0);
    }

    private static String row(String limit, boolean halved) throws Exception {
        try (SlottedEndpoint endpoint = new SlottedEndpoint(SLOTS);
                Bundle bundle = Bundle.callingUrl(endpoint.url())
                        .with("claude.call.concurrency", limit)
                        .with("claude.call.max-attempts", "2")
                        .with("claude.call.first-delay", "500ms")
                        .with("claude.call.max-delay", "8s")
                        .with("claude.endpoints.*.breaker-failure-percent", "100")
                        .with("claude.cache.enabled", "false")
                        .with("claude.throttle.in-flight", "1000")) {
            bundle.context();
            Queue<Call> calls = new ConcurrentLinkedQueue<>();
            AtomicBoolean over = new AtomicBoolean();
            List<Future<?>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(bundle.inBackground(() -> {
                    while (!over.get()) {
                        long at = System.nanoTime();
                        Exchange exchange = bundle.send("Deep?", Map.of(ClaudeHeaders.STREAM, true));
                        calls.add(new Call(at, System.nanoTime() - at, exchange.getException() != null));
                    }
                    return null;
                }));
            }
            sleep(WARM_UP);
            long from = System.nanoTime();
            long refused = endpoint.refused();
            sleep(MEASURED.dividedBy(2));
            if (halved) {
                endpoint.slots(SLOTS / 2);
            }
            sleep(MEASURED.dividedBy(2));
            long to = System.nanoTime();
            refused = endpoint.refused() - refused;
            double atEnd = bundle.meter("claude.endpoint.concurrency.limit", "endpoint", "primary");
            over.set(true);
            for (Future<?> caller : callers) {
                caller.get(60, TimeUnit.SECONDS);
            }
            List<Call> counted = calls.stream()
                    .filter(call -> call.at() + call.took() - from >= 0 && call.at() + call.took() - to < 0)
                    .toList();
            long[] took = counted.stream()
                    .filter(call -> !call.failed())
                    .mapToLong(Call::took)
                    .sorted()
                    .toArray();
            return String.format(
                    "| %s | %s | %.1f | %d | %d | %d | %d | %s |%n",
                    halved ? SLOTS + ", then " + SLOTS / 2 : SLOTS,
                    limit,
                    took.length / (double) MEASURED.toSeconds(),
                    millis(took, 0.5),
                    millis(took, 0.99),
                    counted.size() - took.length,
                    refused,
                    atEnd == 0 ? "none" : String.format("%.0f", atEnd));
        }
    }

    private static long millis(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(sorted[(int) (share * (sorted.length - 1))]);
    }

    private static void sleep(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }
}
