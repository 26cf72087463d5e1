package io.clauderoutes.agent.output;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.messageThatStopped;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that have to fit a JSON schema. */
@Order(6)
class OutputTest {

    private static final String SCHEMA = """
            {"type":"object","properties":{"city":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0}},
             "required":["city","age"]}""";
    private static final String GOOD = "{\"city\":\"Bern\",\"age\":7}";
    private static final String BAD = "{\"city\":\"Bern\",\"age\":-7}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).with("claude.redact.enabled", "false");

    @TempDir
    private Path folder;

    /** What the model found out. */
    public record Person(
            String name,
            int age,
            Color color,

            @JsonPropertyDescription("where the person lives")
            Address address,

            List<String> tags,
            Optional<String> nickname,
            @JsonProperty("born_on") LocalDate born) {}

    public record Address(String street, Optional<Integer> number) {}

    public enum Color {
        RED,
        GREEN
    }

    /** A bean. */
    public static class Ticket {
        private String title;
        private List<Line> lines;

        public String getTitle() {
            return title;
        }

        public void setTitle(String title) {
            this.title = title;
        }

        public List<Line> getLines() {
            return lines;
        }

        public void setLines(List<Line> lines) {
            this.lines = lines;
        }

        public static class Line {
            private double amount;

            public double getAmount() {
                return amount;
            }

            public void setAmount(double amount) {
                this.amount = amount;
            }
        }
    }

    public record Scores(Map<String, Integer> byName) {}

