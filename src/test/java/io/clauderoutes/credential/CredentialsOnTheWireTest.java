package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.ClaudeSettings.ClientAuthentication;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.ReceivedRequest;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.simulator.TokenRules;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.TestKeys;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheck;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of credential over real connections: the bundle with all its stages, and a server that checks what it is shown. */
@Timeout(120)
class CredentialsOnTheWireTest {

    /** More of them: {@code ./mvnw test -Dtest=CredentialsOnTheWireTest -Dcredential.rotations=1000}. */
    private static final int ROTATIONS = Integer.getInteger("credential.rotations", 200);

    private static final String PROMPT = "How deep is the sea?";
    private static final String SECRET = "shared-secret-of-thirty-two-bytes";
    private static final String MESSAGES = "/v1/messages";
    private static final String GRANT = "/oauth2/token";
    private static final String EXCHANGE = "/v1/oauth/token";

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Simulator simulator;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private Bundle calling(SimulatorSettings settings, Clock clock) {
        simulator = Simulator.start(settings, clock);
        Bundle bundle = Bundle.calling(simulator)
                .with("claude.cache.enabled", "false")
                .with("claude.redact.enabled", "false")
                .with("claude.throttle.in-flight", "500")
                .with("claude.endpoints.primary.connections", "500");
        open.add(bundle);
        open.add(simulator);
        return bundle;
    }

    private Bundle calling(TokenRules rules) {
        return calling(SimulatorSettings.instant().withTokens(rules), Clock.systemUTC());
    }

    private Bundle withClient(TokenRules rules) {
        return client(calling(rules));
    }

    private Bundle client(Bundle bundle) {
        return bundle.with("claude.credentials.main.kind", "client-credentials")
                .with("claude.credentials.main.client-id", "our client")
                .with("claude.credentials.main.key", SECRET)
                .with("claude.credentials.main.token-url", simulator.url() + GRANT);
    }

    private Bundle jwt(Bundle bundle) {
        return bundle.with("claude.credentials.main.kind", "jwt")
                .with("claude.credentials.main.issuer", "our-service")
                .with("claude.credentials.main.key", SECRET);
    }

    private Bundle federation(Bundle bundle, String identityToken) throws IOException {
        Files.writeString(folder.resolve("identity"), identityToken);
        return bundle.with("claude.credentials.main.kind", "federation")
                .with("claude.credentials.main.key", "")
                .with("claude.credentials.main.token-url", simulator.url() + EXCHANGE)
                .with("claude.credentials.main.federation-rule", "fdrl_sim")
                .with("claude.credentials.main.organization", "00000000-0000-0000-0000-000000000000")
                .with("claude.credentials.main.service-account", "svac_sim")
                .with(
                        "claude.credentials.main.identity-token-file",
                        folder.resolve("identity").toString());
    }

    /** What a workload's platform would have signed; the simulator looks at its times only. */
    private static String identity(String subject) {
        long now = Instant.now().getEpochSecond();
        String claims = "{\"sub\":\"" + subject + "\",\"iat\":" + now + ",\"exp\":" + (now + 3600) + "}";
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString("{\"alg\":\"RS256\",\"kid\":\"1\"}".getBytes(UTF_8)) + "."
                + encoder.encodeToString(claims.getBytes(UTF_8)) + ".c2lnbmF0dXJl";
    }

