package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.stream.ReplyAssembler;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageJsonTest {

    private final MessageJson json = new MessageJson();

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private MessagesRequest request(String text, Optional<Boolean> stream) {
        return json.request(bytes(text), "default-model", 77, stream, true);
    }

    private static String text(MessagesRequest request) {
        return new String(request.json().bytes(), UTF_8);
    }

    @Nested
    class When_a_request_is_read {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[]}",
                    " \n{ \"messages\" : [ ] ,\"x\":{\"y\":[1e400]}, \"stream\":true, \"max_tokens\" :9,\"model\":\"m\" }  \n"
                })
        void a_complete_one_goes_on_byte_for_byte(String complete) {
            MessagesRequest request = request(complete, Optional.empty());

            assertThat(request).isEqualTo(new MessagesRequest(Frame.of(complete), "m", 9, true));
        }

        @Test
        void what_is_missing_is_filled_in_and_the_rest_is_kept() {
            MessagesRequest request = request("{\"messages\":[],\"x\":{\"b\":1,\"a\":null}}", Optional.empty());

            assertThat(text(request))
                    .isEqualTo("{\"messages\":[],\"x\":{\"b\":1,\"a\":null},\"model\":\"default-model\","
                            + "\"max_tokens\":77,\"stream\":true}");
        }

        @ParameterizedTest
        @CsvSource({
            "'', true, true",
            "'', false, false",
            "true, '', true",
            "false, '', false",
            "true, false, false",
            "false, true, true",
            "'', '', true"
        })
        void the_caller_says_how_the_reply_is_wanted_before_the_request_and_the_default(
                String inRequest, String fromCaller, boolean wanted) {
            String stream = inRequest.isEmpty() ? "" : ",\"stream\":" + inRequest;

            MessagesRequest request = request(
                    "{\"messages\":[],\"model\":\"m\",\"max_tokens\":1" + stream + "}",
                    fromCaller.isEmpty() ? Optional.empty() : Optional.of(Boolean.valueOf(fromCaller)));

            assertThat(request.stream()).isEqualTo(wanted);
            assertThat(json.value(text(request)).orElseThrow().path("stream").asBoolean())
                    .isEqualTo(wanted);
        }

        @Test
        void a_text_becomes_one_message_of_the_user() {
            MessagesRequest request = json.request("Wie \"tief\"?\n", "Kurz.", "m", 9, true);

            assertThat(text(request))
                    .isEqualTo("{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"system\":\"Kurz.\","
                            + "\"messages\":[{\"role\":\"user\",\"content\":\"Wie \\\"tief\\\"?\\n\"}]}");
        }
    }

    @Nested
    class When_a_whole_message_is_told_as_events {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"type\":\"text\",\"text\":\"Deep.\"}",
                    "{\"type\":\"text\",\"text\":\"\"}",
                    "{\"type\":\"text\",\"text\":\"a\",\"citations\":[{\"cited_text\":\"b\"}]}",
                    "{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"Eq==\"}",
                    "{\"type\":\"redacted_thinking\",\"data\":\"Eq==\"}",
                    "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}",
                    "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"a\":[1,{\"b\":null}]}}",
                    "{\"type\":\"server_tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"a\":1}}",
                    "{\"type\":\"something_new\",\"x\":{\"y\":[1]}}"
                })
        void folding_them_gives_the_same_message(String block) {
            String message =
                    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"new\":[1],"
                            + "\"content\":[" + block + "," + block
                            + "],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"service_tier\":\"standard\"}}";
            ReplyAssembler assembler = new ReplyAssembler(json);

            json.events(bytes(message)).forEach(assembler::accept);

            assertThat(assembler.reply().message())
                    .isEqualTo(json.value(message).orElseThrow());
        }

        @Test
        void white_space_before_its_end_makes_no_difference() {
            String padded = "{\"content\":[{\"type\":\"text\",\"text\":\"Deep.\"}],\"stop_reason\":\"end_turn\""
                    + " ".repeat(5000) + "}\n";

            assertThat(json.events(bytes(padded))).contains(new StreamEvent.TextDelta(0, "Deep.", Optional.empty()));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"", "null", "7", "[]", "<html>", "{}", "{\"content\":\"a\"}", "{\"content\":[", "\ufeff"})
        void what_is_no_message_is_the_endpoints_fault(String body) {
            assertThatThrownBy(() -> json.events(bytes(body)))
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("is not a message")
                    .hasMessageNotContaining("html");
        }
    }

    @Nested
    class When_an_endpoint_tells_an_error {

        private ApiError error(int status, String body) {
            return json.error(status, Map.of("request-id", "req_header"), bytes(body), Optional.empty());
        }

        @ParameterizedTest
        @CsvSource({
            "400, invalid_request_error, Rejected",
            "401, authentication_error, Unauthorized",
            "402, billing_error, Rejected",
            "403, permission_error, Unauthorized",
            "404, not_found_error, Rejected",
            "408, invalid_request_error, TimedOut",
            "409, conflict_error, Rejected",
            "413, request_too_large, Rejected",
            "418, invalid_request_error, Rejected",
            "429, rate_limit_error, RateLimited",
            "500, api_error, Unavailable",
            "502, api_error, Unavailable",
            "503, api_error, Unavailable",
            "504, timeout_error, TimedOut",
            "529, overloaded_error, Overloaded",
            "599, api_error, Unavailable"
        })
        void each_status_has_its_type_and_its_case_without_a_body_too(int status, String type, String kind) {
            ClaudeException failure = ClaudeException.of(error(status, ""));

            assertThat(failure.type() + ", " + failure.getClass().getSimpleName())
                    .isEqualTo(type + ", " + kind);
            assertThat(failure.requestId()).hasValue("req_header");
        }

        @Test
        void its_own_words_are_kept() {
            ApiError error = error(
                    429,
                    "{\"type\":\"error\",\"error\":{\"type\":\"new_error\",\"message\":\"Oh\",\"details\":"
                            + "{\"error_code\":\"enforced_spend_limit_reached\"}},\"request_id\":\"req_body\"}");

            assertThat(error.type() + error.message() + error.code() + error.requestId())
                    .isEqualTo("new_errorOhOptional[enforced_spend_limit_reached]Optional[req_body]");
            assertThat(error.isSpendLimit()).isTrue();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"<html>secret</html>", "{\"error\":\"secret\"}", "[]", "secret", "{\"error\":{\"type\":7}}"})
        void a_body_in_other_words_is_described_and_kept_out_of_the_message(String body) {
            ClaudeException failure = ClaudeException.of(error(500, body));

            assertThat(failure).hasMessageNotContaining("secret");
            assertThat(failure.status()).isEqualTo(500);
        }
    }

    @Nested
    class When_a_changed_event_is_written {

        @ParameterizedTest
        @ValueSource(strings = {"", "plain", "\" \\ / \n \t \u0000 \u001f \u007f", "é € 😀", "\ud83d", "\ude00 \ud83d"})
        void it_says_the_same_when_it_is_read_again(String text) throws Exception {
            for (StreamEvent event : List.of(
                    new StreamEvent.TextDelta(3, text, Optional.empty()),
                    new StreamEvent.InputJsonDelta(3, text, Optional.empty()),
                    new StreamEvent.ThinkingDelta(3, text, Optional.empty()),
                    new StreamEvent.SignatureDelta(3, text, Optional.empty()))) {
                byte[] written = json.bytes(event);

                StreamEvent read = json.event(written);

                assertThat(read.getClass()).isEqualTo(event.getClass());
                assertThat(read.toString().replaceFirst("frame=.*", ""))
                        .isEqualTo(event.toString().replaceFirst("frame=.*", ""));
            }
        }
    }

    @Nested
    class When_two_requests_are_compared {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{\"a\":1,\"b\":{\"d\":2,\"c\":3}} | { \"b\" : {\"c\":3,\"d\":2}, \"a\":1 } | true",
                    "{\"a\":1} | {\"a\":1,\"stream\":true} | true",
                    "{\"a\":\"\\u0041\"} | {\"a\":\"A\"} | true",
                    "{\"a\":[1,2]} | {\"a\":[2,1]} | false",
                    "{\"a\":1} | {\"a\":1.0} | false",
                    "{\"a\":1} | {\"a\":\"1\"} | false",
                    "{\"a\":{\"stream\":true}} | {\"a\":{}} | false",
                    "{\"a\":null} | {} | false"
                })
        void only_what_they_mean_makes_a_difference(String one, String other, boolean same) {
            boolean equal = new String(json.canonical(bytes(one)), UTF_8)
                    .equals(new String(json.canonical(bytes(other)), UTF_8));

            assertThat(equal).isEqualTo(same);
        }
    }
}
