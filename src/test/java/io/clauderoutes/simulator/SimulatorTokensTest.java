package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.asking;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokens that the simulator gives out, and which of them it takes. */
class SimulatorTokensTest {

    private final SimulatorClock clock = new SimulatorClock();
    private final Simulator simulator = Simulator.start(
            SimulatorSettings.instant()
                    .withTokens(TokenRules.usual()
                            .withLifetime(Duration.ofMinutes(10))
                            .withClients(Map.of("us", "our secret"))),
            clock);
    private final SimulatorCaller caller = new SimulatorCaller(simulator);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        simulator.close();
    }

    private HttpResponse<String> send(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(simulator.url() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return client.send(request.headers(headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> granted(String form) throws Exception {
        return send("/oauth2/token", form, "content-type", "application/x-www-form-urlencoded");
    }

    private String token() throws Exception {
        return json(granted("grant_type=client_credentials&client_id=us&client_secret=our+secret"))
                .path("access_token")
                .asText();
    }

    private int asked(String... headers) throws Exception {
        String[] all = new String[headers.length + 4];
        all[0] = "content-type";
        all[1] = "application/json";
        all[2] = "anthropic-version";
        all[3] = SimulatorCaller.VERSION;
        System.arraycopy(headers, 0, all, 4, headers.length);
        return send("/v1/messages", asking("hello"), all).statusCode();
    }

    private String assertion(Duration left) {
        Instant now = clock.instant();
        String claims = "{\"sub\":\"job\",\"iat\":" + now.getEpochSecond() + ",\"exp\":"
                + now.plus(left).getEpochSecond() + "}";
        return "eyJhbGciOiJSUzI1NiJ9." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(UTF_8))
                + ".c2ln";
    }

    private HttpResponse<String> exchanged(String assertion) {
        return caller.post(
                "/v1/oauth/token",
                "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\",\"assertion\":\"" + assertion
                        + "\",\"federation_rule_id\":\"fdrl_sim\",\"organization_id\":\"o\"}");
    }

    @Test
    void a_client_with_its_secret_gets_a_token_that_is_taken_until_it_ends() throws Exception {
        String token = token();

        assertThat(asked("authorization", "Bearer " + token)).isEqualTo(200);
        clock.advance(Duration.ofMinutes(10));
        assertThat(asked("authorization", "Bearer " + token)).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "grant_type=client_credentials&client_id=us&client_secret=wrong, 401, invalid_client",
        "grant_type=client_credentials, 401, invalid_client",
        "grant_type=password, 400, unsupported_grant_type"
    })
    void who_asks_wrongly_is_told_so_in_the_words_of_oauth2(String form, int status, String error) throws Exception {
        HttpResponse<String> response = granted(form);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(json(response).path("error").asText()).isEqualTo(error);
    }

    @Test
    void an_identity_is_exchanged_for_a_token_of_twice_its_own_rest_at_most() {
        JsonNode answer = json(exchanged(assertion(Duration.ofMinutes(2))));

        assertThat(answer.path("access_token").asText()).startsWith("sk-ant-oat01-");
        assertThat(answer.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(answer.path("expires_in").asInt()).isEqualTo(240);
    }

    @Test
    void an_identity_that_has_ended_is_denied_without_a_reason() {
        HttpResponse<String> response = exchanged(assertion(Duration.ofSeconds(-1)));

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(json(response).path("error").path("message").asText()).isEqualTo("Authentication failed");
    }

    @Test
    void what_the_exchange_lacks_is_named() {
        HttpResponse<String> response =
                caller.post("/v1/oauth/token", "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\"}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("assertion: Field required");
    }

    @Test
    void an_exchanged_token_wants_its_beta_and_is_no_key() throws Exception {
        String token = json(exchanged(assertion(Duration.ofHours(1))))
                .path("access_token")
                .asText();

        assertThat(asked("authorization", "Bearer " + token, "anthropic-beta", "oauth-2025-04-20"))
                .isEqualTo(200);
        assertThat(asked("authorization", "Bearer " + token)).isEqualTo(401);
        assertThat(asked("x-api-key", token)).isEqualTo(401);
    }

    @Test
    void tokens_can_be_made_invalid_and_calls_for_them_go_wrong_from_outside() throws Exception {
        String token = token();
        caller.send(caller.request("/simulator/tokens").DELETE());
        HttpResponse<String> scripted = caller.post("/simulator/token-faults", "[\"status-503\"]");

        assertThat(json(scripted)).isEqualTo(json("{\"unasked\":1}"));
        assertThat(asked("authorization", "Bearer " + token)).isEqualTo(401);
        assertThat(granted("grant_type=client_credentials").statusCode()).isEqualTo(503);
    }

    @Test
    void faults_of_tokens_can_be_taken_back() {
        caller.post("/simulator/token-faults", "[\"status-503\"]");

        assertThat(json(caller.send(caller.request("/simulator/token-faults").DELETE())))
                .isEqualTo(json("{\"unasked\":0}"));
    }

    @Test
    void a_fault_within_a_text_is_none_of_a_token() {
        assertThatThrownBy(() -> simulator.nextToken(new Fault.Reset(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reset-1");
        assertThat(caller.post("/simulator/token-faults", "[\"gzip\"]").statusCode())
                .isEqualTo(400);
    }

    @Test
    void rules_tell_no_secret() {
        assertThat(TokenRules.usual()
                        .withClients(Map.of("us", "our secret"))
                        .withJwt("a key", "us")
                        .toString())
                .doesNotContain("secret")
                .doesNotContain("a key");
    }

    @Test
    void answers_are_dated_by_its_clock() {
        assertThat(caller.ask("hello").headers().firstValue("date")).contains("Sun, 22 Nov 2026 10:00:00 GMT");
    }
}