    private List<ReceivedRequest> requests(String path) {
        return simulator.requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    private ReceivedRequest last(String path) {
        List<ReceivedRequest> all = requests(path);
        return all.get(all.size() - 1);
    }

    private long tokens() {
        return simulator.bill().callsOf(GRANT) + simulator.bill().callsOf(EXCHANGE);
    }

    private static HealthCheck.Result health(Bundle bundle) {
        return bundle.context()
                .getRegistry()
                .lookupByNameAndType("claudeHealth", HealthCheck.class)
                .call();
    }

    private static String detail(Bundle bundle) {
        return String.valueOf(health(bundle).getDetails().get("credential.main"));
    }

    @Nested
    class An_api_key {

        private Bundle withFile(String... keys) throws IOException {
            Files.writeString(folder.resolve("key"), keys[0]);
            return calling(SimulatorSettings.instant().withAcceptedKeys(Set.of(keys)), Clock.systemUTC())
                    .with("claude.credentials.main.key", "")
                    .with(
                            "claude.credentials.main.key-file",
                            folder.resolve("key").toString());
        }

        @Test
        void goes_out_as_a_bearer_token_where_that_is_set() {
            Bundle bundle = calling(TokenRules.usual()).with("claude.credentials.main.header", "bearer");

            bundle.ask(PROMPT);

            assertThat(last(MESSAGES).header("authorization")).contains("Bearer " + Bundle.KEY);
            assertThat(last(MESSAGES).header("x-api-key")).isEmpty();
        }

        @Test
        void that_is_refused_is_not_tried_again() {
            Bundle bundle = calling(SimulatorSettings.instant().withAcceptedKeys(Set.of("another")), Clock.systemUTC());

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unauthorized.class);
            assertThat(failure).hasMessageContaining("claude.credentials.main");
            assertThat(simulator.bill().callsOf(MESSAGES)).isEqualTo(1);
            assertThat(detail(bundle)).contains("refused the key with 401").doesNotContain(Bundle.KEY);
        }

        @Test
        void in_a_file_is_read_from_it() throws IOException {
            Bundle bundle = withFile("sk-ant-file-1\n".strip());

            bundle.ask(PROMPT);

            assertThat(last(MESSAGES).header("x-api-key")).contains("sk-ant-file-1");
        }

        @Test
        void in_a_file_that_has_changed_is_tried_again_once_when_the_old_one_is_refused() throws IOException {
            Bundle bundle = withFile("sk-ant-file-1");
            bundle.ask(PROMPT);
            simulator.acceptKeys(Set.of("sk-ant-file-2"));
            Files.writeString(folder.resolve("key"), "sk-ant-file-2\n");

            bundle.ask(PROMPT);

            assertThat(last(MESSAGES).header("x-api-key")).contains("sk-ant-file-2");
        }

        @Test
        void in_a_file_is_taken_up_without_a_refusal_too() throws IOException {
            Bundle bundle = withFile("sk-ant-file-1", "sk-ant-file-2");
            bundle.ask(PROMPT);
            Files.writeString(folder.resolve("key"), "sk-ant-file-2");

            Bundle.until(() -> {
                bundle.ask(PROMPT);
                return last(MESSAGES).header("x-api-key").orElse("").equals("sk-ant-file-2");
            });

            assertThat(simulator.bill().answersWith(401)).isZero();
        }

        @Test
        void in_a_file_is_rotated_under_load_without_a_failed_call() throws Exception {
            Bundle bundle = withFile("sk-ant-file-0");
            Load load = new Load(bundle, 4);
            for (int rotation = 1; rotation <= 20; rotation++) {
                simulator.acceptKeys(Set.of("sk-ant-file-" + rotation));
                Files.writeString(folder.resolve("key"), "sk-ant-file-" + rotation);
                load.goesOn();
            }

            load.end();

            assertThat(load.failures()).isEmpty();
            assertThat(simulator.bill().answersWith(401)).isPositive();
        }

        @Test
        void comes_out_of_a_vault_by_camels_placeholders() {
            Bundle bundle = calling(TokenRules.usual()).with("claude.credentials.main.key", "{{test-vault:claude}}");

            bundle.ask(PROMPT);

            assertThat(last(MESSAGES).header("x-api-key")).contains("sk-ant-from-the-vault");
        }
    }

    @Nested
    class A_token_that_we_sign {

        @Test
        void is_taken_and_serves_many_calls() {
            Bundle bundle = jwt(calling(TokenRules.usual().withJwt(SECRET, "our-service")));

            bundle.ask(PROMPT);
            bundle.ask(PROMPT);

            assertThat(requests(MESSAGES))
                    .extracting(request -> request.header("authorization").orElse(""))
                    .hasSize(2)
                    .containsOnly(last(MESSAGES).header("authorization").orElseThrow())
                    .allMatch(shown -> shown.startsWith("Bearer eyJ"));
            assertThat(last(MESSAGES).header("x-api-key")).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"RS256", "ES256"})
        void is_taken_with_a_key_pair(String algorithm) throws Exception {
            KeyPair keys = algorithm.equals("RS256") ? TestKeys.rsa(2048) : TestKeys.ec("secp256r1");
            Path key = Files.writeString(folder.resolve("key.pem"), TestKeys.pem(keys.getPrivate()));
            Bundle bundle = jwt(calling(TokenRules.usual()
                            .withJwt(TestKeys.pem(keys.getPublic()).strip(), "our-service")))
                    .with("claude.credentials.main.algorithm", algorithm)
                    .with("claude.credentials.main.key-file", key.toString());

            assertThat(bundle.ask(PROMPT)).isNotEmpty();
        }

