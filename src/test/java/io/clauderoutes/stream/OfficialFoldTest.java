package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.core.ObjectMappers;
import com.anthropic.helpers.BetaMessageAccumulator;
import com.anthropic.models.beta.messages.BetaRawMessageStreamEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The folded reply is the one that the official SDK makes of the same stream. */
class OfficialFoldTest {

    private static final String MESSAGE =
            "'id':'msg_1','type':'message','role':'assistant','model':'claude-a','stop_reason':null,"
                    + "'stop_sequence':null,'usage':{'input_tokens':3,'output_tokens':1,'cache_read_input_tokens':0}";
    private static final String END = """
            {'type':'message_delta','delta':{'stop_reason':'end_turn','stop_sequence':null},'usage':{'output_tokens':7}}
            {'type':'message_stop'}
            """;

    private final MessageJson json = new MessageJson();

    private static String start(String content) {
        return "{'type':'message_start','message':{" + MESSAGE + ",'content':" + content + "}}\n";
    }

    private static String block(int index, String start, String... deltas) {
        StringBuilder events = new StringBuilder();
        events.append("{'type':'content_block_start','index':" + index + ",'content_block':" + start + "}\n");
        for (String delta : deltas) {
            events.append("{'type':'content_block_delta','index':" + index + ",'delta':" + delta + "}\n");
        }
        return events.append("{'type':'content_block_stop','index':" + index + "}\n")
                .toString();
    }

    static Stream<String> streams() {
        return Stream.of(
                start("[]")
                        + block(
                                0,
                                "{'type':'text','text':''}",
                                "{'type':'text_delta','text':'Very '}",
                                "{'type':'text_delta','text':'deep.'}")
                        + END,
                start("[]")
                        + block(
                                0,
                                "{'type':'text','text':''}",
                                "{'type':'text_delta','text':'a'}",
                                "{'type':'citations_delta','citation':{'type':'char_location','cited_text':'x','document_index':0,'document_title':null,'start_char_index':0,'end_char_index':1,'file_id':null}}",
                                "{'type':'text_delta','text':'b'}")
                        + END,
                start("[]")
                        + block(
                                0,
                                "{'type':'tool_use','id':'t','name':'n','input':{}}",
                                "{'type':'input_json_delta','partial_json':''}",
                                "{'type':'input_json_delta','partial_json':'{~a~:[1.50,'}",
                                "{'type':'input_json_delta','partial_json':'null]}'}")
                        + END,
                start("[]")
                        + block(
                                0,
                                "{'type':'tool_use','id':'t','name':'n','input':{}}",
                                "{'type':'input_json_delta','partial_json':''}")
                        + END,
                start("[]") + block(0, "{'type':'tool_use','id':'t','name':'n','input':{}}") + END,
                start("[]")
                        + block(
                                0,
                                "{'type':'server_tool_use','id':'t','name':'web_search','input':{}}",
                                "{'type':'input_json_delta','partial_json':'{~query~:~q~}'}")
                        + END,
                start("[]")
                        + block(
                                0,
                                "{'type':'thinking','thinking':'','signature':''}",
                                "{'type':'thinking_delta','thinking':'How '}",
                                "{'type':'thinking_delta','thinking':'deep?'}",
                                "{'type':'signature_delta','signature':'c2ln'}")
                        + block(1, "{'type':'redacted_thinking','data':'x'}")
                        + block(2, "{'type':'text','text':''}", "{'type':'text_delta','text':'a'}")
                        + END);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void is_the_official_one(String stream) throws Exception {
        List<String> events =
                stream.replace('\'', '"').replace("~", "\\\"").lines().toList();
        ReplyAssembler assembler = new ReplyAssembler(json);
        BetaMessageAccumulator official = BetaMessageAccumulator.create();

        for (String event : events) {
            assembler.accept(json.event(event.getBytes(UTF_8)));
            official.accumulate(ObjectMappers.jsonMapper().readValue(event, BetaRawMessageStreamEvent.class));
        }
        Reply reply = assembler.reply();

        JsonNode theirs = ObjectMappers.jsonMapper().valueToTree(official.message());
        JsonNode ours = new ObjectMapper().readTree(reply.message().toString());
        assertThat(reply.unfolded()).isEmpty();
        for (String field : List.of("content", "model", "stop_reason", "id")) {
            assertThat(ours.path(field))
                    .as(field)
                    .isEqualTo(new ObjectMapper().readTree(theirs.path(field).toString()));
        }
        assertThat(ours.at("/usage/output_tokens").asLong())
                .isEqualTo(theirs.at("/usage/output_tokens").asLong());
    }
}
