package io.clauderoutes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.stream.ReplyAssembler;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTest {

    private final MessageJson json = new MessageJson();

    private static OptionalLong known(String count) {
        return count.equals("unknown") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(count));
    }

    private static String field(String value) {
        return value.equals("absent") ? "{}" : "{\"input_tokens\":" + value + "}";
    }

    @ParameterizedTest(name = "{0} and then {1} is {2}")
    @CsvSource({
        "absent, absent, unknown",
        "absent, null, unknown",
        "absent, 0, 0",
        "absent, 7, 7",
        "null, absent, unknown",
        "null, null, unknown",
        "null, 0, 0",
        "null, 7, 7",
        "0, absent, 0",
        "0, null, 0",
        "0, 0, 0",
        "0, 7, 7",
        "5, absent, 5",
        "5, null, 5",
        "5, 0, 0",
        "5, 7, 7"
    })
    void what_is_told_later_replaces_what_was_told_before_and_nothing_replaces_nothing(
            String start, String delta, String result) throws MessageJson.JunkFrame {
        ReplyAssembler assembler = new ReplyAssembler(json);
        assembler.accept(json.event(
                ("{\"type\":\"message_start\",\"message\":{\"usage\":" + field(start) + "}}").getBytes(UTF_8)));
        assembler.accept(json.event(
                ("{\"type\":\"message_delta\",\"delta\":{},\"usage\":" + field(delta) + "}").getBytes(UTF_8)));
        assembler.accept(json.event("{\"type\":\"message_stop\"}".getBytes(UTF_8)));

        Reply reply = assembler.reply();

        assertThat(reply.usage().input()).isEqualTo(known(result));
        assertThat(json.usage(reply.message().path("usage")).input())
                .as("as the message itself has it")
                .isEqualTo(known(result));
    }

    @ParameterizedTest
    @CsvSource({"-1", "1.5", "\"7\"", "99999999999999999999", "true", "[]"})
    void what_is_no_count_tells_nothing(String value) {
        OptionalLong input = json.usage(
                        json.value("{\"input_tokens\":" + value + "}").orElseThrow())
                .input();

        assertThat(input).isEmpty();
    }

    @Test
    void all_input_is_fresh_and_read_and_written() {
        Usage usage = new Usage(OptionalLong.of(1), OptionalLong.of(20), OptionalLong.of(300), OptionalLong.of(4000));

        assertThat(usage.totalInput()).hasValue(321);
    }

    @Test
    void without_fresh_input_all_input_is_unknown() {
        Usage usage = new Usage(OptionalLong.empty(), OptionalLong.of(20), OptionalLong.empty(), OptionalLong.empty());

        assertThat(usage.totalInput()).isEmpty();
    }

    @Test
    void a_negative_count_cannot_be() {
        assertThatThrownBy(() -> new Usage(
                        OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(-1)))
                .hasMessage("a token count cannot be negative: -1");
    }
}
