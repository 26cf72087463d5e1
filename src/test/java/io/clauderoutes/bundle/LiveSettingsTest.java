package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.InProcessBundle;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.SelfSigned;
import io.clauderoutes.support.SocketPeer;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Settings that are changed while the bundle runs, over real connections. */
@Timeout(180)
@Order(3)
class LiveSettingsTest {

    private static final String MODEL = "claude-sonnet-5-5";

    @TempDir
    Path home;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private CapturedLog log;
    private InProcessBundle bundle;

    @BeforeEach
    void prepare() {
        log = new CapturedLog(LiveSettings.class.getName(), Level.INFO);
        bundle = bundleAt(simulator.url());
    }

    private InProcessBundle bundleAt(URI endpoint) {
        return new InProcessBundle(home, endpoint)
                .with("claude.gateway.keys.one.key", "key-one")
                .with("claude.gateway.keys.one.tenant", "acme");
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
        log.close();
    }

    private String said() {
        return String.join("\n", log.lines());
    }

    @Test
    void a_client_key_is_added_replaced_and_removed() throws Exception {
        bundle.started();

        bundle.set("claude.gateway.keys.two.key", "key-two");
        bundle.until("key-two", 200);
        bundle.set("claude.gateway.keys.two.key", "key-three");
        bundle.until("key-three", 200);
        assertThat(bundle.status("key-two")).isEqualTo(401);
        bundle.remove("claude.gateway.keys.two.key");
        bundle.until("key-three", 401);

        assertThat(bundle.status("key-one")).isEqualTo(200);
        assertThat(said())
                .contains("claude.gateway.keys.two.key (empty) -> (secret)")
                .contains("claude.gateway.keys.two.key (secret) -> (secret)")
                .contains("claude.gateway.keys.two.key (secret) -> (empty)")
                .doesNotContain("key-two")
                .doesNotContain("key-three");
    }

    @Test
    void an_open_websocket_gets_no_more_replies_when_its_key_is_removed() throws Exception {
        bundle.with("claude.gateway.keys.two.key", "key-two").started();
        String request =
                "{\"model\":\"" + MODEL + "\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}";
        try (SocketPeer peer = SocketPeer.connect(bundle.door("http"), "key-two")) {
            peer.request("r1", request);
            peer.until("reply");
            bundle.remove("claude.gateway.keys.two.key");
            bundle.until("key-two", 401);

            peer.request("r2", request);

            assertThat(peer.until("error").get(0).path("status").asInt()).isEqualTo(401);
            assertThat(peer.closed()).startsWith("1008");
        }
    }

