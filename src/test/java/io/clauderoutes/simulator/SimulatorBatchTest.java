package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.asking;
import static io.clauderoutes.simulator.SimulatorCaller.error;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Message Batches API, as the simulator has it. */
class SimulatorBatchTest {

    private static final String BATCHES = "/v1/messages/batches";

    private final Simulator simulator = Simulator.start(
            SimulatorSettings.instant().withBatches(BatchRules.instant().withDuration(Fault.FOREVER)),
            Clock.systemUTC());
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void close() {
        simulator.close();
    }

    private static String item(String customId, String params) {
        return "{\"custom_id\":\"" + customId + "\",\"params\":" + params + "}";
    }

    private HttpResponse<String> creation(String... items) {
        return caller.post(BATCHES, "{\"requests\":[" + String.join(",", items) + "]}");
    }

    private String created(String... items) {
        return json(creation(items)).path("id").asText();
    }

    private JsonNode look(String id) {
        return json(caller.get(BATCHES + "/" + id));
    }

    private Map<String, JsonNode> results(String id) {
        return Arrays.stream(caller.get(BATCHES + "/" + id + "/results").body().split("\n", -1))
                .filter(line -> !line.isEmpty())
                .map(SimulatorCaller::json)
                .collect(Collectors.toMap(line -> line.path("custom_id").asText(), line -> line.path("result")));
    }

    @Test
    void all_items_are_in_processing_until_the_batch_has_ended() {
        String id = created(item("a", asking("say exactly: one")), item("b", asking("say exactly: two")));
        JsonNode before = look(id);

        simulator.endBatches();

        assertThat(before.path("processing_status").asText()).isEqualTo("in_progress");
        assertThat(before.path("request_counts").path("processing").asInt()).isEqualTo(2);
        assertThat(before.path("results_url").isNull()).isTrue();
        assertThat(look(id).path("processing_status").asText()).isEqualTo("ended");
        assertThat(look(id).path("request_counts").path("succeeded").asInt()).isEqualTo(2);
        assertThat(look(id).path("results_url").asText()).endsWith(id + "/results");
    }

    @Test
    void each_item_has_its_result_and_the_price_of_a_batch() {
        String id = created(item("a", asking("say exactly: one")), item("b", asking("hi", "\"surprise\":1")));

        simulator.endBatches();

        Map<String, JsonNode> results = results(id);
        assertThat(results.get("a")
                        .path("message")
                        .path("content")
                        .path(0)
                        .path("text")
                        .asText())
                .isEqualTo("one");
        assertThat(results.get("a")
                        .path("message")
                        .path("usage")
                        .path("service_tier")
                        .asText())
                .isEqualTo("batch");
        assertThat(results.get("b").path("error").path("error").path("message").asText())
                .contains("surprise");
        assertThat(simulator.bill().batches().billed()).isEqualTo(1);
        assertThat(simulator.bill().billed().answers()).isZero();
    }

    @Test
    void an_item_may_fail_whatever_it_asks() {
        simulator.nextItems(ItemFate.ERRORED, ItemFate.EXPIRED);
        String id = created(item("a", asking("one")), item("b", asking("two")));

        simulator.endBatches();

        assertThat(results(id).get("a").path("type").asText()).isEqualTo("errored");
        assertThat(results(id).get("b").path("type").asText()).isEqualTo("expired");
        assertThat(simulator.bill().batches().billed()).isZero();
    }

    @Test
    void a_batch_that_is_canceled_ends_soon() {
        String id = created(item("a", asking("one")));

        String status = json(caller.post(BATCHES + "/" + id + "/cancel", ""))
                .path("processing_status")
                .asText();

        assertThat(status).isEqualTo("canceling");
        SimulatorCaller.until(() -> look(id).path("processing_status").asText().equals("ended"));
        assertThat(results(id).get("a").path("type").asText()).isEqualTo("canceled");
    }

    @Test
    void only_a_batch_that_has_ended_can_be_deleted() {
        String id = created(item("a", asking("one")));
        HttpResponse<String> tooEarly =
                caller.send(caller.request(BATCHES + "/" + id).DELETE());

        simulator.endBatches();

        assertThat(tooEarly.statusCode()).isEqualTo(400);
        assertThat(json(caller.send(caller.request(BATCHES + "/" + id).DELETE()))
                        .path("type")
                        .asText())
                .isEqualTo("message_batch_deleted");
        assertThat(caller.get(BATCHES + "/" + id).statusCode()).isEqualTo(404);
    }

    @Test
    void batches_are_listed_newest_first_by_pages() {
        String first = created(item("a", asking("one")));
        String second = created(item("a", asking("one")));

        JsonNode page = json(caller.get(BATCHES + "?limit=1"));
        JsonNode rest = json(caller.get(BATCHES + "?limit=1&after_id=" + second));

        assertThat(page.path("last_id").asText()).isEqualTo(second);
        assertThat(page.path("has_more").asBoolean()).isTrue();
        assertThat(rest.path("last_id").asText()).isEqualTo(first);
        assertThat(rest.path("has_more").asBoolean()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'',pattern", "with space,pattern", "same,unique"})
    void a_custom_id_that_is_none_is_refused(String customId, String why) {
        HttpResponse<String> refusal = creation(item(customId, asking("one")), item("same", asking("two")));

        assertThat(error(refusal))
                .startsWith("400 invalid_request_error: requests.")
                .contains(why);
    }

    @Test
    void a_batch_of_nothing_is_refused() {
        assertThat(error(creation())).contains("at least 1 item");
    }

    @Test
    void an_answer_that_is_lost_leaves_a_batch() {
        simulator.nextCreation(new Fault.ResetBeforeHeaders(true), Fault.status(529));

        assertThatThrownBy(() -> creation(item("a", asking("one"))));

        assertThat(creation(item("a", asking("one"))).statusCode()).isEqualTo(529);
        assertThat(simulator.bill().batches().created()).isEqualTo(1);
    }

    @Test
    void results_of_a_batch_under_way_are_refused() {
        String id = created(item("a", asking("one")));

        assertThat(caller.get(BATCHES + "/" + id + "/results").statusCode()).isEqualTo(400);
    }

    @Test
    void a_group_of_prompts_is_answered_in_its_order() {
        HttpResponse<String> answer =
                caller.post("/v1/batch", "{\"prompts\":[\"say exactly: one\",\"say exactly: two\"]}");

        assertThat(answer.body()).isEqualTo("{\"results\":[{\"text\":\"one\"},{\"text\":\"two\"}]}");
        assertThat(simulator.bill().billed().answers()).isEqualTo(2);
    }
}
