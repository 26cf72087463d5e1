package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant with a budget is charged for what its request means to the API, or the request is refused. */
class BudgetTermsTest {

    private static final Map<String, Object> ACME = Map.of(ClaudeHeaders.TENANT, "acme");
    private static final String QUESTION = "\"messages\":[{\"role\":\"user\",\"content\":\"say exactly: Pong.\"}]";

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
        bundle = bundle();
    }

    private Bundle bundle() {
        return Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.toString())
                .with("claude.call.max-attempts", "1")
                .with("claude.endpoints.*.probe-path", "");
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private int atTheDoor(String body) throws Exception {
        bundle.withHttpDoor()
                .with("claude.gateway.keys.acme.key", "acme-key")
                .with("claude.gateway.keys.acme.tenant", "acme");
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .header("x-api-key", "acme-key")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 400) {
            assertThat(response.body()).contains("\"type\":\"error\"", "invalid_request_error", "max_tokens");
        }
        return response.statusCode();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_tokens\":100.0,",
                "\"max_tokens\":1e2,",
                "\"max_tokens\":\"100\",",
                "\"max_tokens\":null,",
                "\"max_tokens\":true,",
                "\"max_tokens\":[100],",
                "\"max_tokens\":0,",
                "\"max_tokens\":-1,",
                "\"max_tokens\":9223372036854775807,",
                "\"max_tokens\":99999999999999999999999,",
                "\"max_tokens\":100,\"max_tokens\":1e2,",
                "\"max_tokens\":100,\"max_tokens\":100,",
                "\"max_tokens\":100,\"max\\u005ftokens\":100000,",
                "",
            })
    void a_bound_that_can_be_read_in_two_ways_is_refused_by_its_name(String bound) throws Exception {
        bundle.with("claude.budgets.acme.usd", "1");

        int status = atTheDoor("{\"model\":\"claude-sonnet-5-5\"," + bound + QUESTION + "}");

        assertThat(status).isEqualTo(400);
        assertThat(simulator.bill().callsOf("/v1/messages")).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"speed\":\"standard\",\"speed\":\"fast\" | speed",
                "\"speed\":7 | speed",
                "\"inference_geo\":{} | inference_geo",
                "\"system\":[{\"type\":\"text\",\"text\":\"a\",\"text\":\"b\"}] | text in system",
                "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}] | tools[0].max_uses",
                "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":5.0}] | tools[0].max_uses",
                "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"w\",\"max_uses\":1,\"max_uses\":9}] | max_uses in tools",
            })
    void a_field_of_the_price_that_is_not_clear_is_refused_by_its_name(String field, String name) {
        bundle.with("claude.budgets.acme.usd", "100");

        ClaudeException failure = bundle.failure("{\"max_tokens\":10," + QUESTION + "," + field + "}", ACME);

        assertThat(failure)
                .isInstanceOf(ClaudeException.Rejected.class)
                .returns(400, ClaudeException::status)
                .hasMessageContaining(name);
        assertThat(simulator.bill().callsOf("/v1/messages")).isZero();
    }

    /** At standard terms the call can cost about 10,100 micro-dollars, of which 10,000 are 1,000 tokens of output. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"metadata\":{} | 0.0105 | true",
                "\"speed\":\"standard\",\"inference_geo\":\"global\" | 0.0105 | true",
                "\"inference_geo\":\"us\" | 0.0105 | false",
                "\"inference_geo\":\"us\" | 0.0115 | true",
                "\"model\":\"claude-opus-5-5\" | 0.0210 | true",
                "\"model\":\"claude-opus-5-5\",\"speed\":\"fast\" | 0.0400 | false",
                "\"model\":\"claude-opus-5-5\",\"fallbacks\":[{\"model\":\"claude-opus-5\"}] | 0.0400 | false",
                "\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://x\",\"name\":\"x\"}] | 2.0000 | false",
                "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":100}] | 3.0000 | false",
                "\"tools\":[{\"name\":\"mine\",\"input_schema\":{\"type\":\"object\"}}] | 0.0110 | true",
            })
    void the_highest_possible_price_is_reserved(String field, String usd, boolean admitted) {
        bundle.with("claude.budgets.acme.usd", usd);

        var exchange = bundle.send("{\"max_tokens\":1000," + QUESTION + "," + field + "}", ACME);

        if (admitted) {
            assertThat(exchange.getException()).isNull();
        } else {
            assertThat(Bundle.failureOf(exchange)).isInstanceOf(ClaudeException.OverBudget.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://example.com/a.pdf\"}}",
                "{\"type\":\"image\",\"source\":{\"file_id\":\"file_1\",\"type\":\"file\"}}",
                "{\"type\":\"container_upload\",\"file_id\":\"file_1\"}",
            })
    void what_a_request_refers_to_counts_as_a_whole_context_window(String block) {
        bundle.with("claude.budgets.acme.usd", "2");

        ClaudeException failure = bundle.failure(
                "{\"max_tokens\":1000,\"messages\":[{\"role\":\"user\",\"content\":[" + block + "]}]}", ACME);

        assertThat(failure).isInstanceOf(ClaudeException.OverBudget.class);
    }

    @Test
    void input_that_may_be_cached_is_reserved_at_the_price_of_an_hour() {
        bundle.with("claude.budgets.acme.usd", "0.015");
        String system = "x".repeat(16_000);

        assertThat(bundle.send(request(system, ""), ACME).getException()).isNull();
        assertThat(bundle.failure(request(system, ",\"cache_control\":{\"type\":\"ephemeral\"}"), ACME))
                .isInstanceOf(ClaudeException.OverBudget.class);
    }

    private static String request(String system, String more) {
        return "{\"max_tokens\":1,\"system\":[{\"type\":\"text\",\"text\":\"" + system + "\"" + more + "}]," + QUESTION
                + "}";
    }

    @Test
    void other_tenants_may_write_what_they_like() {
        bundle.with("claude.budgets.acme.usd", "1");

        assertThat(bundle.failure("{\"max_tokens\":1e2," + QUESTION + "}"))
                .hasMessageContaining("max_tokens")
                .hasMessageNotContaining("budget");
    }

    @Test
    void a_call_of_which_nothing_is_known_keeps_its_reservation_also_over_a_restart() {
        bundle.with("claude.budgets.acme.usd", "0.015");
        String request = "{\"max_tokens\":1000," + QUESTION + "}";
        simulator.next(new Fault.ResetBeforeHeaders(true));
        bundle.failure(request, ACME);

        assertThat(bundle.failure(request, ACME)).isInstanceOf(ClaudeException.OverBudget.class);
        bundle.close();
        bundle = bundle().with("claude.budgets.acme.usd", "0.015");

        assertThat(bundle.failure(request, ACME)).isInstanceOf(ClaudeException.OverBudget.class);
    }

    @Test
    void a_prompt_for_a_batch_is_refused_too() {
        bundle.with("claude.budgets.acme.usd", "1").with("claude.sinks.whole.uri", "mock:whole");
        Map<String, Object> headers = Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.SINKS, "whole");

        assertThat(Bundle.failureOf(bundle.sendTo(
                        "direct:claude-batch", "{\"max_tokens\":10,\"max_tokens\":11," + QUESTION + "}", headers)))
                .isInstanceOf(ClaudeException.Rejected.class)
                .hasMessageContaining("max_tokens");
        assertThat(Bundle.failureOf(bundle.sendTo(
                        "direct:claude-batch", "{\"max_tokens\":10,\"mcp_servers\":[{}]," + QUESTION + "}", headers)))
                .hasMessageContaining("has a budget");
    }
}