    @Test
    void a_mounted_key_is_exchanged_by_a_link_as_kubernetes_does_it() throws Exception {
        Path mount = Files.createDirectory(home.resolve("mount"));
        Files.writeString(Files.createDirectory(mount.resolve("..1")).resolve("key"), "mounted-one\n");
        Files.createSymbolicLink(mount.resolve("..data"), Path.of("..1"));
        Path key = Files.createSymbolicLink(mount.resolve("key"), Path.of("..data/key"));
        bundle.with("claude.gateway.keys.mounted.key-file", key.toString()).started();
        assertThat(bundle.status("mounted-one")).isEqualTo(200);

        Path second = Files.createDirectory(mount.resolve("..2"));
        Files.writeString(second.resolve("key"), "mounted-two\n");
        Files.setLastModifiedTime(second.resolve("key"), Files.getLastModifiedTime(mount.resolve("..1/key")));
        Path link = Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..2"));
        Files.move(link, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

        bundle.until("mounted-two", 200);
        assertThat(bundle.status("mounted-one")).isEqualTo(401);
        assertThat(said()).contains("new content of " + key).doesNotContain("mounted-two");
    }

    @Test
    void a_budget_is_set_raised_and_taken_away() throws Exception {
        bundle.started();

        bundle.set("claude.budgets.acme.usd", "0.000001");
        bundle.until("key-one", 429);
        bundle.set("claude.budgets.acme.usd", "5");
        bundle.until("key-one", 200);
        bundle.set("claude.budgets.acme.period", "hour");
        Patience.until(
                () -> said().contains("claude.budgets.acme.period (empty) -> hour"),
                InProcessBundle.PATIENCE,
                this::said);
        assertThat(bundle.status("key-one")).isEqualTo(200);
        bundle.set("claude.budgets.acme.usd", "0");
        bundle.until("key-one", 429);
        bundle.remove("claude.budgets.acme.period");
        bundle.remove("claude.budgets.acme.usd");
        bundle.until("key-one", 200);

        assertThat(bundle.get("/observe/metrics").body()).contains("claude_budget_left_dollars{tenant=\"acme\"} NaN");
    }

    @Test
    void limits_of_requests_take_effect() throws Exception {
        bundle.started();

        bundle.set("claude.limits.small.models", "claude-haiku-*");
        bundle.set("claude.limits.small.tenants", "acme");
        bundle.until("key-one", 403);
        bundle.set("claude.limits.small.models", "claude-*");
        bundle.until("key-one", 200);
    }

    @Test
    void limits_of_the_throttle_take_effect() throws Exception {
        bundle.started();

        bundle.with("claude.throttle.wait", "0s").with("claude.throttle.capacity", "1");
        bundle.set("claude.throttle.rate", "0.001");
        bundle.until("key-one", 429);
        bundle.set("claude.throttle.rate", "0");
        bundle.until("key-one", 200);
    }

    @Test
    void redaction_takes_effect() throws Exception {
        bundle.started();
        String question = "say exactly: EMP-123456 a@example.org";
        assertThat(bundle.ask("key-one", MODEL, question).body()).contains("EMP-123456 a@example.org");

        bundle.set("claude.redact.patterns.employee.pattern", "EMP-[0-9]{6}");
        bundle.untilAnswer("key-one", MODEL, question, "[REDACTED] a@example.org");
        bundle.with("claude.redact.policies.strict.email.enabled", "true");
        bundle.set("claude.gateway.keys.one.redact-policy", "strict");
        bundle.untilAnswer("key-one", MODEL, question, "EMP-123456 [EMAIL]");
    }

    @Test
    void prices_take_effect() throws Exception {
        Path prices = Files.writeString(home.resolve("prices.csv"), "");
        bundle.with("claude.ledger.prices", prices.toString())
                .with("claude.budgets.acme.usd", "5")
                .started();
        assertThat(bundle.status("key-one")).isEqualTo(200);

        Files.writeString(prices, "claude-sonnet-5-5,2020-01-01,0,1000000,1000000,1,2,1,100,0,50,0.01\n");
        bundle.until("key-one", 429);
        Files.writeString(prices, "");
        bundle.until("key-one", 200);
    }

    @Test
    void templates_and_names_of_models_take_effect() throws Exception {
        Path templates = Files.writeString(home.resolve("templates.yaml"), "[]\n");
        bundle.with("claude.cache.templates", templates.toString())
                .with("claude.gateway.cache", "use")
                .started();

        Files.writeString(templates, "- question: When do you open?\n  answer: At nine.\n");
        bundle.untilAnswer("key-one", MODEL, "when do you open?", "At nine.");
        bundle.set("claude.gateway.models.fast", "claude-haiku-5-5");
        bundle.untilAnswer("key-one", "fast", "say exactly: Pong.", "claude-haiku-5-5");
    }

    @Test
    void weights_and_priorities_take_effect() throws Exception {
        try (Simulator other = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC())) {
            bundle.with("claude.endpoints.second.url", other.url().toString())
                    .with("claude.call.order", "weight")
                    .with("claude.endpoints.primary.weight", "100")
                    .with("claude.endpoints.second.weight", "0")
                    .started();
            for (int i = 0; i < 20; i++) {
                assertThat(bundle.status("key-one")).isEqualTo(200);
            }
            assertThat(other.bill().callsOf("/v1/messages")).isZero();

            bundle.with("claude.endpoints.primary.weight", "0");
            bundle.set("claude.endpoints.second.weight", "100");
            Patience.until(() -> said().contains("second.weight 0 -> 100"), InProcessBundle.PATIENCE, this::said);
            long before = simulator.bill().callsOf("/v1/messages");
            for (int i = 0; i < 20; i++) {
                assertThat(bundle.status("key-one")).isEqualTo(200);
            }

            assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(before);
            assertThat(other.bill().callsOf("/v1/messages")).isEqualTo(20);
        }
    }

