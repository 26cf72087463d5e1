package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.ClientAuthentication;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.TokenRules;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.TestThreads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheck;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens that end while they are in use, over real connections: they are renewed, and nobody notices. */
@Timeout(300)
class TokenRenewalOnTheWireTest extends OnTheWire {

    /** More of them: {@code ./mvnw test -Dtest=TokenRenewalOnTheWireTest -Dcredential.rotations=1000}. */
    private static final int ROTATIONS = Integer.getInteger("credential.rotations", 200);

    @Nested
    class A_token_that_ends {

        private static final int CALLERS = 200;

        private List<ClaudeException> failuresOf(List<Future<Exchange>> calls) throws Exception {
            List<ClaudeException> failures = new ArrayList<>();
            for (Future<Exchange> call : calls) {
                Exchange exchange = call.get(60, TimeUnit.SECONDS);
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
                            new BundleRuntime(
                                    Clock.systemUTC(),
                                    ticker,
                                    pause -> true,
                                    ThreadLocalRandom::current,
                                    new TestThreads(threads)))
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

        private CredentialSettings clientSettings() {
            return new CredentialSettings.ClientCredentials(
                    new SecretSettings(SECRET, Optional.empty()),
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
            Bundle bundle = withClient(TokenRules.usual().withLifetime(Duration.ofSeconds(20)));
            Load load = new Load(bundle, 4);
            Bundle.until(() -> tokens() > 1);

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