        @Test
        void that_nobody_trusts_is_refused_with_one_more_call_and_no_third() {
            Bundle bundle = jwt(calling(TokenRules.usual().withJwt(SECRET, "somebody-else")));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.Unauthorized.class);
            assertThat(simulator.bill().callsOf(MESSAGES)).isEqualTo(2);
            assertThat(detail(bundle)).contains("refuses tokens that were issued just now");
        }

        @Test
        void with_a_key_of_the_wrong_kind_stops_the_start() {
            Bundle bundle = jwt(calling(TokenRules.usual())).with("claude.credentials.main.algorithm", "RS256");

            assertThat(bundle.refusal())
                    .hasStackTraceContaining("claude.credentials.main.key: expected a private key as PEM")
                    .extracting(CredentialsOnTheWireTest::everything)
                    .asString()
                    .doesNotContain(SECRET);
        }

        @ParameterizedTest
        @ValueSource(longs = {-290, -60, 60, 290})
        void is_dated_by_a_server_whose_clock_is_off(long seconds) {
            Bundle bundle = jwt(calling(
                            SimulatorSettings.instant()
                                    .withTokens(TokenRules.usual().withJwt(SECRET, "our-service")),
                            Clock.offset(Clock.systemUTC(), Duration.ofSeconds(seconds))))
                    .with("claude.credentials.main.lifetime", "20s");

            assertThat(bundle.ask(PROMPT)).isNotEmpty();
            assertThat(bundle.meter("claude.credential.clock.skew")).isBetween(seconds - 2.0, seconds + 2.0);
        }
    }

    private static String everything(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Nested
    class A_clients_credentials {

        @ParameterizedTest
        @CsvSource({"basic", "post"})
        void get_a_token_that_serves_many_calls(String way) {
            Bundle bundle = withClient(TokenRules.usual().withClients(Map.of("our client", SECRET)))
                    .with("claude.credentials.main.client-authentication", way)
                    .with("claude.credentials.main.scope", "messages:write other")
                    .with("claude.credentials.main.audience", "the-api");

            bundle.ask(PROMPT);
            bundle.ask(PROMPT);

            assertThat(tokens()).isEqualTo(1);
            assertThat(last(GRANT).header("content-type").orElse("")).startsWith("application/x-www-form-urlencoded");
            assertThat(last(GRANT).body())
                    .contains("grant_type=client_credentials")
                    .contains("scope=messages%3Awrite+other")
                    .contains("audience=the-api");
            assertThat(last(GRANT).header("authorization").isPresent()).isEqualTo(way.equals("basic"));
            assertThat(last(MESSAGES).header("authorization").orElse("")).startsWith("Bearer sim-at-");
            assertThat(last(MESSAGES).header("anthropic-beta")).isEmpty();
        }

        @Test
        void that_the_server_does_not_know_are_told_with_its_words_and_without_the_secret() {
            try (CapturedLog log = new CapturedLog(TokenKeeper.class.getName(), Level.DEBUG)) {
                Bundle bundle = withClient(TokenRules.usual().withClients(Map.of("our client", "another secret")));

                ClaudeException failure = bundle.failure(PROMPT);

                assertThat(failure).isInstanceOf(ClaudeException.Unauthorized.class);
                assertThat(failure)
                        .hasMessageContaining("claude.credentials.main.token-url=" + simulator.url() + GRANT)
                        .hasMessageContaining("refused with status 401")
                        .hasMessageContaining("invalid_client client authentication failed");
                assertThat(simulator.bill().callsOf(MESSAGES)).isZero();
                assertThat(detail(bundle)).startsWith("no token: ").contains("invalid_client");
                assertThat(health(bundle).getState()).isEqualTo(HealthCheck.State.DOWN);
                assertThat(everything(failure) + detail(bundle) + log.lines() + bundle.meters())
                        .doesNotContain(SECRET);
            }
        }

        @Test
        void whose_server_says_too_much_are_told_without_it() {
            Bundle bundle = withClient(TokenRules.usual());
            simulator.nextToken(new Fault.Status(
                    400, "", "we know " + SECRET + " and sk-ant-api-canary and eyJhbGci.eyJzdWIi.sig", Map.of()));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("we know *** and *** and ***");
            assertThat(everything(failure))
                    .doesNotContain(SECRET)
                    .doesNotContain("canary")
                    .doesNotContain("eyJ");
        }

        @Test
        void are_not_sent_on_to_where_a_redirect_leads() {
            Bundle bundle = withClient(TokenRules.usual()).with("claude.call.max-attempts", "1");
            simulator.nextToken(new Fault.Redirect(307, simulator.url() + "/elsewhere"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("sent us elsewhere (status 307)");
            assertThat(simulator.bill().callsOf("other")).isZero();
        }

        @Test
        void wait_for_a_server_that_is_away_for_a_moment() {
            Bundle bundle = withClient(TokenRules.usual());
            simulator.nextToken(Fault.status(503));

            assertThat(bundle.ask(PROMPT)).isNotEmpty();
            assertThat(bundle.meter("claude.credential.renewals", "result", "failed"))
                    .isEqualTo(1);
        }

        @Test
        void do_not_wait_longer_for_a_server_than_is_set() {
            Bundle bundle = withClient(TokenRules.usual())
                    .with("claude.call.max-attempts", "1")
                    .with("claude.credentials.main.token-timeout", "200ms");
            simulator.nextToken(new Fault.StallBeforeHeaders(Fault.FOREVER));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class);
            assertThat(failure).hasMessageContaining("claude.credentials.main.token-timeout");
        }

        @Test
        void are_no_fault_of_the_endpoint() {
            Bundle bundle = withClient(TokenRules.usual().withClients(Map.of("our client", "another secret")))
                    .with("claude.endpoints.primary.breaker-window", "2")
                    .with("claude.endpoints.primary.breaker-min-calls", "2");
            for (int i = 0; i < 5; i++) {
                bundle.failure(PROMPT);
            }

            assertThat(bundle.meter("claude.breaker.state")).isZero();
        }
    }

    @Nested
    class A_workloads_identity {

        @Test
        void is_exchanged_for_a_token_as_the_api_wants_it() throws Exception {
            String identity = identity("job-1");
            Bundle bundle = federation(calling(TokenRules.usual()), identity);

            bundle.ask(PROMPT);

            assertThat(new ObjectMapper().readTree(last(EXCHANGE).body()))
                    .isEqualTo(new ObjectMapper()
                            .createObjectNode()
                            .put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                            .put("assertion", identity)
                            .put("federation_rule_id", "fdrl_sim")
                            .put("organization_id", "00000000-0000-0000-0000-000000000000")
                            .put("service_account_id", "svac_sim"));
            assertThat(last(EXCHANGE).header("anthropic-beta")).contains("oauth-2025-04-20,oidc-federation-2026-04-01");
            assertThat(last(MESSAGES).header("authorization").orElse("")).startsWith("Bearer sk-ant-oat01-");
            assertThat(last(MESSAGES).header("anthropic-beta")).contains("oauth-2025-04-20");
            assertThat(last(MESSAGES).header("x-api-key")).isEmpty();
        }

        @Test
        void comes_out_of_the_settings_too() throws Exception {
            Bundle bundle = federation(calling(TokenRules.usual()), "")
                    .with("claude.credentials.main.identity-token-file", "")
                    .with("claude.credentials.main.identity-token", identity("job-1"));

            assertThat(bundle.ask(PROMPT)).isNotEmpty();
        }

        @Test
        void is_read_anew_for_each_token() throws Exception {
            Bundle bundle = federation(calling(TokenRules.usual()), identity("job-1"));
            bundle.ask(PROMPT);
            String renewed = identity("job-2");
            Files.writeString(folder.resolve("identity"), renewed);
            simulator.revokeTokens();

            bundle.ask(PROMPT);

            assertThat(last(EXCHANGE).body()).contains(renewed);
            assertThat(tokens()).isEqualTo(2);
        }

        @Test
        void that_is_not_there_is_told_with_its_setting() throws Exception {
            Bundle bundle =
                    federation(calling(TokenRules.usual()), identity("job-1")).with("claude.call.max-attempts", "1");
            Files.delete(folder.resolve("identity"));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure)
                    .hasMessageContaining("claude.credentials.main.identity-token-file=" + folder.resolve("identity"))
                    .hasMessageContaining("there is no such file");
        }

        @Test
        void that_has_expired_is_refused_and_not_shown() throws Exception {
            String expired = "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjEsImV4cCI6Mn0.c2ln";
            Bundle bundle = federation(calling(TokenRules.usual()), expired);

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("saying: Authentication failed");
            assertThat(everything(failure)).doesNotContain("eyJ");
        }
    }

    /** Callers who ask without a pause until they are told to end. */
    private static final class Load {
        private final Bundle bundle;
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicIntegerArray answers;
        private final List<Future<Throwable>> callers = new ArrayList<>();

        Load(Bundle bundle, int size) {
            this.bundle = bundle;
            this.answers = new AtomicIntegerArray(size);
            for (int i = 0; i < size; i++) {
                int caller = i;
                callers.add(bundle.inBackground(() -> call(caller)));
            }
        }

        private Throwable call(int caller) {
            while (!over.get()) {
                Exchange exchange = bundle.send(PROMPT);
                if (exchange.getException() != null) {
                    return exchange.getException();
                }
                answers.incrementAndGet(caller);
            }
            return null;
        }

        /** Waits until each caller has had an answer to a question that was asked after this. */
        void goesOn() {
            int[] before =
                    IntStream.range(0, answers.length()).map(answers::get).toArray();
            Bundle.until(() -> IntStream.range(0, answers.length())
                    .allMatch(i ->
                            answers.get(i) > before[i] + 1 || callers.get(i).isDone()));
        }

        void end() {
            over.set(true);
        }

        List<Throwable> failures() throws Exception {
            List<Throwable> failures = new ArrayList<>();
            for (Future<Throwable> caller : callers) {
                Throwable failure = caller.get(60, TimeUnit.SECONDS);
                if (failure != null) {
                    failures.add(failure);
                }
            }
            return failures;
        }
    }

    @Nested
    class A_token_that_ends {

        private static final int CALLERS = 200;

        private List<ClaudeException> failuresOf(List<Future<Exchange>> calls) throws Exception {
            List<ClaudeException> failures = new ArrayList<>();
            for (Future<Exchange> call : calls) {
                Exchange exchange = call.get(30, TimeUnit.SECONDS);
                if (exchange.getException() != null) {
                    failures.add(Bundle.failureOf(exchange));
                }
            }
            return failures;
        }

        private List<Future<Exchange>> asked(Bundle bundle) {
            List<Future<Exchange>> calls = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                calls.add(bundle.inBackground(() -> bundle.send(PROMPT, Map.of(ClaudeHeaders.STREAM, false))));
            }
            return calls;
        }

        @Test
        void before_its_time_under_200_callers_is_renewed_once_and_fails_nobody() throws Exception {
            Bundle bundle = withClient(TokenRules.usual());
            bundle.ask(PROMPT);
            simulator.revokeTokens();
            simulator.nextToken(new Fault.Slow(Duration.ofMillis(300), 0));

            List<ClaudeException> failures = failuresOf(asked(bundle));

            assertThat(failures).isEmpty();
            assertThat(tokens()).as("the first token and one more").isEqualTo(2);
        }

        @Test
        void in_its_time_under_200_callers_is_renewed_once_and_fails_nobody() throws Exception {
            calling(TokenRules.usual());
            AtomicLong ahead = new AtomicLong();
            LongSupplier ticker = () -> System.nanoTime() + ahead.get();
            ScheduledExecutorService threads = Executors.newScheduledThreadPool(CALLERS + 2);
            open.add(threads::shutdownNow);
            Credential credential = new Credentials(
                            Map.of("main", clientSettings()),
                            Set.of(),
                            new ClaudeMeters(new SimpleMeterRegistry(), ticker),
                            threads,
                            threads,
                            Clock.systemUTC(),
                            ticker,
                            ThreadLocalRandom::current,
                            pause -> true)
                    .all()
                    .get("main");
            Token first = credential.sign(new BasicHttpRequest("GET", "/")).orElseThrow();
            ahead.set(Duration.ofHours(2).toNanos());
            simulator.nextToken(new Fault.Slow(Duration.ofMillis(300), 0));

            List<Future<Token>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(threads.submit(
                        () -> credential.sign(new BasicHttpRequest("GET", "/")).orElseThrow()));
            }
            Set<Token> shown = new HashSet<>();
            for (Future<Token> caller : callers) {
                shown.add(caller.get(60, TimeUnit.SECONDS));
            }

            assertThat(shown).hasSize(1).doesNotContain(first);
            assertThat(tokens()).isEqualTo(2);
        }

        private ClaudeSettings.Credential clientSettings() {
            return new ClaudeSettings.Credential.ClientCredentials(
                    new ClaudeSettings.Secret(SECRET, Optional.empty()),
                    simulator.url().resolve(GRANT),
                    "our client",
                    ClientAuthentication.POST,
                    "",
                    "",
                    Duration.ofSeconds(10));
        }

        @Test
        void under_many_rotations_and_load_fails_nobody() throws Exception {
            Bundle bundle = withClient(TokenRules.usual());
            Load load = new Load(bundle, 4);
            for (int rotation = 0; rotation < ROTATIONS; rotation++) {
                simulator.revokeTokens();
                load.goesOn();
            }

            load.end();

            assertThat(load.failures()).isEmpty();
            assertThat(tokens()).isGreaterThanOrEqualTo(ROTATIONS);
        }

        @Test
        void after_seconds_is_renewed_before_its_end_and_never_refused() throws Exception {
            Bundle bundle = withClient(TokenRules.usual().withLifetime(Duration.ofSeconds(6)));
            Load load = new Load(bundle, 4);
            Bundle.until(() -> tokens() > 2);

            load.end();

            assertThat(load.failures()).isEmpty();
            assertThat(simulator.bill().answersWith(401)).isZero();
        }

        @Test
        void is_not_missed_while_the_token_server_fails() throws Exception {
            Bundle bundle = withClient(TokenRules.usual().withLifetime(Duration.ofSeconds(10)));
            simulator.nextToken(
                    new Fault.Ok(), Fault.status(500), new Fault.ResetBeforeHeaders(false), Fault.status(503));
            Load load = new Load(bundle, 4);
            Bundle.until(() -> bundle.meter("claude.credential.renewals", "result", "failed") > 0);
            assertThat(detail(bundle)).contains("but not renewed");
            assertThat(health(bundle).getState()).isEqualTo(HealthCheck.State.UP);

            load.goesOn();
            load.end();

            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void two_endpoints_can_show_two_credentials() {
        Bundle bundle = withClient(TokenRules.usual())
                .with("claude.call.max-attempts", "2")
                .with("claude.endpoints.second.url", simulator.url().toString())
                .with("claude.endpoints.second.credential", "other")
                .with("claude.credentials.other.kind", "api-key")
                .with("claude.credentials.other.key", "sk-ant-other");
        simulator.next(Fault.status(500));

        bundle.ask(PROMPT);

        assertThat(requests(MESSAGES).get(0).header("authorization").orElse("")).startsWith("Bearer sim-at-");
        assertThat(requests(MESSAGES).get(1).header("x-api-key")).contains("sk-ant-other");
    }

    @Test
    void a_caller_of_the_http_door_has_the_renewed_token_for_plain_calls_too() throws Exception {
        Bundle bundle = withClient(TokenRules.usual()).withHttpDoor();
        bundle.ask(PROMPT);
        simulator.revokeTokens();

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(bundle.door().resolve("/v1/models"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().map()).doesNotContainKey("claude-credential-renewed");
    }
}
