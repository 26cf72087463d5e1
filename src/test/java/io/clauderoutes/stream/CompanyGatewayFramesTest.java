package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompanyGatewayFramesTest {

    private static final String GOLDEN =
            "{\"text\":\"Tiefe \ud83c\udf0a \"}\n\n{\"text\":\"gr\u00f6\u00dfer \",\n\"new\":1}\n\n{\"text\":\"\"}\n\n{\"text\":\"als.\"}\n\n";

    private final MessageJson json = new MessageJson();
    private final List<String> junk = new ArrayList<>();

    private Reply read(InputStream in) {
        ReplyAssembler assembler = new ReplyAssembler(json);
        TestReply reply = new TestReply(OpenReply.Framing.PROMPT_FRAMES, in);
        try (CompanyGatewayFrames stream =
                new CompanyGatewayFrames(reply, new PromptDialect(json), "id", "m", 1000, 5000, junk::add)) {
            stream.forEachRemaining(assembler::accept);
        }
        assertThat(List.of(reply.finished, reply.aborted)).containsExactly(1, 0);
        return assembler.reply();
    }

    private Reply read(String text) {
        return read(TestReply.pieces(text.getBytes(UTF_8), 10_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void frames_are_the_same_however_they_are_cut(String end) {
        for (String form : List.of(
                GOLDEN,
                GOLDEN.stripTrailing(),
                "\ufeff" + GOLDEN,
                "\n\n\n" + GOLDEN,
                GOLDEN.replace("{\"t", "data: {\"t"))) {
            byte[] bytes = form.replace("\n", end).getBytes(UTF_8);
            for (int at = 0; at <= bytes.length; at++) {
                assertThat(read(TestReply.cut(bytes, at)).text())
                        .as("cut at %d", at)
                        .isEqualTo("Tiefe \ud83c\udf0a gr\u00f6\u00dfer als.");
            }
            for (int size = 1; size < 40; size++) {
                assertThat(read(TestReply.pieces(bytes, size)).text())
                        .isEqualTo("Tiefe \ud83c\udf0a gr\u00f6\u00dfer als.");
            }
        }
        assertThat(junk).isEmpty();
    }

    @Test
    void a_reply_has_what_was_told_and_nothing_else() {
        Reply reply = read("{\"text\":\"Deep.\"}");

        assertThat(json.string(reply.message()))
                .isEqualTo("{\"id\":\"id\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
                        + "\"content\":[{\"type\":\"text\",\"text\":\"Deep.\"}],"
                        + "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<junk>", "[DONE]", "{\"text\":7}", "{\"tex\":\"a\"}", "{\"text\":\"a", "7", "\"a\""})
    void junk_between_frames_is_reported_without_its_text_and_skipped(String frame) {
        Reply reply = read("{\"text\":\"Very \"}\n\n" + frame + "\n\n{\"text\":\"deep.\"}\n\n");

        assertThat(reply.text()).isEqualTo("Very deep.");
        assertThat(junk).containsExactly("a frame of " + frame.length() + " bytes is not JSON with a \"text\"");
    }

    @Test
    void nothing_at_all_is_an_empty_answer() {
        assertThat(read("").text()).isEmpty();
    }

    @Test
    void a_frame_and_a_reply_have_their_limits() {
        assertThatThrownBy(() -> read("{\"text\":\"" + "x".repeat(1000) + "\"}\n\n"))
                .isInstanceOf(ClaudeException.Unavailable.class)
                .hasMessageContaining("max-event-bytes=1000");
        assertThatThrownBy(() -> read("{\"text\":\"\"\n".repeat(200))).hasMessageContaining("max-event-bytes=1000");
        assertThatThrownBy(() -> read(("{\"text\":\"" + "x".repeat(900) + "\"}\n\n").repeat(6)))
                .hasMessageContaining("max-reply-bytes=5000");
    }
}
