package io.clauderoutes.endpoints;

import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.Exchange;

/**
 * Two endpoints under 100 callers, the first of which goes wrong for a while and is brought back; and HTTP/2 against HTTP/1.1.
 * The argument says what goes wrong (slow, broken, overloaded, swallowed, flapping), the hold and the slow start, as in {@code
 * broken,slow:30s:30s}; or {@code http}.
 */
public final class EndpointReport {

    private static final int CALLERS = 100;
    private static final Duration NORMAL = Duration.ofSeconds(8);
    private static final Duration FAULT = Duration.ofSeconds(8);
    private static final int COUNTED = 1000;
    private static final Duration LATENCY = Duration.ofMillis(200);
    private static final Duration LATENCY_P99 = Duration.ofMillis(400);

    private final PrintStream out = System.out;

    /** One call: when it began and how long it took; whether it failed without having begun to answer. */
    private record Call(long at, long took, boolean failed) {}

    public static void main(String[] arguments) throws Exception {
        EndpointReport report = new EndpointReport();
        String[] what = arguments[0].split(":");
        if (what[0].equals("http")) {
            report.http("1.1");
            report.http("2");
        } else {
            for (String fault : what[0].split(",")) {
                report.fault(fault, what[1], what[2]);
            }
        }
        System.exit(0);
    }

    private static Simulator simulator(Duration latency, Duration p99) {
        return Simulator.start(
                SimulatorSettings.instant().withLatency(latency, p99).withRequestsKept(0), Clock.systemUTC());
    }

    private void fault(String name, String hold, String slowStart) throws Exception {
        Simulator first = simulator(LATENCY, LATENCY_P99);
        Simulator second = simulator(LATENCY, LATENCY_P99);
        Relay relay = new Relay(first.port());
        Bundle bundle = Bundle.callingUrl(relay.url())
                .with("claude.endpoints.second.url", second.url().toString())
                .with("claude.endpoints.primary.priority", "1")
                .with("claude.call.order", name.equals("slow") ? "nearest" : "priority")
                .with("claude.endpoints.*.hold", hold)
                .with("claude.endpoints.*.slow-start", slowStart)
                .with("claude.cache.enabled", "false")
                .with("claude.throttle.in-flight", "1000");
        bundle.context();
        Queue<Call> calls = new ConcurrentLinkedQueue<>();
        AtomicBoolean over = new AtomicBoolean();
        List<Future<?>> callers = callers(bundle, calls, over);
        sleep(NORMAL);
        long begun = System.nanoTime();
        inflict(name, relay, first);
        if (!name.equals("flapping")) {
            sleep(FAULT);
        }
        long out = System.nanoTime();
        double state = bundle.meter("claude.endpoint.state", "endpoint", "primary");
        heal(name, relay, first);
        long healed = System.nanoTime();
        waitFor(bundle, 1);
        long back = System.nanoTime();
        waitFor(bundle, 0);
        long all = System.nanoTime();
        sleep(Duration.ofSeconds(3));
        over.set(true);
        for (Future<?> caller : callers) {
            caller.get(90, TimeUnit.SECONDS);
        }
        List<Call> normal = within(calls, begun - NORMAL.toNanos() + 3_000_000_000L, begun - 1_000_000_000L);
        List<Call> during = within(calls, begun - 1_000_000_000L, out);
        List<Call> after = within(calls, back, Long.MAX_VALUE);
        this.out.printf(
                "%s (state %.0f): calls %d, failed %d (%.3f %%); p99 normal %d ms, during %d ms, from the comeback on %d ms"
                        + " (failed %d); slow start %.1f s after it healed, all calls %.1f s%n",
                name,
                state,
                calls.size(),
                failed(calls),
                100.0 * failed(calls) / calls.size(),
                p99(normal),
                p99(during),
                p99(after),
                failed(after),
                (back - healed) / 1e9,
                (all - healed) / 1e9);
        bundle.close();
        relay.close();
        first.close();
        second.close();
    }

