package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.ItemFate;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of clients that show a key of the gateway: each client has its own, over real connections. */
@Timeout(120)
@Order(7)
class ClientBatchesTest {

    private static final String BATCHES = "/v1/messages/batches";
    private static final String ONE = "key-one";
    private static final String TWO = "key-two";

    @TempDir
    private Path data;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Simulator simulator = Simulator.start(
            SimulatorSettings.instant().withBatches(BatchRules.instant().withDuration(Fault.FOREVER)),
            Clock.systemUTC());
    private Bundle bundle;

    @AfterEach
    void close() {
        if (bundle != null) {
            bundle.close();
        }
        simulator.close();
    }

    private Bundle settings() {
        return Bundle.calling(simulator)
                .with("claude.data", data.toString())
                .with("claude.ledger.enabled", "true")
                .with("claude.gateway.keys.one.key", ONE)
                .with("claude.gateway.keys.one.tenant", "acme")
                .with("claude.gateway.keys.two.key", TWO)
                .with("claude.gateway.keys.two.tenant", "acme")
                .with("claude.batch.poll-interval", "10ms")
                .with("claude.batch.poll-interval-max", "1h")
                .with("claude.batch.uncertain-wait", "10ms")
                .withHttpDoor();
    }

    private Bundle bundle() {
        if (bundle == null) {
            bundle = settings();
        }
        return bundle;
    }

    private HttpRequest.Builder request(String key, String path) {
        return HttpRequest.newBuilder(URI.create(bundle().door() + path))
                .header("x-api-key", key)
                .header("anthropic-version", "2023-06-01")
                .header("content-type", "application/json");
    }

    private HttpResponse<String> asked(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> got(String key, String path) throws Exception {
        return asked(request(key, path).GET());
    }

    private HttpResponse<String> posted(String key, String body) throws Exception {
        return asked(request(key, BATCHES).POST(BodyPublishers.ofString(body)));
    }

    private static String item(String id, String text, String more) {
        return "{\"custom_id\":\"" + id
                + "\",\"params\":{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":64,\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"" + text + "\"}]" + more + "}}";
    }

    private static String batch(String... items) {
        return "{\"requests\":[" + String.join(",", items) + "]}";
    }

    private String created(String key, String... items) throws Exception {
        HttpResponse<String> response = posted(key, batch(items));
        assertThat(response.body()).contains("msgbatch_");
        assertThat(response.statusCode()).isEqualTo(200);
        return json.readTree(response.body()).path("id").asText();
    }

    private String results(String key, String id) throws Exception {
        HttpResponse<String> response = got(key, BATCHES + "/" + id + "/results");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private List<String> listed(String key, String query) throws Exception {
        JsonNode page = json.readTree(got(key, BATCHES + query).body());
        return StreamSupport.stream(page.path("data").spliterator(), false)
                .map(batch -> batch.path("id").asText())
                .toList();
    }

    private BookRows books() {
        return new BookRows(data);
    }

    private List<String> stored(String query) {
        return BookRows.of(data.resolve("client-batches.db"), query);
    }

    @Nested
    class A_batch {

        @Test
        void is_created_and_looked_at_as_at_the_api() throws Exception {
            JsonNode created = json.readTree(
                    posted(ONE, batch(item("a", "say exactly: one", ""), item("b", "say exactly: two", "")))
                            .body());

            assertThat(created.path("type").asText()).isEqualTo("message_batch");
            assertThat(created.path("request_counts").path("processing").asInt())
                    .isEqualTo(2);
            assertThat(json.readTree(got(ONE, BATCHES + "/" + created.path("id").asText())
                            .body()))
                    .isEqualTo(created);
        }

        @Test
        void gives_its_results_by_the_clients_own_names() throws Exception {
            String id = created(ONE, item("a-1", "say exactly: one", ""), item("b_2", "say exactly: two", ""));
            simulator.endBatches();

            List<String> texts = new ArrayList<>();
            for (String line : results(ONE, id).lines().toList()) {
                JsonNode result = json.readTree(line);
                texts.add(result.path("custom_id").asText() + " "
                        + result.at("/result/message/content/0/text").asText());
            }

            assertThat(texts).containsExactlyInAnyOrder("a-1 one", "b_2 two");
        }

        @Test
        void names_the_gateway_as_the_place_of_its_results() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));
            simulator.endBatches();

            String url = json.readTree(got(ONE, BATCHES + "/" + id).body())
                    .path("results_url")
                    .asText();

            assertThat(url).isEqualTo(bundle.door() + BATCHES + "/" + id + "/results");
        }

