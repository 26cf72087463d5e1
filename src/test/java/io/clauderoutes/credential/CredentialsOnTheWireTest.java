package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.simulator.TokenRules;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.TestKeys;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.apache.camel.health.HealthCheck;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of credential over real connections: the bundle with all its stages, and a server that checks what it is shown. */
@Timeout(120)
class CredentialsOnTheWireTest extends OnTheWire {

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
                String next = "sk-ant-file-" + rotation;
                simulator.acceptKeys(Set.of("sk-ant-file-" + (rotation - 1), next));
                Files.writeString(folder.resolve("key"), next);
                simulator.acceptKeys(Set.of(next));
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
            simulator.nextToken(always(new Fault.Status(
                    400, "", "we know " + SECRET + " and sk-ant-api-canary and eyJhbGci.eyJzdWIi.sig", Map.of())));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("we know *** and *** and ***");
            assertThat(everything(failure))
                    .doesNotContain(SECRET)
                    .doesNotContain("canary")
                    .doesNotContain("eyJ");
        }

        /** However often the token server is asked on a machine that is busy. */
        private Fault[] always(Fault fault) {
            return Collections.nCopies(20, fault).toArray(Fault[]::new);
        }

        @Test
        void are_not_sent_on_to_where_a_redirect_leads() {
            Bundle bundle = withClient(TokenRules.usual()).with("claude.call.max-attempts", "1");
            simulator.nextToken(always(new Fault.Redirect(307, simulator.url() + "/elsewhere")));

            ClaudeException failure = bundle.failure(PROMPT);

            assertThat(failure).hasMessageContaining("sent a redirect (status 307)");
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
            simulator.nextToken(always(new Fault.StallBeforeHeaders(Fault.FOREVER)));

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
}