    private static List<Future<?>> callers(Bundle bundle, Queue<Call> calls, AtomicBoolean over) {
        List<Future<?>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(bundle.inBackground(() -> {
                while (!over.get()) {
                    long at = System.nanoTime();
                    Exchange exchange = bundle.send("say exactly: Deep.");
                    calls.add(new Call(at, System.nanoTime() - at, exchange.getException() != null));
                }
                return null;
            }));
        }
        return callers;
    }

    private static void inflict(String name, Relay relay, Simulator first) throws Exception {
        switch (name) {
            case "slow" -> relay.slowBy(TimeUnit.MILLISECONDS.toNanos(2000));
            case "broken" -> relay.cut();
            case "overloaded" ->
                first.next(Collections.nCopies(1_000_000, Fault.status(529)).toArray(Fault[]::new));
            case "swallowed" -> relay.swallow(true);
            case "flapping" -> {
                for (int i = 0; i < 4; i++) {
                    relay.cut();
                    sleep(Duration.ofSeconds(1));
                    relay.restore();
                    sleep(Duration.ofSeconds(1));
                }
            }
            default -> throw new IllegalArgumentException(name);
        }
    }

    private static void heal(String name, Relay relay, Simulator first) throws Exception {
        switch (name) {
            case "slow" -> relay.slowBy(0);
            case "broken" -> relay.restore();
            case "overloaded" ->
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(first.url() + "/simulator/faults"))
                                        .DELETE()
                                        .build(),
                                BodyHandlers.discarding());
            case "swallowed" -> relay.swallow(false);
            default -> {
                // a flapping one has been restored
            }
        }
    }

    private static void sleep(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /** Until the first endpoint's state is no worse than this, but not for ever. */
    private static void waitFor(Bundle bundle, int state) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
        while (bundle.meter("claude.endpoint.state", "endpoint", "primary") > state && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static List<Call> within(Queue<Call> calls, long from, long to) {
        return calls.stream()
                .filter(call -> call.at() - from >= 0 && (to == Long.MAX_VALUE || call.at() - to < 0))
                .toList();
    }

    private static long failed(Iterable<Call> calls) {
        long failed = 0;
        for (Call call : calls) {
            failed += call.failed() ? 1 : 0;
        }
        return failed;
    }

    private static long p99(List<Call> calls) {
        long[] took = calls.stream().mapToLong(Call::took).sorted().toArray();
        return took.length == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(took[(int) (took.length * 0.99)]);
    }

    private void http(String version) throws Exception {
        try (Simulator simulator = simulator(Duration.ZERO, Duration.ZERO);
                Relay relay = new Relay(simulator.port());
                Bundle bundle = Bundle.callingUrl(relay.url())
                        .with("claude.endpoints.primary.http-version", version)
                        .with("claude.cache.enabled", "false")
                        .with("claude.throttle.in-flight", "1000")) {
            for (int i = 0; i < COUNTED; i++) {
                bundle.ask("say exactly: Deep.");
            }
            long before = relay.sent();
            for (int i = 0; i < COUNTED; i++) {
                bundle.ask("say exactly: Deep.");
            }
            double bytes = (double) (relay.sent() - before) / COUNTED;
            Queue<Call> calls = new ConcurrentLinkedQueue<>();
            AtomicBoolean over = new AtomicBoolean();
            List<Future<?>> callers = callers(bundle, calls, over);
            sleep(Duration.ofSeconds(10));
            long from = System.nanoTime();
            sleep(Duration.ofSeconds(10));
            over.set(true);
            for (Future<?> caller : callers) {
                caller.get(20, TimeUnit.SECONDS);
            }
            List<Call> counted = within(calls, from, Long.MAX_VALUE);
            out.printf(
                    "HTTP/%s: %d connections, %.0f bytes per call to the endpoint, body included; %d callers: %d calls/s, p99 %d"
                            + " ms, failed %d, moving average of first token %.1f ms%n",
                    version,
                    relay.connections(),
                    bytes,
                    CALLERS,
                    counted.size() / 10,
                    p99(counted),
                    failed(counted),
                    1000 * bundle.meter("claude.endpoint.time.to.first.token", "endpoint", "primary"));
        }
    }
}
