package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.settings.ClientAuthentication;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.JwtAlgorithm;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.TestKeys;
import java.io.PrintStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What credentials cost a call, and whether a call fails while they are rotated. Calls leave at a fixed rate, whatever the
 * earlier ones do; the token server is a simulator on loopback that takes 5 ms, as one in the next building would.
 */
public final class CredentialReport {

    private static final Logger LOG = LoggerFactory.getLogger(CredentialReport.class);
    private static final int SECONDS = 6;
    private static final int CALLERS = 32;
    private static final int ROTATIONS = 1000;
    private static final Duration AWAY = Duration.ofMillis(5);
    private static final byte[] BODY = ("{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":5,\"messages\":"
                    + "[{\"role\":\"user\",\"content\":\"say exactly: Deep.\"}]}")
            .getBytes(UTF_8);

    private final PrintStream out;
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CloseableHttpClient client = HttpClients.custom()
            .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnPerRoute(CALLERS)
                    .setMaxConnTotal(CALLERS)
                    .build())
            .build();

    private CredentialReport(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        CredentialReport report = new CredentialReport(System.out);
        report.rotations();
        report.costs();
        System.exit(0);
    }

    private void rotations() throws Exception {
        try (Simulator simulator = simulator(0);
                Bundle bundle = Bundle.calling(simulator)
                        .with("claude.cache.enabled", "false")
                        .with("claude.credentials.main.kind", "client-credentials")
                        .with("claude.credentials.main.client-id", "us")
                        .with("claude.credentials.main.token-url", simulator.url() + "/oauth2/token")) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger failed = new AtomicInteger();
            AtomicIntegerArray calls = new AtomicIntegerArray(8);
            Future<?>[] callers = new Future<?>[calls.length()];
            for (int i = 0; i < callers.length; i++) {
                int caller = i;
                callers[i] = bundle.inBackground(() -> {
                    while (!over.get()) {
                        Exchange exchange = bundle.send("How deep is the sea?");
                        if (exchange.getException() != null) {
                            failed.incrementAndGet();
                            LOG.info("failed", exchange.getException());
                        }
                        calls.incrementAndGet(caller);
                    }
                    return null;
                });
            }
            long start = System.nanoTime();
            for (int rotation = 0; rotation < ROTATIONS; rotation++) {
                simulator.revokeTokens();
                int[] before =
                        IntStream.range(0, callers.length).map(calls::get).toArray();
                Bundle.until(() -> IntStream.range(0, callers.length).allMatch(i -> calls.get(i) > before[i] + 1));
            }
            double took = (System.nanoTime() - start) / 1e9;
            over.set(true);
            for (Future<?> caller : callers) {
                caller.get(20, TimeUnit.SECONDS);
            }
            int all = IntStream.range(0, callers.length).map(calls::get).sum();
            out.printf(
                    "rotations %d in %.1f s, calls %d by %d callers, refused with 401 %d, tokens issued %d, calls failed %d%n",
                    ROTATIONS,
                    took,
                    all,
                    callers.length,
                    simulator.bill().answersWith(401),
                    simulator.bill().callsOf("/oauth2/token"),
                    failed.get());
        }
    }

    private static Simulator simulator(int slowTokens) {
        Simulator simulator = Simulator.start(SimulatorSettings.instant().withRequestsKept(0), Clock.systemUTC());
        simulator.nextToken(
                Collections.nCopies(slowTokens, new Fault.Slow(AWAY, 0)).toArray(Fault[]::new));
        return simulator;
    }

    private void costs() throws Exception {
        out.println(
                "calls/s  credential                            credential µs mean / p99    whole call µs mean / p99   tokens");
        for (int rate : new int[] {50, 500}) {
            cost(rate, "jwt ES256", this::jwt, true);
            cost(rate, "jwt ES256, signed for each call", this::jwt, false);
            cost(rate, "client-credentials", this::client, true);
            cost(rate, "client-credentials without a cache", this::client, false);
        }
    }

    /** Where tokens of one kind come from, with its server. */
    private interface Kind {
        TokenSource source(URI url) throws Exception;
    }

    private TokenSource jwt(URI url) throws Exception {
        String key = TestKeys.pem(TestKeys.ec("secp256r1").getPrivate());
        return new SelfSignedJwt(
                new CredentialSettings.Jwt(
                        new SecretSettings(key, Optional.empty()),
                        JwtAlgorithm.ES256,
                        "us",
                        "",
                        "",
                        "",
                        Duration.ofMinutes(5)),
                Secret.fixed(key),
                clock(),
                System::nanoTime);
    }

    private TokenSource client(URI url) {
        CredentialSettings.ClientCredentials settings = new CredentialSettings.ClientCredentials(
                new SecretSettings("secret", Optional.empty()),
                url.resolve("/oauth2/token"),
                "us",
                ClientAuthentication.BASIC,
                "",
                "",
                Duration.ofSeconds(10));
        TokenEndpoint endpoint = new TokenEndpoint(
                "main", settings.tokenUrl(), settings.timeout(), clock(), scheduler, System::nanoTime);
        return new ClientCredentials(settings, Secret.fixed("secret"), endpoint, clock());
    }

    private static ServerClock clock() {
        return new ServerClock("main", Clock.systemUTC(), System::nanoTime);
    }

    private void cost(int rate, String name, Kind kind, boolean kept) throws Exception {
        int calls = rate * SECONDS;
        try (Simulator simulator = simulator(2 * calls)) {
            TokenSource source = kind.source(simulator.url());
            TokenKeeper keeper = new TokenKeeper(
                    "main", source, threads, renewed -> {}, System::nanoTime, ThreadLocalRandom::current);
            Supplier<String> token = kept
                    ? () -> keeper.get(System.nanoTime() + Duration.ofSeconds(5).toNanos())
                            .value()
                    : () -> source.issue().value();
            measured(simulator.url(), token, rate, rate);
            long before = simulator.bill().callsOf("/oauth2/token");
            long[][] took = measured(simulator.url(), token, rate, calls);
            out.printf(
                    "%7d  %-36s %12.0f / %-8d %18.0f / %-8d %11d%n",
                    rate,
                    name,
                    Arrays.stream(took[0]).average().orElse(0) / 1000,
                    percentile(took[0]) / 1000,
                    Arrays.stream(took[1]).average().orElse(0) / 1000,
                    percentile(took[1]) / 1000,
                    simulator.bill().callsOf("/oauth2/token") - before);
        }
    }

    private static long percentile(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length * 99 / 100];
    }

    /** Nanoseconds for the credential, and for the call with it, from the time at which the call was made. */
    private long[][] measured(URI url, Supplier<String> token, int rate, int calls) throws Exception {
        long[][] took = new long[2][calls];
        AtomicInteger next = new AtomicInteger();
        long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        List<Future<?>> callers = IntStream.range(0, CALLERS)
                .<Future<?>>mapToObj(caller -> threads.submit(() -> {
                    for (int i = next.getAndIncrement(); i < calls; i = next.getAndIncrement()) {
                        long due = start + TimeUnit.SECONDS.toNanos(1) * i / rate;
                        while (System.nanoTime() - due < 0) {
                            LockSupport.parkNanos(due - System.nanoTime());
                        }
                        long begun = System.nanoTime();
                        HttpPost request = new HttpPost(url.resolve("/v1/messages"));
                        request.setHeader("Authorization", "Bearer " + token.get());
                        took[0][i] = System.nanoTime() - begun;
                        request.setHeader("anthropic-version", "2023-06-01");
                        request.setEntity(new ByteArrayEntity(BODY, ContentType.APPLICATION_JSON));
                        client.execute(request, response -> {
                            EntityUtils.consume(response.getEntity());
                            if (response.getCode() != 200) {
                                throw new IllegalStateException("status " + response.getCode());
                            }
                            return null;
                        });
                        took[1][i] = System.nanoTime() - begun;
                    }
                    return null;
                }))
                .toList();
        for (Future<?> caller : callers) {
            caller.get();
        }
        return took;
    }
}