    @Test
    void a_mistake_changes_nothing_and_health_tells_it_until_the_file_is_right() throws Exception {
        bundle.started();

        bundle.with("claude.gateway.keys.two.key", "key-two")
                .with("claude.redact.patterns.bad.pattern", "(")
                .with("claude.gateway.modles.x", "y");
        bundle.set("claude.budgets.acme.usd", "much");
        bundle.untilHealth("claude.budgets.acme.usd=much");

        assertThat(bundle.get("/observe/health/ready").statusCode()).isEqualTo(200);
        assertThat(bundle.health())
                .contains("not used since")
                .contains("claude.gateway.modles.x")
                .contains("claude.redact.patterns.bad");
        assertThat(bundle.status("key-two")).isEqualTo(401);
        assertThat(bundle.status("key-one")).isEqualTo(200);
        assertThat(log.lines()).hasSize(1);

        bundle.remove("claude.gateway.modles.x");
        bundle.set("claude.budgets.acme.usd", "5");
        bundle.untilHealth("claude.redact.patterns.bad");
        assertThat(bundle.status("key-two")).isEqualTo(401);
        bundle.remove("claude.redact.patterns.bad.pattern");
        bundle.until("key-two", 200);

        assertThat(bundle.health()).doesNotContain("not used since");
    }

    @Test
    void a_mistake_that_is_taken_back_leaves_everything_as_it_was() throws Exception {
        bundle.started();
        String good = bundle.text();

        bundle.set("claude.throttle.in-flight", "none");
        bundle.untilHealth("claude.throttle.in-flight=none");
        Files.writeString(bundle.file(), good);
        bundle.untilHealthWithout("not used since");

        assertThat(said()).contains("right again").doesNotContain("Settings changed");
        assertThat(bundle.status("key-one")).isEqualTo(200);
    }

    @Test
    void a_file_that_is_gone_or_empty_changes_nothing() throws Exception {
        bundle.started();

        Files.writeString(bundle.file(), "");
        bundle.untilHealth("is empty");
        Files.delete(bundle.file());
        Patience.until(() -> said().contains("is not there"), InProcessBundle.PATIENCE, this::said);

        assertThat(bundle.status("key-one")).isEqualTo(200);
        bundle.save();
        bundle.untilHealthWithout("not used since");
    }

