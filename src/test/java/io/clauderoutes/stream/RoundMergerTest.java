package io.clauderoutes.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One reply of several rounds. The tool {@code client} is the requester's, all others are ours. */
class RoundMergerTest {

    private static final String TEXT = "{\"type\":\"text\",\"text\":\"%s\"}";
    private static final String CALL = "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"%s\",\"input\":{}}";

    private final MessageJson json = new MessageJson();
    private final RoundMerger merger = new RoundMerger(name -> !name.equals("client"), json);
    private final List<StreamEvent> merged = new ArrayList<>();

    private List<StreamEvent> message(String reason, String usage, String... blocks) {
        return json.events(("{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":["
                        + String.join(",", blocks) + "],\"stop_reason\":\"" + reason + "\",\"usage\":" + usage + "}")
                .getBytes(StandardCharsets.UTF_8));
    }

    private void round(List<StreamEvent> events) {
        events.forEach(event -> merged.addAll(merger.next(event)));
    }

    private JsonNode whole() {
        ReplyAssembler assembler = new ReplyAssembler(json);
        merged.forEach(assembler::accept);
        return assembler.reply().message();
    }

    private static JsonNode tree(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void blocks_are_numbered_through_without_calls_of_ours() throws IOException {
        round(message(
                "tool_use",
                "{\"input_tokens\":1,\"output_tokens\":2}",
                TEXT.formatted("a"),
                CALL.formatted("ours"),
                TEXT.formatted("b")));
        assertThat(merger.isContinued()).isTrue();
        merger.begin();
        round(message("end_turn", "{\"input_tokens\":3,\"output_tokens\":4}", TEXT.formatted("c")));

        assertThat(merger.isContinued()).isFalse();
        assertThat(whole().path("content"))
                .isEqualTo(
                        tree("[" + TEXT.formatted("a") + "," + TEXT.formatted("b") + "," + TEXT.formatted("c") + "]"));
        assertThat(merged)
                .filteredOn(StreamEvent.BlockStart.class::isInstance)
                .extracting(event -> ((StreamEvent.BlockStart) event).index())
                .containsExactly(0, 1, 2);
    }

    @Test
    void tokens_of_all_rounds_are_added_up_with_those_inside() {
        String usage =
                "{\"input_tokens\":1,\"output_tokens\":2,\"server_tool_use\":{\"web_search_requests\":1},\"service_tier\":\"x\"}";
        for (int i = 0; i < 3; i++) {
            round(message("tool_use", usage, CALL.formatted("ours")));
            merger.begin();
        }
        round(message("end_turn", usage));

        assertThat(whole().path("usage").toString())
                .isEqualTo(
                        "{\"input_tokens\":4,\"output_tokens\":8,\"server_tool_use\":{\"web_search_requests\":4},\"service_tier\":\"x\"}");
    }

    @Test
    void a_single_round_stays_as_it_is() {
        List<StreamEvent> events = message("end_turn", "{\"input_tokens\":1}", TEXT.formatted("a"));

        round(events);

        assertThat(merged).containsExactlyElementsOf(events);
    }

    @Test
    void calls_of_both_end_the_rounds_with_those_of_the_requester() {
        round(message("tool_use", "{}", CALL.formatted("ours"), CALL.formatted("client")));

        assertThat(merger.isContinued()).isFalse();
        assertThat(whole().path("content").findValuesAsText("name")).containsExactly("client");
        assertThat(whole().path("stop_reason").asText()).isEqualTo("tool_use");
    }

    @Test
    void a_call_that_was_cut_off_ends_the_rounds() {
        round(message("max_tokens", "{}", TEXT.formatted("a"), CALL.formatted("ours")));

        assertThat(merger.isContinued()).isFalse();
        assertThat(whole().path("stop_reason").asText()).isEqualTo("max_tokens");
    }
}
