package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.asking;
import static io.clauderoutes.simulator.SimulatorCaller.events;
import static io.clauderoutes.simulator.SimulatorCaller.joined;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static io.clauderoutes.simulator.SimulatorCaller.names;
import static io.clauderoutes.simulator.SimulatorCaller.streaming;
import static io.clauderoutes.simulator.SimulatorCaller.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the simulator answers to requests that are right. */
class SimulatorMessagesTest {

    private static final String LOOKUP =
            "{\"name\":\"lookup\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},"
                    + "\"about\":{\"type\":\"string\"}},\"required\":[\"id\"]}}";

    private final SimulatorClock clock = new SimulatorClock();
    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withAcceptedKeys(Set.of("sk-ant-api-test")), clock);
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void close() {
        simulator.close();
    }

    @Nested
    class When_a_whole_message_is_asked_for {

        @Test
        void it_has_every_field_of_the_api() {
            JsonNode message = json(caller.ask("say exactly: Pong."));

            String id = message.path("id").asText();
            assertThat(message).isEqualTo(json("""
                                    {"id":"%s","type":"message","role":"assistant","model":"claude-sonnet-5-5",
                                     "content":[{"type":"text","text":"Pong.","citations":null}],
                                     "stop_reason":"end_turn","stop_sequence":null,"stop_details":null,
                                     "container":null,"diagnostics":null,
                                     "usage":{"input_tokens":5,"output_tokens":2,
                                      "cache_creation_input_tokens":0,"cache_read_input_tokens":0,
                                      "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},
                                      "output_tokens_details":{"thinking_tokens":0},
                                      "server_tool_use":null,"service_tier":"standard",
                                      "inference_geo":"global","speed":"standard"}}
                                    """.formatted(id)));
        }

        @Test
        void the_answer_names_the_request_and_the_organization() {
            HttpResponse<String> response = caller.ask("hello");

            assertThat(response.headers().firstValue("request-id").orElseThrow())
                    .startsWith("req_");
            assertThat(response.headers().map())
                    .containsKeys("anthropic-organization-id", "anthropic-workspace-id", "content-length");
        }

        @Test
        void no_two_answers_have_the_same_id() {
            String first = json(caller.ask("hello")).path("id").asText();

            String second = json(caller.ask("hello")).path("id").asText();

            assertThat(first).isNotEqualTo(second);
        }

        @Test
        void the_same_prompt_has_the_same_answer() {
            String first = text(caller.ask("Why is the sky blue?"));

            String second = text(caller.ask("Why is the sky blue?"));

            assertThat(first).isEqualTo(second).isNotEqualTo(text(caller.ask("Why is the sky dark?")));
        }

        @Test
        void it_stops_where_the_tokens_end() {
            JsonNode message = json(caller.post(
                    "/v1/messages", asking("Tell me of rivers").replace("\"max_tokens\":10000", "\"max_tokens\":7")));

            assertThat(message.path("stop_reason").asText()).isEqualTo("max_tokens");
            assertThat(message.path("usage").path("output_tokens").asInt()).isEqualTo(7);
            assertThat(message.path("content").path(0).path("text").asText()).hasSize(28);
        }

        @Test
        void no_tokens_are_allowed_and_have_no_content() {
            JsonNode message = json(
                    caller.post("/v1/messages", asking("Warm up").replace("\"max_tokens\":10000", "\"max_tokens\":0")));

            assertThat(message.path("stop_reason").asText()).isEqualTo("max_tokens");
            assertThat(message.path("content")).isEmpty();
        }

        @Test
        void it_stops_before_a_stop_sequence() {
            JsonNode message = json(caller.ask("say exactly: one two END three", "\"stop_sequences\":[\"END\"]"));

            assertThat(message.path("stop_reason").asText()).isEqualTo("stop_sequence");
            assertThat(message.path("stop_sequence").asText()).isEqualTo("END");
            assertThat(message.path("content").path(0).path("text").asText()).isEqualTo("one two ");
        }

        @Test
        void a_schema_is_followed() {
            String schema = "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\","
                    + "\"properties\":{\"mood\":{\"enum\":[\"good\",\"bad\"]},\"count\":{\"type\":\"integer\"}}}}}";

            String text = text(caller.ask("How are you?", schema));

            assertThat(json(text)).isEqualTo(json("{\"mood\":\"good\",\"count\":7}"));
        }
    }

    @Nested
    class When_a_stream_is_asked_for {

        @Test
        void its_events_come_in_the_order_of_the_api() {
            List<SimulatorCaller.Event> events = events(caller.stream("say exactly: Pong."));

            assertThat(names(events))
                    .containsExactly(
                            "message_start",
                            "content_block_start",
                            "ping",
                            "content_block_delta",
                            "content_block_stop",
                            "message_delta",
                            "message_stop");
        }

        @Test
        void each_event_names_its_type_twice() {
            List<SimulatorCaller.Event> events = events(caller.stream("Tell me of rivers"));

            assertThat(events)
                    .allSatisfy(event ->
                            assertThat(event.data().path("type").asText()).isEqualTo(event.name()));
        }

        @Test
        void its_deltas_make_the_whole_answer() {
            String whole = text(caller.ask("Tell me of rivers"));

            String streamed = joined(events(caller.stream("Tell me of rivers")), "text");

            assertThat(streamed).isEqualTo(whole);
        }

        @Test
        void its_last_counts_are_totals() {
            JsonNode whole = json(caller.ask("Tell me of rivers")).path("usage");

            JsonNode last = events(caller.stream("Tell me of rivers")).stream()
                    .filter(event -> event.name().equals("message_delta"))
                    .findFirst()
                    .orElseThrow()
                    .data();

            assertThat(last.path("usage").path("output_tokens")).isEqualTo(whole.path("output_tokens"));
            assertThat(last.path("usage").path("input_tokens")).isEqualTo(whole.path("input_tokens"));
            assertThat(last.path("delta").path("stop_reason").asText()).isEqualTo("end_turn");
        }

        @Test
        void its_first_count_of_output_is_small_and_not_zero() {
            JsonNode start = events(caller.stream("Tell me of rivers")).get(0).data();

            assertThat(start.path("message").path("usage").path("output_tokens").asInt())
                    .isBetween(1, 3);
        }

        @Test
        void spaces_stand_before_the_last_brace_of_some_events() {
            String body = caller.stream("Tell me of rivers").body();

            assertThat(body).containsPattern("\\S {2,}}\n\n");
        }

        @Test
        void it_is_an_event_stream_that_is_not_to_be_cached() {
            HttpResponse<String> response = caller.stream("hello");

            assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
            assertThat(response.headers().firstValue("cache-control")).hasValue("no-cache");
        }

        @Test
        void no_delta_splits_a_character() {
            String streamed = joined(events(caller.stream("say exactly: " + "a😀".repeat(40))), "text");

            assertThat(streamed).isEqualTo("a😀".repeat(40));
        }

        @Test
        void no_tokens_make_a_message_without_blocks() {
            List<SimulatorCaller.Event> events = events(caller.post(
                    "/v1/messages", streaming("Warm up").replace("\"max_tokens\":10000", "\"max_tokens\":0")));

            assertThat(names(events)).containsExactly("message_start", "message_delta", "message_stop");
        }
    }

    @Nested
    class When_thinking_is_on {

        @Test
        void the_thought_comes_first_and_is_signed() {
            List<SimulatorCaller.Event> events = events(caller.stream("hello", "\"thinking\":{\"type\":\"adaptive\"}"));

            assertThat(events.get(1).data().path("content_block").path("type").asText())
                    .isEqualTo("thinking");
            assertThat(joined(events, "thinking")).isNotBlank();
            assertThat(joined(events, "signature")).isNotBlank();
            assertThat(joined(events, "text")).isNotBlank();
        }

        @Test
        void an_omitted_thought_has_a_signature_only() {
            List<SimulatorCaller.Event> events =
                    events(caller.stream("hello", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"}"));

            assertThat(joined(events, "thinking")).isEmpty();
            assertThat(joined(events, "signature")).isNotBlank();
        }

        @Test
        void pings_are_all_that_is_heard_of_an_omitted_thought() {
            List<SimulatorCaller.Event> events =
                    events(caller.stream("hello", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"}"));

            assertThat(names(events)).startsWith("message_start", "content_block_start", "ping", "ping", "ping");
        }

        @Test
        void it_is_paid_for_even_when_it_is_omitted() {
            JsonNode usage = json(caller.ask("hello", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"omitted\"}"))
                    .path("usage");

            int thinking =
                    usage.path("output_tokens_details").path("thinking_tokens").asInt();
            assertThat(thinking)
                    .isPositive()
                    .isLessThan(usage.path("output_tokens").asInt());
        }
    }

    @Nested
    class When_there_are_tools {

        @Test
        void those_that_the_question_names_are_called_at_once_and_their_results_are_told() {
            JsonNode calls = json(caller.ask("Use lookup", "\"tools\":[" + LOOKUP + "]"))
                    .path("content")
                    .path(1);
            String second = """
                    {"model":"claude-sonnet-5-5","max_tokens":100,"tools":[%s],"messages":[
                     {"role":"user","content":"Use lookup"},
                     {"role":"assistant","content":[%s]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"%s","content":"order 7"}]}]}""".formatted(LOOKUP, calls, calls.path("id").asText());

            assertThat(json(caller.post("/v1/messages", second))
                            .path("content")
                            .path(0)
                            .path("text")
                            .asText())
                    .isEqualTo("The tools say: order 7");
        }

        @Test
        void a_forced_one_is_used_with_input_that_fits_its_schema() {
            JsonNode message = json(caller.ask(
                    "Order 7",
                    "\"tools\":[" + LOOKUP + "]",
                    "\"tool_choice\":{\"type\":\"tool\",\"name\":\"lookup\"}"));

            assertThat(message.path("stop_reason").asText()).isEqualTo("tool_use");
            JsonNode use = message.path("content").path(0);
            assertThat(use.path("name").asText()).isEqualTo("lookup");
            assertThat(use.path("caller").path("type").asText()).isEqualTo("direct");
            assertThat(use.path("input")).isEqualTo(json("{\"id\":7,\"about\":\"Order 7\"}"));
        }

        @Test
        void its_input_is_streamed_in_pieces_of_json_of_which_the_first_is_empty() {
            List<SimulatorCaller.Event> events = events(
                    caller.stream("Order 7", "\"tools\":[" + LOOKUP + "]", "\"tool_choice\":{\"type\":\"any\"}"));

            assertThat(events.get(3).data().path("delta").path("partial_json").asText("none"))
                    .isEmpty();
            assertThat(json(joined(events, "partial_json"))).isEqualTo(json("{\"id\":7,\"about\":\"Order 7\"}"));
        }

        @Test
        void a_prompt_that_names_one_has_it_used_after_a_word() {
            JsonNode content = json(caller.ask("Please lookup order 7", "\"tools\":[" + LOOKUP + "]"))
                    .path("content");

            assertThat(content.findValuesAsText("type")).startsWith("text", "tool_use");
        }

        @Test
        void a_prompt_that_does_not_ask_for_one_has_text() {
            JsonNode message = json(caller.ask("How are you?", "\"tools\":[" + LOOKUP + "]"));

            assertThat(message.path("stop_reason").asText()).isEqualTo("end_turn");
        }
    }

    @Nested
    class When_a_document_may_be_cited {

        @Test
        void a_citation_follows_the_text() {
            String content = "[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\","
                    + "\"data\":\"As the document says.\"},\"citations\":{\"enabled\":true}},"
                    + "{\"type\":\"text\",\"text\":\"say exactly: Yes\"}]";
            String body = "{\"model\":\"claude-opus-5-5\",\"max_tokens\":9,\"stream\":true,\"messages\":"
                    + "[{\"role\":\"user\",\"content\":" + content + "}]}";

            List<SimulatorCaller.Event> events = events(caller.post("/v1/messages", body));

            assertThat(events.get(4).data().path("delta").path("type").asText()).isEqualTo("citations_delta");
        }
    }

    @Nested
    class When_a_prefix_is_to_be_cached {

        private final String cached = "\"system\":[{\"type\":\"text\",\"text\":\"" + "word ".repeat(1_000)
                + "\",\"cache_control\":{\"type\":\"ephemeral\"}}]";

        @Test
        void it_is_written_once_and_then_read() {
            JsonNode first = json(caller.ask("hello", cached)).path("usage");

            JsonNode second = json(caller.ask("goodbye", cached)).path("usage");

            assertThat(first.path("cache_creation_input_tokens").asInt()).isEqualTo(1_250);
            assertThat(first.path("input_tokens").asInt()).isEqualTo(2);
            assertThat(second.path("cache_read_input_tokens").asInt()).isEqualTo(1_250);
            assertThat(second.path("cache_creation_input_tokens").asInt()).isZero();
        }

        @Test
        void it_is_forgotten_after_its_time() {
            caller.ask("hello", cached);
            clock.advance(Duration.ofMinutes(6));

            JsonNode later = json(caller.ask("hello", cached)).path("usage");

            assertThat(later.path("cache_read_input_tokens").asInt()).isZero();
        }

        @Test
        void it_belongs_to_one_model() {
            caller.ask("hello", cached);

            JsonNode other =
                    json(caller.post("/v1/messages", asking("hello", cached).replace("sonnet-5-5", "opus-5-5")));

            assertThat(other.path("usage").path("cache_read_input_tokens").asInt())
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"card number", "social security", "e-mail", "IBAN", "API key"})
    void private_data_is_made_up_when_it_is_asked_for(String kind) {
        String text = text(caller.ask("Please write a letter with a " + kind));

        String shape =
                switch (kind.toLowerCase(Locale.ROOT)) {
                    case "card number" -> "\\b\\d{4}-\\d{4}-\\d{4}-\\d{4}\\b.*\\b\\d{4} \\d{4} \\d{4} \\d{4}\\b";
                    case "social security" -> "\\b\\d{3}-\\d{2}-\\d{4}\\b";
                    case "e-mail" -> "\\b[a-z.]+@example\\.com\\b";
                    case "iban" -> "\\bDE\\d{2}( \\d{4}){4} \\d{2}\\b";
                    default -> "\\bsk-ant-api03-[A-Za-z0-9-]{80,}";
                };
        assertThat(text).containsPattern(shape);
    }
}