    @Test
    void a_request_in_flight_keeps_the_settings_that_it_began_with() throws Exception {
        String text = "EMP-123456 a@example.org";
        CountDownLatch changed = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (StubClaude endpoint = new StubClaude()) {
            endpoint.whenPromptHas("held", StubReply.message(text).waitBefore(changed));
            endpoint.always(StubReply.message(text));
            bundle.close();
            bundle = bundleAt(URI.create(endpoint.url()))
                    .with("claude.redact.policies.own.email.enabled", "false")
                    .with("claude.gateway.keys.one.redact-policy", "own")
                    .with("claude.limits.wide.models", "*")
                    .with("claude.gateway.keys.one.limits", "wide")
                    .started();
            Future<HttpResponse<String>> asked = thread.submit(() -> bundle.ask("key-one", MODEL, "held"));
            Patience.until(() -> endpoint.requests().size() == 1, InProcessBundle.PATIENCE, this::said);

            bundle.remove("claude.redact.policies.own.email.enabled");
            bundle.remove("claude.gateway.keys.one.redact-policy");
            bundle.remove("claude.limits.wide.models");
            bundle.remove("claude.gateway.keys.one.limits");
            bundle.with("claude.redact.patterns.employee.pattern", "EMP-[0-9]{6}");
            bundle.set("claude.gateway.keys.one.key", "key-new");
            bundle.untilAnswer("key-new", MODEL, "another", "[REDACTED]");

            assertThat(asked.isDone()).as("the request is still in flight").isFalse();
            changed.countDown();
            assertThat(asked.get().statusCode()).isEqualTo(200);
            assertThat(asked.get().body()).contains(text);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void what_needs_a_restart_is_named_and_the_rest_takes_effect() throws Exception {
        bundle.started();

        bundle.with("claude.call.deadline", "7m")
                .with("claude.endpoints.other.url", "http://127.0.0.1:1")
                .with("claude.endpoints.other.weight", "7")
                .with("camel.server.max-body-size", "1000");
        bundle.set("claude.gateway.keys.two.key", "key-two");
        bundle.until("key-two", 200);

        assertThat(said())
                .contains("need a restart, and are not in effect: camel.server.max-body-size, claude.call.deadline,"
                        + " claude.endpoints.other.url, claude.endpoints.other.weight");
        assertThat(bundle.health()).contains("settings.restart").contains("claude.call.deadline");
    }

    @Test
    void a_hundred_changes_under_load_fail_no_request() throws Exception {
        bundle.with("claude.budgets.acme.usd", "1000").started();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        List<Future<List<String>>> clients = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < 4; i++) {
                clients.add(threads.submit(() -> {
                    List<String> failures = new ArrayList<>();
                    while (!over.get()) {
                        var response = bundle.ask("key-one", MODEL, "say exactly: Pong.");
                        answered.incrementAndGet();
                        if (response.statusCode() != 200) {
                            failures.add(response.body());
                        }
                        // Clients that leave the changes some processor time.
                        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
                    }
                    return failures;
                }));
            }
            for (int i = 0; i < 100; i++) {
                bundle.with("claude.budgets.acme.usd", Integer.toString(1000 + i))
                        .with("claude.budgets.acme.period", i % 2 == 0 ? "day" : "hour")
                        .with("claude.endpoints.primary.requests-per-minute", Integer.toString(1_000_000 + i))
                        .with("claude.throttle.rate", Integer.toString(100_000 + i))
                        .with("claude.throttle.capacity", Integer.toString(100_000 + i))
                        .with("claude.throttle.in-flight", Integer.toString(50 + i))
                        .with("claude.limits.all.tenants", i % 2 == 0 ? "acme" : "other")
                        .with("claude.gateway.keys.one.limits", "all")
                        .with("claude.gateway.keys.two.key", "key-two-" + i)
                        .with("claude.redact.patterns.employee.pattern", "EMP-" + i + "-[0-9]{6}");
                bundle.save();
                int changes = i + 1;
                Patience.until(
                        () -> log.lines().stream()
                                        .filter(line -> line.startsWith("Settings changed"))
                                        .count()
                                == changes,
                        InProcessBundle.PATIENCE,
                        this::said);
            }
            over.set(true);
            for (Future<List<String>> client : clients) {
                assertThat(client.get()).isEmpty();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(answered.get()).isGreaterThan(100);
    }

    @Test
    void a_new_certificate_is_shown_on_new_connections() throws Exception {
        SelfSigned first = SelfSigned.in(Files.createDirectory(home.resolve("first")), "EC");
        SelfSigned second = SelfSigned.in(Files.createDirectory(home.resolve("second")), "RSA");
        Path certificate = Files.copy(first.certificate(), home.resolve("tls.crt"));
        Path key = Files.copy(first.privateKey(), home.resolve("tls.key"));
        bundle.with("claude.gateway.certificate", certificate.toString())
                .with("claude.gateway.private-key", key.toString())
                .started();
        HttpClient open = HttpClient.newBuilder().sslContext(first.client()).build();
        assertThat(hello(open).getPublicKey().getAlgorithm()).isEqualTo("EC");

        Files.copy(second.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        bundle.untilHealth("it is not the key of the first certificate");
        assertThat(hello(fresh(first.client())).getPublicKey().getAlgorithm()).isEqualTo("EC");
        Files.copy(second.privateKey(), key, StandardCopyOption.REPLACE_EXISTING);
        Patience.until(
                () -> hello(fresh(second.client()))
                        .getPublicKey()
                        .getAlgorithm()
                        .equals("RSA"),
                InProcessBundle.PATIENCE,
                this::said);

        assertThat(hello(open).getPublicKey().getAlgorithm())
                .as("the open connection")
                .isEqualTo("EC");
        assertThat(bundle.health()).doesNotContain("not used since");
    }

    private static HttpClient fresh(SSLContext trusted) {
        return HttpClient.newBuilder().sslContext(trusted).build();
    }

    private Certificate hello(HttpClient client) throws Exception {
        var response = client.send(
                HttpRequest.newBuilder(URI.create(bundle.door("https") + "/api/hello"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.sslSession().orElseThrow().getPeerCertificates()[0];
    }
}
