package io.clauderoutes.component;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code claude:messages} in routes: its options, its headers, and what it leaves alone. */
class ClaudeComponentTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).with("my.system", "R&D, 100%\nThird {x}");

    private void route(RoutesBuilder routes) {
        try {
            bundle.context().addRoutes(routes);
        } catch (Exception refused) {
            throw new IllegalStateException(refused);
        }
    }

    private void route(String uri) {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to(uri);
            }
        });
    }

    private Exchange send(Object body, Map<String, ?> headers) {
        return bundle.sendTo("direct:mine", body, headers);
    }

    private JsonNode asked(Object body, Map<String, ?> headers) {
        claude.next(says("Deep."));
        assertThat(send(body, headers).getException()).isNull();
        return json(claude.prompts().get(claude.prompts().size() - 1));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    @Test
    void the_reply_becomes_the_body() {
        route("claude:messages");
        claude.next(says("Deep."));

        Exchange sent = send("How deep?", Map.of());

        assertThat(sent.getMessage().getBody()).isEqualTo("Deep.");
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.STOP_REASON)).isEqualTo("end_turn");
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.OUTPUT_TOKENS)).isNotNull();
    }

    @Test
    void the_body_is_a_reply_and_a_stream_by_type_conversion() throws IOException {
        route("claude:messages");
        claude.next(says("Deep."));

        Exchange sent = send("How deep?", Map.of());

        assertThat(sent.getMessage().getBody(Reply.class).id()).isEqualTo("msg_stub");
        try (InputStream in = sent.getMessage().getBody(InputStream.class)) {
            assertThat(in.readAllBytes()).isEqualTo("Deep.".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void a_reply_marshals_to_the_json_of_its_message() {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine")
                        .to("claude:messages")
                        .convertBodyTo(Reply.class)
                        .marshal()
                        .json();
            }
        });
        claude.next(says("Deep."));

        JsonNode message = json(send("How deep?", Map.of()).getMessage().getBody(String.class));

        assertThat(message.path("id").asText()).isEqualTo("msg_stub");
        assertThat(message.at("/content/0/text").asText()).isEqualTo("Deep.");
        assertThat(message.path("stop_reason").asText()).isEqualTo("end_turn");
    }

    @Nested
    class An_option {

        @Test
        void is_sent_to_the_api() {
            route(
                    "claude:messages?model=claude-mine&system=Sing.&maxTokens=77&temperature=0.30&topP=0.9"
                            + "&stopSequences=END,STOP&thinkingBudget=2048&effort=high&toolChoice=any&betas=a-1,b-2&stream=false");
            claude.next(io.clauderoutes.support.StubReply.message("Deep."));

            assertThat(send("How deep?", Map.of()).getException()).isNull();

            assertThat(json(claude.prompts().get(0))).isEqualTo(json("""
                    {"model":"claude-mine","max_tokens":77,"system":"Sing.","temperature":0.30,"top_p":0.9,
                     "stop_sequences":["END","STOP"],"thinking":{"type":"enabled","budget_tokens":2048},
                     "output_config":{"effort":"high"},"tool_choice":{"type":"any"},
                     "messages":[{"role":"user","content":"How deep?"}]}"""));
            assertThat(claude.requests().get(0).headers()).containsEntry("anthropic-beta", "a-1,b-2");
        }

        @Test
        void that_is_empty_counts_as_not_set() {
            route("claude:messages?model=&maxTokens=&temperature=");

            assertThat(asked("How deep?", Map.of()).path("model").asText()).isEqualTo("claude-sonnet-5-5");
        }

        @Test
        void is_overridden_by_its_header() {
            route("claude:messages?model=claude-mine&maxTokens=77");

            JsonNode asked = asked("How deep?", Map.of(ClaudeHeaders.MODEL, "claude-yours"));

            assertThat(asked.path("model").asText()).isEqualTo("claude-yours");
            assertThat(asked.path("max_tokens").asInt()).isEqualTo(77);
        }

        @Test
        void does_not_reach_the_next_step() {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .to("claude:messages?model=claude-mine&system=Sing.&maxTokens=77&effort=low")
                            .to("direct:claude");
                }
            });
            claude.next(says("Deep."), says("Deeper."));

            Exchange sent = send("How deep?", Map.of());

            assertThat(sent.getMessage().getBody()).isEqualTo("Deeper.");
            assertThat(json(claude.prompts().get(1))).isEqualTo(json("""
                    {"model":"claude-sonnet-5-5","max_tokens":4096,"stream":true,
                     "messages":[{"role":"user","content":"Deep."}]}"""));
        }

        @Test
        void fills_in_what_a_messages_request_lacks() {
            route("claude:messages?model=claude-mine&system=Sing.&effort=low&thinkingBudget=0");

            JsonNode asked = asked(
                    "{\"messages\":[],\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"format\":{\"type\":\"x\"}}}",
                    Map.of());

            assertThat(asked.path("thinking")).isEqualTo(json("{\"type\":\"adaptive\"}"));
            assertThat(asked.path("output_config")).isEqualTo(json("{\"format\":{\"type\":\"x\"},\"effort\":\"low\"}"));
            assertThat(asked.path("system").asText()).isEqualTo("Sing.");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "claude:messages?modle=x | has no option modle | model",
                    "claude:messages?system=R&D | has no option D | RAW",
                    "claude:redact?model=x | has no option model | policy",
                    "claude:chat | claude:chat does not exist | messages, batch, redact, tokens",
                    "claude:messages?effort=huge | CamelClaudeEffort | xhigh",
                    "claude:messages?cache=never | CamelClaudeCache | bypass",
                    "claude:messages?sinks=nowhere | CamelClaudeSinks | claude.sinks",
                    "claude:messages?system=resource:classpath:no/such.txt | no/such.txt | no/such.txt",
                })
        void that_is_wrong_is_refused_when_the_route_is_added(String uri, String what, String remedy) {
            assertThatThrownBy(() -> route(uri))
                    .rootCause()
                    .hasMessageContaining(what)
                    .hasMessageContaining(remedy);
        }

        @Test
        void can_be_set_for_all_endpoints_of_the_component() {
            bundle.context()
                    .getComponent("claude", ClaudeComponent.class)
                    .getConfiguration()
                    .setModel("claude-all");
            route("claude:messages?maxTokens=5");

            assertThat(asked("How deep?", Map.of()).path("model").asText()).isEqualTo("claude-all");
        }
    }

    @Nested
    class A_system_prompt {

        @TempDir
        Path folder;

        @Test
        void can_be_a_file() throws IOException {
            Path file = Files.writeString(folder.resolve("system.txt"), "\uFEFFR&D, 100%\nThird");
            route("claude:messages?system=resource:file:" + file);

            assertThat(asked("How deep?", Map.of()).path("system").asText()).isEqualTo("R&D, 100%\nThird");
        }

        @Test
        void can_be_a_file_of_the_class_path() {
            route("claude:messages?system=resource:classpath:prompts/letter.txt");

            assertThat(asked("How deep?", Map.of()).path("system").asText()).isEqualTo("You work for R&D.");
        }

        @Test
        void of_a_header_is_a_text_whatever_it_says() {
            route("claude:messages");

            assertThat(asked("How deep?", Map.of(ClaudeHeaders.SYSTEM, "resource:file:/etc/hostname"))
                            .path("system")
                            .asText())
                    .isEqualTo("resource:file:/etc/hostname");
        }

        @ParameterizedTest
        @ValueSource(strings = {"claude:messages", "claude", "kamelet:claude-messages-action"})
        void below_parameters_of_a_yaml_route_arrives_unchanged(String uri) throws Exception {
            String text = "R&D: 100% of 1+1 ?a=b#c\n  Second \"line\" {x} RAW(y) \u00e4 ${body}";
            CamelContext context = bundle.context();
            PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("mine.camel.yaml", """
                            - route:
                                from:
                                  uri: direct:mine
                                  steps:
                                    - to:
                                        uri: %s
                                        parameters:
                                          %s
                                          system: %s
                            """.formatted(
                            uri,
                            uri.equals("claude") ? "operation: messages" : "maxTokens: 5",
                            new ObjectMapper().writeValueAsString(text))));

            assertThat(asked("How deep?", Map.of()).path("system").asText()).isEqualTo(text);
        }

        @Test
        void of_a_property_arrives_unchanged() throws Exception {
            PluginHelper.getRoutesLoader(bundle.context())
                    .loadRoutes(ResourceHelper.fromString("mine.camel.yaml", """
                            - route:
                                from:
                                  uri: direct:mine
                                  steps:
                                    - to:
                                        uri: claude:messages
                                        parameters:
                                          system: "{{my.system}}"
                            """));

            assertThat(asked("How deep?", Map.of()).path("system").asText()).isEqualTo("R&D, 100%\nThird {x}");
        }

        @Test
        void in_raw_arrives_unchanged() {
            route("claude:messages?system=RAW(R&D, 100%\nSecond line)");

            assertThat(asked("How deep?", Map.of()).path("system").asText()).isEqualTo("R&D, 100%\nSecond line");
        }
    }

    @Nested
    class The_message_of_the_route {

        @Test
        void keeps_its_headers_and_gets_those_of_the_result() {
            route("claude:messages?model=claude-mine&tenant=other");
            claude.next(says("Deep."));
            Map<String, Object> before = Map.of(
                    "mine", 7, ClaudeHeaders.TENANT, "acme", ClaudeHeaders.REPLY_ID, "old", ClaudeHeaders.COST, "old");

            Map<String, Object> after = send("How deep?", before).getMessage().getHeaders();

            Map<String, Object> kept = new HashMap<>(after);
            kept.keySet().removeAll(ClaudeHeaders.results());
            assertThat(kept).isEqualTo(Map.of("mine", 7, ClaudeHeaders.TENANT, "acme"));
            assertThat(after).containsEntry(ClaudeHeaders.REPLY_ID, "msg_stub");
            assertThat(after.get(ClaudeHeaders.COST)).isNotEqualTo("old");
        }

        @Test
        void stays_as_it_was_if_the_call_fails() {
            route("claude:messages?model=claude-mine");
            claude.next(error(400, "invalid_request_error"));
            Map<String, Object> before = Map.of("mine", 7, ClaudeHeaders.REPLY_ID, "old");
            Map<String, String> body = Map.of("question", "How deep?");

            Exchange sent = send(body, before);

            assertThat(Bundle.failureOf(sent)).isInstanceOf(ClaudeException.Rejected.class);
            assertThat(sent.getMessage().getBody()).isSameAs(body);
            assertThat(sent.getMessage().getHeaders()).isEqualTo(before);
        }

        @Test
        void has_its_stream_again_if_the_call_fails() {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    onException(ClaudeException.class).handled(true).transform(simple("again: ${body}"));
                    from("direct:mine").to("claude:messages");
                }
            });
            claude.next(error(400, "invalid_request_error"));

            Exchange sent = send(new ByteArrayInputStream("How deep?".getBytes(StandardCharsets.UTF_8)), Map.of());

            assertThat(sent.getMessage().getBody()).isEqualTo("again: How deep?");
        }

        @Test
        void is_not_touched_by_a_kamelet() {
            route("kamelet:claude-messages-action?model=claude-mine");
            claude.next(says("Deep."));
            Map<String, Object> before = Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.MODEL, "claude-yours");

            Exchange sent = send("How deep?", before);

            assertThat(json(claude.prompts().get(0)).path("model").asText()).isEqualTo("claude-yours");
            Map<String, Object> kept = new HashMap<>(sent.getMessage().getHeaders());
            kept.keySet().removeAll(ClaudeHeaders.results());
            assertThat(kept).isEqualTo(before);
        }
    }

    @Test
    void a_consumer_is_refused_with_the_remedy() {
        assertThatThrownBy(() -> route(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("claude:messages").to("mock:x");
                    }
                }))
                .rootCause()
                .hasMessageContaining("to(...)");
    }
}