        @Test
        void can_be_cancelled_and_deleted() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));

            HttpResponse<String> cancelled =
                    asked(request(ONE, BATCHES + "/" + id + "/cancel").POST(BodyPublishers.noBody()));
            simulator.endBatches();
            HttpResponse<String> deleted =
                    asked(request(ONE, BATCHES + "/" + id).DELETE());

            assertThat(cancelled.body()).contains("canceling");
            assertThat(deleted.body()).contains("message_batch_deleted", id);
            assertThat(got(ONE, BATCHES + "/" + id).statusCode()).isEqualTo(404);
            assertThat(listed(ONE, "")).isEmpty();
        }

        @Test
        void that_has_not_ended_is_neither_deleted_nor_read() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));

            assertThat(asked(request(ONE, BATCHES + "/" + id).DELETE()).statusCode())
                    .isEqualTo(400);
            assertThat(got(ONE, BATCHES + "/" + id + "/results").body()).contains("has not ended yet");
            assertThat(listed(ONE, "")).containsExactly(id);
        }

        @Test
        void takes_models_by_the_clients_own_names_and_headers_of_the_api() throws Exception {
            bundle().with("claude.gateway.models.fast", "claude-sonnet-5-5");

            asked(request(ONE, BATCHES)
                    .header("anthropic-beta", "output-300k-2026-03-24")
                    .POST(BodyPublishers.ofString(batch(item("a", "one", "").replace("claude-sonnet-5-5", "fast")))));

            assertThat(simulator.requests().get(0).body()).contains("\"model\":\"claude-sonnet-5-5\"");
            assertThat(simulator.requests().get(0).header("anthropic-beta")).contains("output-300k-2026-03-24");
        }
    }

    @Nested
    class Another_client {

        @Test
        void sees_nothing_of_it() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));
            simulator.endBatches();
            var calls = simulator.bill().calls();

            List<HttpResponse<String>> responses = List.of(
                    got(TWO, BATCHES + "/" + id),
                    got(TWO, BATCHES + "/" + id + "/results"),
                    asked(request(TWO, BATCHES + "/" + id + "/cancel").POST(BodyPublishers.noBody())),
                    asked(request(TWO, BATCHES + "/" + id).DELETE()),
                    got(TWO, BATCHES + "?after_id=" + id),
                    got(TWO, BATCHES + "?before_id=" + id));

            assertThat(responses).allSatisfy(response -> {
                assertThat(response.statusCode()).isEqualTo(404);
                assertThat(response.body())
                        .contains("not_found_error", "Could not find Message Batch")
                        .contains(response.headers().firstValue("request-id").orElseThrow());
            });
            assertThat(listed(TWO, "")).isEmpty();
            assertThat(simulator.bill().calls()).as("calls of the endpoint").isEqualTo(calls);
            assertThat(listed(ONE, "")).containsExactly(id);
        }

        @Test
        void without_a_key_is_refused() throws Exception {
            assertThat(got("sk-unknown", BATCHES).statusCode()).isEqualTo(401);
        }
    }

    @Nested
    class A_list {

        @Test
        void is_paged_as_that_of_the_api() throws Exception {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                ids.add(0, created(ONE, item("a", "one", "")));
                created(TWO, item("a", "one", ""));
            }

            assertThat(listed(ONE, "")).isEqualTo(ids);
            assertThat(listed(ONE, "?limit=2")).isEqualTo(ids.subList(0, 2));
            assertThat(listed(ONE, "?limit=2&after_id=" + ids.get(1))).isEqualTo(ids.subList(2, 4));
            assertThat(listed(ONE, "?limit=2&before_id=" + ids.get(4))).isEqualTo(ids.subList(2, 4));
            JsonNode page = json.readTree(got(ONE, BATCHES + "?limit=4").body());
            assertThat(page.path("has_more").asBoolean()).isTrue();
            assertThat(page.path("first_id").asText()).isEqualTo(ids.get(0));
            assertThat(page.path("last_id").asText()).isEqualTo(ids.get(3));
            assertThat(json.readTree(got(ONE, BATCHES + "?limit=2&before_id=" + ids.get(2))
                                    .body())
                            .path("has_more")
                            .asBoolean())
                    .isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"?limit=0", "?limit=1001", "?limit=x", "?after_id=a&before_id=b"})
        void refuses_what_no_page_is(String query) throws Exception {
            assertThat(got(ONE, BATCHES + query).statusCode()).isEqualTo(400);
        }

        @Test
        void shows_what_is_stored_while_the_endpoint_does_not_answer() throws Exception {
            String id = created(ONE, item("a", "one", ""));
            simulator.nextLook(Fault.status(500));

            assertThat(listed(ONE, "")).containsExactly(id);
        }
    }

    @Nested
    class The_ledger {

        @Test
        void has_each_result_once_however_often_it_is_read() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""), item("b", "say exactly: two", ""));
            simulator.endBatches();

            results(ONE, id);
            results(ONE, id);
            bundle.close();
            bundle = null;
            results(ONE, id);

            var tokens = simulator.bill().batches().tokens();
            assertThat(books().of("SELECT count(*), sum(cost_micro_usd) FROM attempt WHERE state = 'SETTLED'"))
                    .containsExactly("2 " + (tokens.input() + 5 * tokens.output()));
            assertThat(books().states()).containsOnly("INTENT SETTLED");
            assertThat(books().of("SELECT DISTINCT tenant, source, endpoint FROM attempt"))
                    .containsExactly("acme claude-http-batches primary");
        }

        @Test
        void has_the_results_that_no_client_reads() throws Exception {
            bundle().with("claude.batch.poll-interval-max", "10ms");
            created(ONE, item("a", "say exactly: one", ""), item("b", "say exactly: two", ""));
            simulator.nextItems(ItemFate.SUCCEEDED, ItemFate.EXPIRED);
            simulator.endBatches();

            Bundle.until(() -> stored("SELECT state FROM batch").equals(List.of("settled")));

            assertThat(books().of("SELECT state, count(*) FROM attempt GROUP BY state ORDER BY state"))
                    .containsExactly("REJECTED 1", "SETTLED 1");
        }

        @Test
        void has_the_results_before_a_batch_is_deleted() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));
            simulator.endBatches();

            asked(request(ONE, BATCHES + "/" + id).DELETE());

            assertThat(books().states()).containsExactly("INTENT SETTLED");
        }

        @Test
        void keeps_a_batch_that_cannot_be_read_before_it_is_deleted() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));
            simulator.endBatches();
            simulator.nextResults(Fault.status(500));

            assertThat(asked(request(ONE, BATCHES + "/" + id).DELETE()).statusCode())
                    .isEqualTo(500);
            assertThat(results(ONE, id)).contains("one");
        }
    }

    @Nested
    class A_request_of_a_batch {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    ",\"stream\":true|requests.1.params|400|not streamed",
                    ",\"speed\":\"fast\"|requests.1.params|400|speed",
                    ",\"max_tokens\":101|requests.1.params|403|claude.limits.small.max-tokens=100",
                    ",\"container\":\"c1\"|requests.1.params|403|claude.limits.small.containers"
                })
        void is_checked_as_a_single_request_is(String more, String at, int status, String why) throws Exception {
            bundle().with("claude.gateway.keys.one.limits", "small")
                    .with("claude.limits.small.max-tokens", "100")
                    .with("claude.limits.small.containers.enabled", "false");

            HttpResponse<String> refused = posted(ONE, batch(item("a", "one", ""), item("b", "two", more)));

            assertThat(refused.statusCode()).isEqualTo(status);
            assertThat(refused.body()).contains(at, why);
            assertThat(simulator.requests()).isEmpty();
        }

        @Test
        void is_redacted_by_the_policy_of_its_key_and_so_is_its_result() throws Exception {
            bundle().with("claude.gateway.keys.one.redact-policy", "strict")
                    .with("claude.redact.policies.strict.prompts.enabled", "true")
                    .with("claude.redact.policies.strict.email.enabled", "true");
            String id = created(ONE, item("a", "write to anna@example.org", ""));
            String other = created(TWO, item("a", "say exactly: bob@example.org", ""));
            simulator.endBatches();

            assertThat(simulator.requests().get(0).body())
                    .contains("write to [EMAIL]")
                    .doesNotContain("anna@");
            assertThat(results(ONE, id)).doesNotContain("anna@");
            assertThat(results(TWO, other)).contains("bob@example.org");
        }

        @Test
        void is_paid_from_the_budget_of_its_tenant() throws Exception {
            bundle().with("claude.budgets.acme.usd", "0.0015").with("claude.budgets.acme.period", "month");
            String[] items = IntStream.range(0, 3)
                    .mapToObj(i -> item("i" + i, "say exactly: one", ""))
                    .toArray(String[]::new);

            assertThat(posted(ONE, batch(items)).statusCode()).isEqualTo(200);
            HttpResponse<String> refused = posted(ONE, batch(items));

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("claude.budgets.acme");
            assertThat(simulator.bill().batches().created()).isEqualTo(1);
            simulator.endBatches();
            results(ONE, listed(ONE, "").get(0));
            assertThat(posted(ONE, batch(items)).statusCode())
                    .as("what the results did not cost is left again")
                    .isEqualTo(200);
        }

        @Test
        void that_may_cost_more_than_is_known_is_refused_where_there_is_a_budget() throws Exception {
            bundle().with("claude.budgets.acme.usd", "10");

            assertThat(posted(ONE, batch(item("a", "one", ",\"max_tokens\":65")))
                            .body())
                    .contains("requests.0.params", "max_tokens");
        }
    }

    @Nested
    class A_body {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{",
                    "[]",
                    "null",
                    "{}",
                    "{\"requests\":{}}",
                    "{\"requests\":[]}",
                    "{\"requests\":[1]}",
                    "{\"requests\":[{}]}",
                    "{\"requests\":[{\"custom_id\":\"a\"}]}",
                    "{\"requests\":[{\"custom_id\":\"a b\",\"params\":{}}]}",
                    "{\"requests\":[{\"custom_id\":1,\"params\":{}}]}",
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":[]}]}",
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":{},\"params\":{}}]}",
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":{},\"more\":1}]}",
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":{}},{\"custom_id\":\"a\",\"params\":{}}]}",
                    "{\"requests\":[],\"requests\":[]}",
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":{}}]} x"
                })
        void that_is_no_batch_is_refused(String body) throws Exception {
            HttpResponse<String> refused = posted(ONE, body);

            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
            assertThat(refused.body()).contains("invalid_request_error");
            assertThat(simulator.requests()).isEmpty();
        }

        @Test
        void that_is_too_long_is_refused() throws Exception {
            assertThat(posted(ONE, batch(item("a", "x".repeat(1_100_000), ""))).statusCode())
                    .isEqualTo(413);
        }

        @Test
        void with_many_requests_is_served() throws Exception {
            String id = created(
                    ONE,
                    IntStream.range(0, 3_000)
                            .mapToObj(i -> item("i" + i, "say exactly: " + i, ""))
                            .toArray(String[]::new));
            simulator.endBatches();

            String results = results(ONE, id);

            assertThat(results.lines().count()).isEqualTo(3_000);
            assertThat(results.lines()
                            .map(line -> line.substring(14, line.indexOf('"', 14)))
                            .collect(Collectors.toSet()))
                    .hasSize(3_000);
            assertThat(books().of("SELECT state, count(*) FROM attempt GROUP BY state"))
                    .containsExactly("SETTLED 3000");
        }
    }

    @Nested
    class A_creation_without_a_response {

        @Test
        void is_found_when_it_had_arrived() throws Exception {
            bundle().with("claude.batch.poll-interval-max", "10ms");
            simulator.nextCreation(new Fault.ResetBeforeHeaders(true));

            HttpResponse<String> failed = posted(ONE, batch(item("a", "say exactly: one", "")));
            simulator.endBatches();

            assertThat(failed.statusCode()).isEqualTo(502);
            assertThat(failed.headers().firstValue("x-should-retry")).contains("false");
            Bundle.until(() -> stored("SELECT state FROM batch").equals(List.of("settled")));
            assertThat(results(ONE, listed(ONE, "").get(0))).contains("\"custom_id\":\"a\"", "one");
            assertThat(listed(TWO, "")).isEmpty();
            assertThat(books().states()).containsExactly("INTENT SETTLED");
        }

        @Test
        void is_given_up_when_it_had_not() throws Exception {
            bundle().with("claude.batch.poll-interval-max", "10ms");
            simulator.nextCreation(new Fault.ResetBeforeHeaders(false));

            posted(ONE, batch(item("a", "say exactly: one", "")));

            Bundle.until(() -> stored("SELECT count(*) FROM batch").equals(List.of("0")));
            assertThat(books().states()).containsExactly("INTENT REJECTED");
        }

        @Test
        void leaves_nothing_when_the_endpoint_has_refused_it() throws Exception {
            simulator.nextCreation(Fault.status(429));

            HttpResponse<String> refused = posted(ONE, batch(item("a", "say exactly: one", "")));

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(stored("SELECT count(*) FROM batch")).containsExactly("0");
            assertThat(books().states()).containsExactly("INTENT REJECTED");
        }
    }

    @Nested
    class A_batch_of_a_process_before {

        @Test
        void goes_on_at_its_endpoint() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""));
            bundle.close();
            bundle = settings()
                    .with("claude.endpoints.nearer.url", "http://127.0.0.1:9")
                    .with("claude.endpoints.nearer.priority", "1");
            simulator.endBatches();

            assertThat(results(ONE, id)).contains("\"custom_id\":\"a\"", "one");
        }

        @Test
        void whose_endpoint_is_gone_is_kept_and_the_error_names_the_endpoint() throws Exception {
            bundle().with("claude.endpoints.other.url", simulator.url().toString())
                    .with("claude.endpoints.other.priority", "1");
            String id = created(ONE, item("a", "say exactly: one", ""));
            bundle.close();
            bundle = null;

            HttpResponse<String> failed = got(ONE, BATCHES + "/" + id);

            assertThat(failed.statusCode()).isEqualTo(503);
            assertThat(failed.body()).contains("claude.endpoints.other");
        }
    }

    @Nested
    class Results {

        @Test
        void that_break_off_break_off_for_the_client_and_are_counted_once() throws Exception {
            String id = created(ONE, item("a", "say exactly: one", ""), item("b", "say exactly: two", ""));
            simulator.endBatches();
            simulator.nextResults(new Fault.Reset(1));

            HttpResponse<String> broken = got(ONE, BATCHES + "/" + id + "/results");

            assertThat(broken.statusCode()).isGreaterThanOrEqualTo(500);
            assertThat(results(ONE, id).lines().count()).isEqualTo(2);
            assertThat(books().states()).containsOnly("INTENT SETTLED");
        }
    }
}
