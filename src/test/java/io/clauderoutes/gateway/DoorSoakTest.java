package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** Many streams that end in every way, and what is left of them. It is alone, for it counts threads, sockets and memory. */
@Isolated
@Timeout(180)
class DoorSoakTest {

    private static final int STREAMS = 10_000;
    private static final int CALLERS = 50;
    private static final String AT_WORK = "claude.throttle.in.flight";
    private static final long MEGABYTE = 1 << 20;

    private final Simulator simulator = Simulator.start(
            SimulatorSettings.instant()
                    .withPort(0)
                    .withRequestsKept(0)
                    .withFaults(Map.of(Fault.named("status-400"), 33.3)),
            Clock.systemUTC());

    @RegisterExtension
    final Bundle bundle =
            Bundle.calling(simulator).with("claude.cache.enabled", "false").withHttpDoor();

    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicInteger whole = new AtomicInteger();

    @AfterEach
    void stop() {
        simulator.close();
    }

    @Test
    void leave_nothing_behind_when_a_third_is_cut_by_its_caller_and_a_third_refused_by_the_endpoint() throws Exception {
        stream(STREAMS / 10);
        Patience.until(() -> bundle.meter(AT_WORK) == 0, Duration.ofSeconds(60), () -> "some at work");
        Footprint before = Footprint.now();

        stream(STREAMS);

        assertThat(refused).hasValueGreaterThan(STREAMS / 4);
        assertThat(left).hasValueGreaterThan(STREAMS / 4);
        assertThat(whole).hasValueGreaterThan(STREAMS / 4);
        Patience.until(
                () -> bundle.meter(AT_WORK) == 0 && Footprint.now().isNoMoreThan(before),
                Duration.ofSeconds(60),
                () -> bundle.meter(AT_WORK) + " at work, " + Footprint.now() + " where it was " + before);
    }

    private void stream(int streams) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                boolean leaves = i % 2 == 0;
                int number = i;
                all.add(callers.submit(() -> {
                    ask(number, leaves);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            callers.shutdownNow();
        }
    }

    private void ask(int number, boolean leaves) throws IOException {
        String body = "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":200,\"stream\":true,\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"Tell me of sea number " + number + "\"}]}";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), bundle.door().getPort()));
            socket.getOutputStream()
                    .write(
                            ("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json"
                                            + "\r\ncontent-length: " + body.length() + "\r\n\r\n" + body)
                                    .getBytes(UTF_8));
            BufferedReader answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            String status = answer.readLine();
            assertThat(status).as("200, or the endpoint's refusal").containsAnyOf(" 200 ", " 400 ");
            if (status.contains(" 400 ")) {
                refused.incrementAndGet();
                return;
            }
            for (String line = answer.readLine(); line != null; line = answer.readLine()) {
                if (leaves && line.contains("content_block_delta")) {
                    socket.setSoLinger(true, 0);
                    left.incrementAndGet();
                    return;
                }
                if (line.contains("\"type\":\"message_stop\"")) {
                    whole.incrementAndGet();
                }
            }
        }
    }

    /** What the process holds. */
    private record Footprint(int threads, long files, long megabytes) {

        private static final int SPARE_THREADS = 10;
        private static final int SPARE_FILES = 10;
        private static final int SPARE_MEGABYTES = 10;

        static Footprint now() {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            return new Footprint(
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                            ? unix.getOpenFileDescriptorCount()
                            : 0,
                    (runtime.totalMemory() - runtime.freeMemory()) / MEGABYTE);
        }

        boolean isNoMoreThan(Footprint earlier) {
            return threads <= earlier.threads + SPARE_THREADS
                    && files <= earlier.files + SPARE_FILES
                    && megabytes <= earlier.megabytes + SPARE_MEGABYTES;
        }
    }
}
