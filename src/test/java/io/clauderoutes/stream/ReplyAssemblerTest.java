package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyAssemblerTest {

    private final MessageJson json = new MessageJson();
    private final ReplyAssembler assembler = new ReplyAssembler(json);

    private StreamEvent event(String frame) {
        try {
            return json.event(frame.getBytes(UTF_8));
        } catch (MessageJson.JunkFrame junk) {
            throw new AssertionError(junk);
        }
    }

    private Reply folded(List<StreamEvent> events) {
        events.forEach(assembler::accept);
        return assembler.reply();
    }

    private List<StreamEvent> reply(String message, String block, List<String> deltas, String end) {
        List<StreamEvent> events = new ArrayList<>();
        events.add(event("{\"type\":\"message_start\",\"message\":" + message + "}"));
        events.add(event("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":" + block + "}"));
        deltas.forEach(
                delta -> events.add(event("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":" + delta + "}")));
        events.add(event("{\"type\":\"content_block_stop\",\"index\":0}"));
        events.add(event("{\"type\":\"message_delta\"," + end + "}"));
        events.add(event("{\"type\":\"message_stop\"}"));
        return events;
    }

    private static String textDelta(String text) {
        return "{\"type\":\"text_delta\",\"text\":\"" + text + "\"}";
    }

    private static String citation(String text) {
        return "{\"type\":\"citations_delta\",\"citation\":{\"cited_text\":\"" + text + "\"}}";
    }

    @Test
    void the_events_stay_as_they_were_however_often_they_are_folded() {
        List<StreamEvent> events = reply(
                "{\"id\":\"msg_1\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"more\":{\"a\":1}}}",
                "{\"type\":\"text\",\"text\":\"\",\"citations\":[{\"cited_text\":\"a\"}]}",
                List.of(textDelta("Very "), citation("b"), textDelta("deep."), citation("c")),
                "\"delta\":{\"stop_reason\":\"end_turn\",\"container\":{\"id\":\"c\"}},\"usage\":{\"output_tokens\":7}");
        String before = events.toString();

        String first = folded(events).message().toString();
        ReplyAssembler second = new ReplyAssembler(json);
        events.forEach(second::accept);

        assertThat(events).hasToString(before);
        assertThat(second.reply().message()).hasToString(first);
        assertThat(first)
                .isEqualTo("{\"id\":\"msg_1\",\"content\":[{\"type\":\"text\",\"text\":\"Very deep.\",\"citations\":"
                        + "[{\"cited_text\":\"a\"},{\"cited_text\":\"b\"},{\"cited_text\":\"c\"}]}],"
                        + "\"usage\":{\"input_tokens\":1,\"output_tokens\":7,\"more\":{\"a\":1}},"
                        + "\"stop_reason\":\"end_turn\",\"container\":{\"id\":\"c\"}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"citations\":null", ",\"citations\":[]"})
    void a_citation_is_added_whatever_the_block_began_with(String citations) {
        List<StreamEvent> events = reply(
                "{\"usage\":{}}",
                "{\"type\":\"text\",\"text\":\"\"" + citations + "}",
                List.of(textDelta("Deep."), citation("b")),
                "\"delta\":{},\"usage\":{}");

        Reply reply = folded(events);

        assertThat(reply.message().path("content").path(0).path("citations")).hasToString("[{\"cited_text\":\"b\"}]");
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "'Deep.', 'Deep.'", "'Very ;deep.', 'Very deep.'", "';Very ;;deep;.', 'Very deep.'"})
    void a_text_is_all_its_pieces(String pieces, String whole) {
        List<String> deltas = new ArrayList<>();
        for (String piece : pieces.split(";", -1)) {
            deltas.add(textDelta(piece));
        }

        Reply reply = folded(
                reply("{\"usage\":{}}", "{\"type\":\"text\",\"text\":\"\"}", deltas, "\"delta\":{},\"usage\":{}"));

        assertThat(reply.text()).isEqualTo(whole);
        assertThat(reply.message().path("content").path(0).path("text").asText())
                .isEqualTo(whole);
    }

    @Test
    void a_block_may_begin_with_a_part_of_its_text() {
        Reply reply = folded(reply(
                "{\"usage\":{}}",
                "{\"type\":\"text\",\"text\":\"Very \"}",
                List.of(textDelta("deep.")),
                "\"delta\":{},\"usage\":{}"));

        assertThat(reply.text()).isEqualTo("Very deep.");
        assertThat(reply.message().path("content").path(0).path("text").asText())
                .isEqualTo("Very deep.");
    }

    @Test
    void thinking_may_too_and_the_signature_comes_at_its_end() {
        Reply reply = folded(reply(
                "{\"usage\":{}}",
                "{\"type\":\"thinking\",\"thinking\":\"How \",\"signature\":\"\"}",
                List.of(
                        "{\"type\":\"thinking_delta\",\"thinking\":\"deep?\"}",
                        "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"),
                "\"delta\":{},\"usage\":{}"));

        assertThat(reply.message().path("content").path(0))
                .hasToString("{\"type\":\"thinking\",\"thinking\":\"How deep?\",\"signature\":\"c2ln\"}");
    }

    @Test
    void the_text_of_a_reply_is_that_of_all_its_blocks() {
        String[] blocks = {"Very ", "deep", "."};
        assembler.accept(event("{\"type\":\"message_start\",\"message\":{\"usage\":{}}}"));
        for (int i = 0; i < blocks.length; i++) {
            String index = "\"index\":" + i;
            assembler.accept(event("{\"type\":\"content_block_start\"," + index
                    + ",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"));
            assembler.accept(
                    event("{\"type\":\"content_block_delta\"," + index + ",\"delta\":" + textDelta(blocks[i]) + "}"));
            assembler.accept(event("{\"type\":\"content_block_stop\"," + index + "}"));
        }

        assertThat(assembler.text()).isEqualTo("Very deep.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "7", "\"a\"", "[]"})
    void counts_that_are_none_give_way_to_those_told_later(String usage) {
        List<StreamEvent> events = reply(
                "{\"usage\":" + usage + "}",
                "{\"type\":\"text\",\"text\":\"\"}",
                List.of(),
                "\"delta\":{},\"usage\":{\"output_tokens\":7}");

        Reply reply = folded(events);

        assertThat(reply.message().path("usage")).hasToString("{\"output_tokens\":7}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'new_delta','x':1}",
                "{'type':'thinking_delta','thinking':'a'}",
                "{'type':'input_json_delta','partial_json':'a'}",
                "{'type':'compaction_delta','content':'a'}"
            })
    void a_delta_that_is_not_known_for_its_block_is_named(String delta) {
        Reply reply = folded(reply(
                "{\"usage\":{}}",
                "{\"type\":\"text\",\"text\":\"\"}",
                List.of(textDelta("Deep."), delta.replace('\'', '"')),
                "\"delta\":{},\"usage\":{}"));

        assertThat(reply.unfolded()).hasValueSatisfying(name -> assertThat(name)
                .isEqualTo(delta.split("'", -1)[3] + " of a block of type text"));
        assertThat(reply.text()).isEqualTo("Deep.");
    }

    @Test
    void a_compaction_comes_in_one_delta() {
        Reply reply = folded(reply(
                "{\"usage\":{}}",
                "{\"type\":\"compaction\",\"content\":null}",
                List.of("{\"type\":\"compaction_delta\",\"content\":\"short\",\"encrypted_content\":\"x\"}"),
                "\"delta\":{},\"usage\":{}"));

        assertThat(reply.message().path("content"))
                .hasToString("[{\"type\":\"compaction\",\"content\":\"short\",\"encrypted_content\":\"x\"}]");
    }

    @Test
    void what_comes_with_message_start_is_a_part_of_the_reply() {
        String tool = "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"id\":\"c\"}}";
        Reply reply = folded(List.of(
                event("{\"type\":\"message_start\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Deep.\"},"
                        + tool + "],\"usage\":{}}}"),
                event("{\"type\":\"message_stop\"}")));

        assertThat(reply.text()).isEqualTo("Deep.");
        assertThat(reply.message().path("content").path(1)).hasToString(tool);
    }

    @Test
    void a_fallback_names_the_model_that_says_the_rest() {
        Reply reply = folded(reply(
                "{\"model\":\"claude-a\",\"usage\":{}}",
                "{\"type\":\"fallback\",\"from\":{\"model\":\"claude-a\"},\"to\":{\"model\":\"claude-b\"}}",
                List.of(),
                "\"delta\":{},\"usage\":{}"));

        assertThat(reply.model()).isEqualTo("claude-b");
    }

    @Test
    void blocks_stand_in_the_order_in_which_they_began() {
        assembler.accept(event("{\"type\":\"message_start\",\"message\":{\"usage\":{}}}"));
        for (String type : List.of("a", "b")) {
            assembler.accept(event("{\"type\":\"content_block_start\",\"index\":" + (type.equals("a") ? 0 : 1)
                    + ",\"content_block\":{\"type\":\"" + type + "\"}}"));
        }
        assembler.accept(event("{\"type\":\"content_block_stop\",\"index\":1}"));
        assembler.accept(event("{\"type\":\"message_stop\"}"));

        assertThat(assembler.reply().message().path("content")).hasToString("[{\"type\":\"a\"},{\"type\":\"b\"}]");
    }

    @Test
    void a_null_at_the_end_takes_back_a_reason_to_stop_and_nothing_else() {
        Reply reply = folded(reply(
                "{\"stop_reason\":\"a\",\"container\":{\"id\":\"c\"},\"usage\":{}}",
                "{\"type\":\"text\",\"text\":\"\"}",
                List.of(),
                "\"delta\":{\"stop_reason\":null,\"container\":null},\"context_management\":{\"applied_edits\":[]},"
                        + "\"usage\":{}"));

        assertThat(reply.message().path("stop_reason").isNull()).isTrue();
        assertThat(reply.message().path("container")).hasToString("{\"id\":\"c\"}");
        assertThat(reply.message().path("context_management")).hasToString("{\"applied_edits\":[]}");
    }
}
