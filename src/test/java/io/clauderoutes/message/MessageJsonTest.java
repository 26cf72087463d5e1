package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.stream.ReplyAssembler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
        return json.request(bytes(text), new RequestDefaults("default-model", "", 77, true), stream);
    }

    private static String text(MessagesRequest request) {
        return new String(request.json().bytes(), UTF_8);
    }

    @Test
    void the_names_of_a_callers_fields_do_not_fill_the_jvms_table_of_strings() {
        ObjectNode read = json.object(bytes("{\"a-name-that-nobody-else-uses\":1}"), "a request");

        String name = read.fieldNames().next();

        assertThat(name).isNotSameAs(String.valueOf(name.toCharArray()).intern());
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

        private String canonical(String request) {
            return new String(json.canonical(bytes(request)), UTF_8);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{\"a\":1,\"b\":{\"d\":2,\"c\":3}} | { \"b\" : {\"c\":3,\"d\":2}, \"a\":1 } | true",
                    "{\"a\":[{\"c\":[{\"e\":1,\"d\":2}],\"b\":3}]} | {\"a\":[{\"b\":3,\"c\":[{\"d\":2,\"e\":1}]}]} | true",
                    "{\"b\":1,\"a\":2,\"ab\":3} | {\"ab\":3,\"b\":1,\"a\":2} | true",
                    "{\"b\":{},\"a\":[]} | {\"a\":[ ],\"b\":{ }} | true",
                    "{\"a\":1} | {\"a\":1,\"stream\":true} | true",
                    "{\"a\":1} | {\"stream\":{\"b\":[1]},\"a\":1,\"stream\":false} | true",
                    "{} | {\"stream\":true} | true",
                    "{\"a\":\"\\u0041\"} | {\"a\":\"A\"} | true",
                    "{\"\\u0061\":1} | {\"a\":1} | true",
                    "{\"str\\u0065am\":1} | {} | true",
                    "{\"a\":\"\\/\\n\\u00e9\\ud83d\\ude00\"} | {\"a\":\"/\\u000aé😀\"} | true",
                    "{\"a\":1,\"a\":2} | {\"a\":2} | true",
                    "{\"b\":1,\"a\":2,\"b\":{\"d\":1,\"c\":2}} | {\"a\":2,\"b\":{\"c\":2,\"d\":1}} | true",
                    "{\"a\":1,\"a\":2} | {\"a\":2,\"a\":1} | false",
                    "{\"a\":[1,2]} | {\"a\":[2,1]} | false",
                    "{\"a\":[1,[2]]} | {\"a\":[[1],2]} | false",
                    "{\"a\":1} | {\"a\":1.0} | false",
                    "{\"a\":1.5} | {\"a\":1.50} | false",
                    "{\"a\":1} | {\"a\":\"1\"} | false",
                    "{\"a\":true} | {\"a\":\"true\"} | false",
                    "{\"a\":true} | {\"a\":false} | false",
                    "{\"a\":\"b\\\",\\\"c\\\":\\\"d\"} | {\"a\":\"b\",\"c\":\"d\"} | false",
                    "{\"a\":\"\\\\n\"} | {\"a\":\"\\n\"} | false",
                    "{\"a\":\"\\ud83d\"} | {\"a\":\"\\ude00\"} | false",
                    "{\"a\":\"\\ud83d\"} | {\"a\":\"\\\\ud83d\"} | false",
                    "{\"a\":{\"stream\":true}} | {\"a\":{}} | false",
                    "{\"a\":{\"b\":1},\"c\":2} | {\"a\":{\"b\":1,\"c\":2}} | false",
                    "{\"a\":null} | {} | false"
                })
        void only_what_they_mean_makes_a_difference(String one, String other, boolean same) {
            boolean equal = canonical(one).equals(canonical(other));

            assertThat(equal).isEqualTo(same);
        }

        @Test
        void the_form_is_sorted_at_every_depth_and_has_no_white_space() {
            String form = canonical("{\"z\": [1.50, -2E+3, true, null, {}, [ ]], \"stream\": 1, \"m\": "
                    + "{\"y\": \"\\\"\\\\/\\u0007é深😀\\ud83d\", \"x\": {\"b\": 1, \"a\": {\"d\": 1, \"c\": 2}}}}");

            assertThat(form)
                    .isEqualTo("{\"m\":{\"x\":{\"a\":{\"c\":2,\"d\":1},\"b\":1},"
                            + "\"y\":\"\\\"\\\\/\\u0007é深😀\\ud83d\"},\"z\":[1.50,-2E+3,true,null,{},[]]}");
        }

        @Test
        void any_order_of_fields_has_one_form_that_means_the_same() {
            Random random = new Random(7);
            for (int i = 0; i < 500; i++) {
                JsonNode request = tree(random, 0);

                String form = canonical(shuffled(request, random));

                assertThat(canonical(shuffled(request, random))).isEqualTo(form);
                assertThat(canonical(form)).isEqualTo(form);
                assertThat(json.value(form)).hasValue(request);
            }
        }

        private JsonNode tree(Random random, int depth) {
            int kind = depth == 0 ? 0 : random.nextInt(depth < 5 ? 4 : 2) - 2;
            if (kind == -2) {
                return json.newArray().add(random.nextInt(9)).get(0);
            }
            if (kind == -1) {
                return json.newArray()
                        .add("a\"\n\\é😀".substring(random.nextInt(5)))
                        .get(0);
            }
            if (kind == 1) {
                ArrayNode array = json.newArray();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(tree(random, depth + 1));
                }
                return array;
            }
            ObjectNode object = json.newObject();
            for (int i = random.nextInt(6); i > 0; i--) {
                object.set("a".repeat(random.nextInt(3)) + random.nextInt(5), tree(random, depth + 1));
            }
            return object;
        }

        /** Some of the fields come twice, first with another value. */
        private String shuffled(JsonNode node, Random random) {
            List<String> parts = new ArrayList<>();
            if (node instanceof ObjectNode object) {
                object.properties().forEach(field -> {
                    parts.add("\"" + field.getKey() + "\": " + shuffled(field.getValue(), random));
                });
                Collections.shuffle(parts, random);
                if (!parts.isEmpty() && random.nextBoolean()) {
                    String name = parts.get(random.nextInt(parts.size())).split(":", 2)[0];
                    parts.add(0, name + ":" + shuffled(tree(random, 3), random));
                }
                return "{" + String.join(", ", parts) + "}";
            }
            if (node instanceof ArrayNode array) {
                array.forEach(item -> parts.add(shuffled(item, random)));
                return "[" + String.join(" , ", parts) + "]";
            }
            return node.toString();
        }

        @Test
        void many_fields_are_sorted_as_a_few_are() {
            List<String> fields = IntStream.range(0, 3000)
                    .mapToObj(i -> "\"f" + i * 7919 % 3000 + "\":1")
                    .toList();

            String form = canonical("{" + String.join(", ", fields) + "}");

            assertThat(form).isEqualTo("{" + fields.stream().sorted().collect(Collectors.joining(",")) + "}");
        }

        @Test
        void a_text_may_be_longer_in_this_form_than_it_was() {
            String form = canonical("{\"a\":\"" + "x\\n".repeat(500) + "\"}");

            assertThat(form).isEqualTo("{\"a\":\"" + "x\\u000a".repeat(500) + "\"}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "7", "[]", "\"a\"", "{", "{\"a\":", "{\"a\":[1", "{\"a\" 1}", "{\"secret\":nul}"})
        void what_is_no_object_is_refused_and_not_quoted(String junk) {
            assertThatThrownBy(() -> canonical(junk))
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .hasMessageNotContaining("secret");
        }

        @ParameterizedTest
        @CsvSource({"'{\"a\":', '}'", "'[', ']'"})
        void nesting_is_followed_so_deep_and_no_deeper(String open, String close) {
            int most = JsonValues.DEEPEST_NESTING - 1;
            String deep = "{\"a\":" + open.repeat(most) + "1" + close.repeat(most) + "}";
            String deeper = "{\"a\":" + open.repeat(most + 1) + "1" + close.repeat(most + 1) + "}";

            assertThat(canonical(deep)).isEqualTo(deep);
            assertThatThrownBy(() -> canonical(deeper))
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .hasMessageContaining("nested deeper than " + JsonValues.DEEPEST_NESTING);
        }
    }
}