    private void route(String uri) {
        try {
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine").to(uri);
                }
            });
        } catch (Exception refused) {
            throw new IllegalStateException(refused);
        }
    }

    private static String withSchema() {
        return "claude:messages?outputSchema=RAW(" + SCHEMA.replaceAll("\\s+", "") + ")";
    }

    private Exchange send(Object body, Map<String, ?> headers) {
        return bundle.sendTo("direct:mine", body, headers);
    }

    private Exchange send() {
        return send("Who?", Map.of());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Exchange sent) {
        return sent.getMessage().getBody(Map.class);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private JsonNode asked(int request) {
        return json(claude.prompts().get(request));
    }

    private static ClaudeException.InvalidOutput invalid(Exchange sent) {
        ClaudeException failure = Bundle.failureOf(sent);
        assertThat(failure).isInstanceOf(ClaudeException.InvalidOutput.class);
        return (ClaudeException.InvalidOutput) failure;
    }

    @Nested
    class A_schema {

        @Test
        void is_sent_as_the_api_takes_it() {
            route(withSchema());
            claude.next(says(GOOD));

            assertThat(send().getMessage().getBody(String.class)).isEqualTo(GOOD);

            assertThat(asked(0).path("output_config")).isEqualTo(json("""
                    {"format":{"type":"json_schema","schema":{"type":"object","properties":{
                        "city":{"type":"string","description":"{maxLength: 20}"},
                        "age":{"type":"integer","description":"{minimum: 0}"}},
                     "required":["city","age"],"additionalProperties":false}}}"""));
        }

        @Test
        void joins_the_effort_of_the_request() {
            route(withSchema() + "&effort=low");
            claude.next(says(GOOD));

            assertThat(send().getException()).isNull();

            assertThat(asked(0).path("output_config").path("effort").asText()).isEqualTo("low");
            assertThat(asked(0).at("/output_config/format/type").asText()).isEqualTo("json_schema");
        }

        @Test
        void can_be_a_file() throws Exception {
            Path file = Files.writeString(folder.resolve("schema.json"), SCHEMA);
            route("claude:messages?outputSchema=resource:file:" + file);
            claude.next(says(BAD));

            assertThat(invalid(send()).violations()).singleElement().asString().startsWith("/age: ");
        }

        @Test
        void can_be_a_header_which_counts_before_the_option() {
            route(withSchema());
            claude.next(says("{\"sum\":\"x\"}"));

            Exchange sent = send(
                    "Who?",
                    Map.of(
                            ClaudeHeaders.OUTPUT_SCHEMA,
                            "{\"type\":\"object\",\"properties\":{\"sum\":{\"type\":\"integer\"}}}"));

            assertThat(invalid(sent).violations()).singleElement().asString().startsWith("/sum: ");
        }

        @Test
        void in_a_header_is_never_the_name_of_a_file() throws Exception {
            Path file = Files.writeString(folder.resolve("schema.json"), SCHEMA);

            ClaudeException failure =
                    bundle.failure("Who?", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, "resource:file:" + file));

            assertThat(failure).isInstanceOf(ClaudeException.Rejected.class);
            assertThat(failure).hasMessageContaining("CamelClaudeOutputSchema").hasMessageContaining("JSON object");
        }

        @Test
        void of_a_request_itself_counts_before_the_option() {
            route(withSchema());
            claude.next(says("[1]"));

            Exchange sent = send("""
                    {"messages":[{"role":"user","content":"Who?"}],"output_config":{"format":{"type":"json_schema",
                     "schema":{"type":"array","items":{"type":"string"}}}}}""", Map.of());

            assertThat(invalid(sent).violations()).singleElement().asString().startsWith("/0: ");
            assertThat(asked(0).at("/output_config/format/schema/type").asText())
                    .isEqualTo("array");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{\"type\":\"strin\"} | not valid at #/type",
                    "[1] | not a JSON object",
                    "{\"type\": | not a JSON object",
                    "{\"$ref\":\"http://example.com/x.json\"} | another document at #/$ref",
                    "{\"type\":\"object\",\"additionalProperties\":true} | #/additionalProperties",
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"file:/etc/passwd\"}}} | #/properties/a/$ref",
                    "{\"type\":\"string\",\"pattern\":\"(?=x)\"} | RE2",
                    "{\"type\":\"object\",\"properties\":{\"a\":7}} | #/properties/a",
                    "{\"$ref\":\"#\"} | schema",
                    "{\"allOf\":[{\"$ref\":\"#\"}]} | without end",
                    "{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}} | schema",
                    "{\"$ref\":\"#/nope\"} | schema",
                    "{\"$schema\":\"http://example.com/mine\",\"type\":\"object\"} | schema",
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"[\"}}} | pattern",
                })
        void that_is_wrong_is_refused_when_the_route_is_added(String schema, String why) {
            assertThatThrownBy(() -> route("claude:messages?outputSchema=RAW(" + schema + ")"))
                    .rootCause()
                    .hasMessageContaining("CamelClaudeOutputSchema")
                    .hasMessageContaining(why);
        }

        @Test
        void can_refer_to_itself_below_a_property() {
            route(
                    "claude:messages?outputSchema=RAW({\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
                            + "\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}},\"required\":[\"name\"]})");
            claude.next(says("{\"name\":\"a\",\"children\":[{\"name\":\"b\",\"children\":[{\"name\":7}]}]}"));

            assertThat(invalid(send()).violations())
                    .singleElement()
                    .asString()
                    .startsWith("/children/0/children/0/name");
        }

        @Test
        void with_a_hostile_header_makes_no_call() {
            String deep = "{\"items\":".repeat(5_000) + "{}" + "}".repeat(5_000);

            assertThat(bundle.failure("Who?", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, deep)))
                    .isInstanceOf(ClaudeException.Rejected.class);
            assertThat(bundle.failure(
                            "Who?", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, "{\"title\":\"" + "x".repeat(300_000) + "\"}")))
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .hasMessageContaining("longer than");
            assertThat(claude.requests()).isEmpty();
        }
    }

    @Nested
    class A_reply {

        @Test
        void that_fits_is_json_and_a_map() {
            route(withSchema());
            claude.next(says(GOOD));

            Exchange sent = send();

            assertThat(sent.getMessage().getBody()).isEqualTo(GOOD);
            assertThat(sent.getMessage().getBody(JsonNode.class)).isEqualTo(json(GOOD));
            assertThat(map(sent)).isEqualTo(Map.of("city", "Bern", "age", 7));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "not json",
                    "",
                    "{\"city\":\"Bern\",\"age\":7} and more",
                    "{\"city\":\"Bern\"}",
                    "[]",
                    "null",
                    "{\"city\":\"Bern\",\"age\":\"7\"}"
                })
        void that_does_not_fit_fails_with_the_violations_and_its_text(String text) {
            route(withSchema());
            claude.next(text.isEmpty() ? message("") : says(text));

            Exchange sent = send();

            ClaudeException.InvalidOutput failure = invalid(sent);
            assertThat(failure.violations()).isNotEmpty();
            assertThat(failure.partialText()).isEqualTo(text);
            assertThat(failure.kind()).isEqualTo(ClaudeException.Kind.INVALID_OUTPUT);
            assertThat(failure.status()).isEqualTo(422);
            assertThat(failure.requestId()).hasValue("req_stub");
            assertThat(sent.getMessage().getBody()).isEqualTo("Who?");
            assertThat(claude.requests())
                    .as("a paid reply is not asked for again")
                    .hasSize(1);
        }

        @Test
        void that_does_not_fit_is_not_in_the_message_of_the_exception() {
            route(withSchema());
            claude.next(says("{\"city\":\"Secretville\",\"age\":-7,\"Jane Doe\":1}"));

            assertThat(invalid(send()).getMessage())
                    .contains("minimum at #/properties/age")
                    .doesNotContain("Secretville")
                    .doesNotContain("Jane");
        }

        @Test
        void that_was_not_streamed_is_checked_too() {
            route(withSchema() + "&stream=false");
            claude.next(message(BAD), message(GOOD));

            assertThat(invalid(send()).violations()).hasSize(1);
            assertThat(send("Who else?", Map.of()).getMessage().getBody()).isEqualTo(GOOD);
        }

        @Test
        void that_was_cut_off_says_so() {
            route(withSchema() + "&maxTokens=5");
            claude.next(stream().start().text("{\"city\":\"Be").stopBecause("max_tokens"));

            assertThat(Bundle.failureOf(send())).isInstanceOfSatisfying(ClaudeException.Incomplete.class, cut -> {
                assertThat(cut.stopReason()).isEqualTo("max_tokens");
                assertThat(cut.partialText()).isEqualTo("{\"city\":\"Be");
                assertThat(cut).hasMessageContaining("max_tokens=5").hasMessageContaining("raise maxTokens");
            });
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void that_was_refused_says_so() {
            route(withSchema());
            claude.next(messageThatStopped("refusal", "I cannot."));

            assertThat(Bundle.failureOf(send())).isInstanceOfSatisfying(ClaudeException.Incomplete.class, refused -> {
                assertThat(refused.stopReason()).isEqualTo("refusal");
                assertThat(refused).hasMessageContaining("refused");
            });
        }

        @Test
        void that_calls_a_tool_is_not_the_output_yet() {
            route(withSchema());
            claude.next(messageThatStopped("tool_use", "I will look."));

            assertThat(send().getMessage().getBody()).isEqualTo("I will look.");
        }

        @Test
        void without_a_schema_is_not_checked() {
            route("claude:messages");
            claude.next(says("not json"));

            Exchange sent = send();

            assertThat(sent.getMessage().getBody()).isEqualTo("not json");
            assertThat(asked(0).has("output_config")).isFalse();
            assertThat(map(sent)).isNull();
        }

        @Test
        void that_does_not_fit_is_not_cached() {
            route(withSchema());
            claude.next(says(BAD), says(GOOD));

            invalid(send());
            Exchange second = send();
            Exchange third = send();

            assertThat(second.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS))
                    .isEqualTo("miss");
            assertThat(third.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS)).isEqualTo("hit");
            assertThat(map(third)).containsEntry("age", 7);
        }

        @Test
        void of_a_joined_request_is_checked_for_each() throws Exception {
            route(withSchema());
            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            claude.next(stream()
                    .start()
                    .text("{")
                    .tell(arrived)
                    .waitFor(released)
                    .text("\"city\":\"Bern\"}")
                    .stop());

            Future<Exchange> first = bundle.inBackground(OutputTest.this::send);
            assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
            Future<Exchange> second = bundle.inBackground(OutputTest.this::send);
            Bundle.until(() -> bundle.meter("claude.cache.requests", "status", "joined") == 1
                    || bundle.meter("claude.cache.requests") == 2);
            released.countDown();

            assertThat(invalid(first.get()).violations()).hasSize(1);
            assertThat(invalid(second.get()).violations()).hasSize(1);
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void is_paid_and_the_endpoint_stays_healthy() {
            route(withSchema());
            for (int i = 0; i < 12; i++) {
                claude.next(says(BAD));
                invalid(send("Who " + i, Map.of()));
            }
            claude.next(says(GOOD));

            assertThat(send().getMessage().getBody()).isEqualTo(GOOD);
            assertThat(bundle.meter("claude.output", "outcome", "invalid")).isEqualTo(12);
            assertThat(bundle.meter("claude.output", "outcome", "valid")).isEqualTo(1);
        }
    }

    @Nested
    class A_stream {

        @Test
        void fails_at_its_end_where_it_does_not_fit() {
            try {
                bundle.context().addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:mine")
                                .to(withSchema() + "&streaming=true")
                                .split(body())
                                .streaming()
                                .stopOnException()
                                .to("mock:chunks");
                    }
                });
            } catch (Exception refused) {
                throw new IllegalStateException(refused);
            }
            claude.next(says("{\"city\":", "\"Bern\"}"));

            Exchange sent = send();

            assertThat(invalid(sent).violations()).hasSize(1);
            assertThat(bundle.mock("chunks").getReceivedExchanges())
                    .extracting(chunk -> chunk.getMessage().getBody(String.class))
                    .startsWith("{\"city\":", "\"Bern\"}");
        }
    }

    @Nested
    class A_class {

        private static final String PERSON = """
                {"name":"Ada","age":36,"color":"RED","address":{"street":"High Street"},"tags":["math"],
                 "nickname":"A.","born_on":"1815-12-10"}""";

        @Test
        void becomes_the_body() {
            route("claude:messages?outputClass=" + Person.class.getName());
            claude.next(says(PERSON));

            assertThat(send().getMessage().getBody())
                    .isEqualTo(new Person(
                            "Ada",
                            36,
                            Color.RED,
                            new Address("High Street", Optional.empty()),
                            List.of("math"),
                            Optional.of("A."),
                            LocalDate.of(1815, 12, 10)));
        }

        @Test
        void is_sent_as_its_schema() {
            route("claude:messages?outputClass=" + Person.class.getName());
            claude.next(says(PERSON));
            send();

            JsonNode schema = asked(0).at("/output_config/format/schema");
            assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
            assertThat(schema.at("/properties/color/enum")).isEqualTo(json("[\"RED\",\"GREEN\"]"));
            assertThat(schema.at("/properties/age/type").asText()).isEqualTo("integer");
            assertThat(schema.at("/properties/nickname/type")).isEqualTo(json("[\"string\",\"null\"]"));
            assertThat(schema.at("/properties/age").has("description")).isFalse();
            assertThat(schema.at("/properties/born_on/format").asText()).isEqualTo("date");
            assertThat(schema.at("/properties/address/description").asText()).isEqualTo("where the person lives");
            assertThat(schema.at("/properties/address/additionalProperties").asBoolean(true))
                    .isFalse();
            assertThat(schema.path("required"))
                    .isEqualTo(json("[\"address\",\"age\",\"born_on\",\"color\",\"name\",\"tags\"]"));
        }

        @Test
        void can_be_a_bean_with_nested_beans() {
            route("claude:messages?outputClass=" + Ticket.class.getName());
            claude.next(says("{\"title\":\"t\",\"lines\":[{\"amount\":1.5}]}"));

            assertThat(send().getMessage().getBody()).isInstanceOfSatisfying(Ticket.class, ticket -> {
                assertThat(ticket.getTitle()).isEqualTo("t");
                assertThat(ticket.getLines()).singleElement().satisfies(line -> assertThat(line.getAmount())
                        .isEqualTo(1.5));
            });
        }

        @Test
        void that_a_reply_does_not_fit_fails_the_step() {
            route("claude:messages?outputClass=" + Ticket.class.getName());
            claude.next(says("{\"title\":\"t\"}"));

            assertThat(invalid(send()).violations()).singleElement().asString().contains("lines");
        }

        @Test
        void counts_before_a_header_with_a_schema() {
            route("claude:messages?outputClass=" + Ticket.class.getName());
            claude.next(says("{\"title\":\"t\",\"lines\":[]}"));

            assertThat(send("Who?", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, SCHEMA))
                            .getMessage()
                            .getBody())
                    .isInstanceOf(Ticket.class);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "no.such.Type | no.such.Type",
                    "java.lang.String | not a class of yours",
                    "io.clauderoutes.agent.output.OutputTest$Scores | #/properties/byName/additionalProperties",
                    "java.lang.Runnable | not a class of yours",
                })
        void that_cannot_be_an_output_is_refused_when_the_route_is_added(String type, String why) {
            assertThatThrownBy(() -> route("claude:messages?outputClass=" + type))
                    .rootCause()
                    .hasMessageContaining(why);
        }

        @ParameterizedTest
        @ValueSource(strings = {"&streaming=true", "&outputSchema=RAW({\"type\":\"object\"})"})
        void with_an_option_that_contradicts_is_refused(String option) {
            assertThatThrownBy(() -> route("claude:messages?outputClass=" + Ticket.class.getName() + option))
                    .rootCause()
                    .hasMessageContaining("remove one of them");
        }
    }

    @Nested
    class A_request_with_tools {

        @Test
        void is_checked_after_its_last_round() throws Exception {
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("claude-tool:weather?description=Weather&parameter.city=string")
                            .setBody(constant("rain"));
                    from("direct:mine").to(withSchema() + "&tools=weather");
                }
            });
            String call = """
                    {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use",
                     "usage":{"input_tokens":1,"output_tokens":1},"content":[{"type":"text","text":"I look."},
                      {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Bern"}}]}""";
            claude.next(StubReply.status(200, call), says(GOOD), StubReply.status(200, call), says(BAD));

            assertThat(send().getMessage().getBody()).isEqualTo(GOOD);
            assertThat(invalid(send("Who else?", Map.of())).partialText()).isEqualTo(BAD);
        }
    }

    @Nested
    class A_repair {

        @Test
        void asks_once_more_with_the_reply_and_its_violations() {
            bundle.with("claude.agent.repair.enabled", "true");
            route(withSchema());
            claude.next(says(BAD), says(GOOD));

            Exchange sent = send();

            assertThat(sent.getException()).isNull();
            assertThat(sent.getMessage().getBody()).isEqualTo(GOOD);
            JsonNode messages = asked(1).path("messages");
            assertThat(messages).hasSize(3);
            assertThat(messages.path(0).path("content").asText()).isEqualTo("Who?");
            assertThat(messages.path(1).path("role").asText()).isEqualTo("assistant");
            assertThat(messages.path(1).path("content").asText()).isEqualTo(BAD);
            assertThat(messages.path(2).path("content").asText())
                    .contains("/age: ")
                    .contains("fits the schema");
            assertThat(asked(1).path("output_config")).isEqualTo(asked(0).path("output_config"));
            assertThat(bundle.meter("claude.output", "outcome", "repair")).isEqualTo(1);
        }

        @Test
        void is_stored_in_the_memory_of_the_session_as_the_reply() throws Exception {
            bundle.with("claude.agent.repair.enabled", "true").with("claude.data", folder.toString());
            route(withSchema() + "&memory=true&session=s");
            claude.next(says(BAD), says(GOOD), says(GOOD));
            send();
            send("And?", Map.of());

            JsonNode messages = asked(2).path("messages");
            assertThat(messages).hasSize(3);
            assertThat(messages.at("/0/content").asText()).isEqualTo("Who?");
            assertThat(messages.at("/1/content/0/text").asText()).isEqualTo(GOOD);
        }

        @Test
        void happens_once() {
            bundle.with("claude.agent.repair.enabled", "true");
            route(withSchema());
            claude.next(says(BAD), says("still not json"));

            assertThat(invalid(send()).partialText()).isEqualTo("still not json");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void is_the_same_for_a_stream_which_gets_nothing_before_it_fits() {
            bundle.with("claude.agent.repair.enabled", "true");
            try {
                bundle.context().addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:mine")
                                .to(withSchema() + "&streaming=true")
                                .split(body())
                                .streaming()
                                .to("mock:chunks");
                    }
                });
            } catch (Exception refused) {
                throw new IllegalStateException(refused);
            }
            claude.next(says("{\"ci", "ty\":7}"), says("{\"city\":", "\"Bern\",\"age\":7}"));
            MockEndpoint chunks = bundle.mock("chunks");

            assertThat(send().getException()).isNull();

            assertThat(chunks.getReceivedExchanges())
                    .extracting(chunk -> chunk.getMessage().getBody(String.class))
                    .containsExactly("{\"city\":", "\"Bern\",\"age\":7}", "");
        }

        @Test
        void that_fails_is_the_failure_of_the_request() {
            bundle.with("claude.agent.repair.enabled", "true");
            route(withSchema());
            claude.next(says(BAD), StubReply.error(400, "invalid_request_error"));

            assertThat(Bundle.failureOf(send())).isInstanceOf(ClaudeException.Rejected.class);
        }

        @Test
        void does_not_follow_a_reply_that_was_cut_off() {
            bundle.with("claude.agent.repair.enabled", "true");
            route(withSchema());
            claude.next(stream().start().text("{\"city\":\"Be").stopBecause("max_tokens"));

            assertThat(Bundle.failureOf(send())).isInstanceOf(ClaudeException.Incomplete.class);
            assertThat(claude.requests()).hasSize(1);
        }
    }

    @Nested
    class A_source {

        private void source(String schema) {
            bundle.with("claude.sources.tray.uri", "direct:tray")
                    .with("claude.sources.tray.output-schema", schema)
                    .with("claude.sources.tray.dead-letter", "mock:dead")
                    .with("claude.sources.tray.sinks", "answers,live")
                    .with("claude.sinks.answers.uri", "mock:answers")
                    .with("claude.sinks.live.uri", "mock:live")
                    .with("claude.sinks.live.chunks", "true");
        }

        @Test
        void sends_a_prompt_whose_reply_does_not_fit_to_the_dead_letters() throws Exception {
            Path file = Files.writeString(folder.resolve("schema.json"), SCHEMA);
            source("resource:file:" + file);
            claude.next(says(BAD), says(GOOD));
            MockEndpoint dead = bundle.mock("dead");
            dead.expectedMessageCount(1);
            MockEndpoint answers = bundle.mock("answers");
            answers.expectedBodiesReceived(GOOD);

            bundle.post("direct:tray", "Who?", Map.of());
            bundle.post("direct:tray", "Who else?", Map.of());

            dead.assertIsSatisfied();
            answers.assertIsSatisfied();
            assertThat(dead.getExchanges().get(0).getMessage().getBody(String.class))
                    .isEqualTo("Who?");
            assertThat(dead.getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR_TYPE))
                    .isEqualTo("invalid_output");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void with_a_wrong_schema_is_refused_at_the_start() {
            source("{\"type\":\"strin\"}");

            assertThat(bundle.refusal())
                    .hasStackTraceContaining("claude.sources.tray.output-schema: the schema is not valid at #/type");
        }

        @Test
        void with_a_missing_file_is_refused_at_the_start() {
            source("resource:file:no/such.json");

            assertThat(bundle.refusal())
                    .hasStackTraceContaining(
                            "claude.sources.tray.output-schema: resource:file:no/such.json cannot be read");
        }
    }
}
