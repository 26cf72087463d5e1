package io.clauderoutes.agent;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.messageThatAsks;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A request with tools of the bundle: its rounds, its one reply, and what happens when a tool or a round fails. */
class ToolLoopTest {

    private static final String WEATHER = "toolu_1 weather {\"city\":\"Graz\"}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.sinks.answers.uri", "mock:answers")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    @BeforeEach
    void routes() {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather of a city, now&tags=outdoor"
                                + "&parameter.city=string&parameter.city.description=Name of the city")
                        .to("mock:weather")
                        .setBody(simple("12 degrees in ${header.city}"));
                from("claude-tool:time?description=Time of a city&parameter.city=string&parameter.zone=string"
                                + "&parameter.zone.required=false&parameter.zone.enum=UTC,local")
                        .to("mock:time")
                        .setBody(constant("noon"));
                from("direct:mine").to("claude:messages?tools=weather,time");
            }
        });
    }

    private void route(RoutesBuilder routes) {
        try {
            bundle.context().addRoutes(routes);
        } catch (Exception refused) {
            throw new IllegalStateException(refused);
        }
    }

    private Exchange ask(Map<String, ?> headers) {
        return bundle.sendTo("direct:mine", "What is it like in Graz?", headers);
    }

    private JsonNode asked(int request) {
        try {
            return new ObjectMapper().readTree(claude.prompts().get(request));
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private JsonNode results(int request) {
        JsonNode messages = asked(request).path("messages");
        return messages.path(messages.size() - 1).path("content");
    }

    @Test
    void the_model_gets_the_result_of_the_tool_that_it_asks_for() {
        claude.next(asks("I look.", WEATHER), says("It is ", "12 degrees."));

        Exchange sent = ask(Map.of());

        assertThat(sent.getException()).isNull();
        assertThat(sent.getMessage().getBody()).isEqualTo("It is 12 degrees.");
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.ROUNDS)).isEqualTo(2);
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.STOP_REASON)).isEqualTo("end_turn");
        assertThat(results(1))
                .isEqualTo(json(
                        "[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\",\"content\":\"12 degrees in Graz\"}]"));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    @Test
    void the_model_is_told_of_the_tools_that_the_prompt_names() {
        claude.next(says("Fine."));

        ask(Map.of());

        assertThat(asked(0).path("tools")).isEqualTo(json("""
                        [{"name":"weather","description":"Weather of a city, now","input_schema":{"type":"object",
                          "properties":{"city":{"type":"string","description":"Name of the city"}},
                          "required":["city"],"additionalProperties":false}},
                         {"name":"time","description":"Time of a city","input_schema":{"type":"object",
                          "properties":{"city":{"type":"string"},"zone":{"type":"string","enum":["UTC","local"]}},
                          "required":["city"],"additionalProperties":false}}]"""));
    }

    @Test
    void the_message_of_the_model_goes_back_as_it_came() {
        claude.next(asks("I look.", WEATHER), says("Fine."));

        ask(Map.of());

        assertThat(asked(1).path("messages").path(1)).isEqualTo(json("""
                        {"role":"assistant","content":[{"type":"text","text":"I look."},
                         {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Graz"}}]}"""));
    }

    @Test
    void three_rounds_are_one_reply_with_the_tokens_of_all() {
        claude.next(
                asks("One.", WEATHER),
                asks("Two.", "toolu_2 time {\"city\":\"Graz\"}", "toolu_3 weather {\"city\":\"Wien\"}"),
                says("Three."));

        Exchange sent = ask(Map.of());

        Reply reply = sent.getMessage().getBody(Reply.class);
        assertThat(reply.text()).isEqualTo("Three.");
        assertThat(reply.message().path("content").findValuesAsText("text")).containsExactly("One.", "Two.", "Three.");
        assertThat(reply.usage().output()).hasValue(36);
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.OUTPUT_TOKENS)).isEqualTo(36L);
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(3);
        assertThat(results(2).findValuesAsText("tool_use_id")).containsExactly("toolu_2", "toolu_3");
    }

    @Test
    void whole_replies_go_through_the_rounds_too() {
        claude.next(messageThatAsks("I look.", WEATHER), message("It is 12 degrees."));

        Exchange sent = ask(Map.of(ClaudeHeaders.STREAM, false));

        assertThat(sent.getException()).isNull();
        assertThat(sent.getMessage().getBody()).isEqualTo("It is 12 degrees.");
        assertThat(sent.getMessage().getBody(Reply.class).usage().output()).hasValue(24);
    }

    @Test
    void tools_of_one_round_run_side_by_side() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        route(new RouteBuilder() {
            @Override
            public void configure() {
                for (String name : List.of("left", "right")) {
                    from("claude-tool:" + name + "?description=Half").process(exchange -> {
                        both.await(30, TimeUnit.SECONDS);
                        exchange.getMessage().setBody(name);
                    });
                }
            }
        });
        claude.next(asks("Both.", "toolu_1 right {}", "toolu_2 left {}"), says("Done."));

        assertThat(ask(Map.of(ClaudeHeaders.TOOLS, "left,right")).getException())
                .isNull();

        assertThat(results(1).findValuesAsText("content")).containsExactly("right", "left");
    }

    @Nested
    class When_a_tool_fails {

        private JsonNode resultOf(String call, RouteBuilder routes) {
            route(routes);
            claude.next(asks("I try.", call), says("It failed."));

            assertThat(ask(Map.of(ClaudeHeaders.TOOLS, "broken,weather")).getException())
                    .isNull();

            return results(1).path(0);
        }

        private RouteBuilder broken(Exception failure) {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("claude-tool:broken?description=Fails").throwException(failure);
                }
            };
        }

        @Test
        void the_model_gets_the_reason_without_a_stack_trace_and_secrets() {
            JsonNode result = resultOf(
                    "toolu_1 broken {}",
                    broken(new IllegalStateException(
                            "no such city: Pariss at https://user:pw@crm.example.com/x?key=k123 password=hunter2")));

            assertThat(result.path("is_error").asBoolean()).isTrue();
            assertThat(result.path("content").asText())
                    .contains("no such city: Pariss")
                    .doesNotContain("hunter2", "k123", "pw@", "\tat ", "ToolLoopTest");
        }

        @Test
        void an_input_that_does_not_fit_the_schema_does_not_reach_the_route() throws Exception {
            bundle.mock("weather").expectedMessageCount(0);

            JsonNode result = resultOf("toolu_1 weather {\"town\":7}", broken(new IllegalStateException()));

            assertThat(result.path("is_error").asBoolean()).isTrue();
            assertThat(result.path("content").asText()).contains("weather", "city");
            bundle.mock("weather").assertIsSatisfied();
        }

        @Test
        void a_tool_that_does_not_exist_is_an_error() {
            JsonNode result = resultOf("toolu_1 wether {}", broken(new IllegalStateException()));

            assertThat(result.path("is_error").asBoolean()).isTrue();
            assertThat(result.path("content").asText()).contains("There is no tool wether");
        }

        @Test
        void a_tool_that_takes_too_long_is_an_error() {
            CountDownLatch never = new CountDownLatch(1);
            JsonNode result = resultOf("toolu_1 broken {}", new RouteBuilder() {
                @Override
                public void configure() {
                    from("claude-tool:broken?description=Hangs&timeout=50ms")
                            .process(exchange -> never.await(60, TimeUnit.SECONDS));
                }
            });

            assertThat(result.path("is_error").asBoolean()).isTrue();
            assertThat(result.path("content").asText()).contains("50 ms");
            assertThat(bundle.meter("claude.tool.calls", "tool", "broken", "outcome", "timeout"))
                    .isEqualTo(1);
        }

        @Test
        void a_route_that_was_stopped_has_no_tool() throws Exception {
            route(broken(new IllegalStateException()));
            bundle.context().getRouteController().stopAllRoutes();
            bundle.context().getRouteController().startAllRoutes();

            claude.next(says("Fine."));
            assertThat(ask(Map.of(ClaudeHeaders.TOOLS, "broken")).getException())
                    .isNull();
        }
    }

    @Nested
    class When_rounds_do_not_end {

        @Test
        void the_request_fails_with_the_text_so_far_and_the_name_of_the_setting() throws Exception {
            claude.next(asks("One.", WEATHER), asks("Two.", WEATHER));
            bundle.mock("answers").expectedMessageCount(0);

            ClaudeException failure =
                    Bundle.failureOf(ask(Map.of(ClaudeHeaders.MAX_ROUNDS, 2, ClaudeHeaders.SINKS, "answers")));

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Incomplete.class)
                    .hasMessageContaining("claude.agent.max-rounds");
            assertThat(((ClaudeException.Incomplete) failure).partialText()).isEqualTo("One.Two.");
            bundle.mock("answers").assertIsSatisfied();
        }

        @Test
        void a_choice_that_forces_a_tool_counts_for_the_first_round_alone() {
            claude.next(asks("I look.", WEATHER), says("Fine."));

            assertThat(ask(Map.of(ClaudeHeaders.TOOL_CHOICE, "weather")).getException())
                    .isNull();

            assertThat(asked(0).path("tool_choice")).isEqualTo(json("{\"type\":\"tool\",\"name\":\"weather\"}"));
            assertThat(asked(1).path("tool_choice")).isEqualTo(json("{\"type\":\"auto\"}"));
        }
    }

    @Nested
    class When_there_are_sinks {

        @Test
        void each_gets_the_reply_once() throws Exception {
            claude.next(asks("I look.", WEATHER), says("It is ", "12 degrees."));
            bundle.mock("answers").expectedBodiesReceived("It is 12 degrees.");
            bundle.mock("live").expectedBodiesReceived("I look.", "It is ", "12 degrees.", "");

            assertThat(ask(Map.of(ClaudeHeaders.SINKS, "answers,live")).getException())
                    .isNull();

            bundle.mock("answers").assertIsSatisfied();
            bundle.mock("live").assertIsSatisfied();
        }

        @Test
        void chunks_arrive_while_later_rounds_run() throws Exception {
            CountDownLatch first = new CountDownLatch(1);
            bundle.mock("live").whenAnyExchangeReceived(exchange -> first.countDown());
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("claude-tool:slow?description=Waits").process(exchange -> {
                        exchange.getMessage().setBody(first.await(30, TimeUnit.SECONDS));
                    });
                }
            });
            claude.next(asks("I look.", "toolu_1 slow {}"), says("Done."));

            assertThat(ask(Map.of(ClaudeHeaders.SINKS, "live", ClaudeHeaders.TOOLS, "slow"))
                            .getException())
                    .isNull();

            assertThat(results(1).path(0).path("content").asText()).isEqualTo("true");
        }

        @Test
        void they_are_told_of_calls_on_request() throws Exception {
            claude.next(asks("I look.", WEATHER), says("Done."));
            bundle.mock("live").expectedMessageCount(5);

            ask(Map.of(ClaudeHeaders.SINKS, "live", ClaudeHeaders.TOOL_EVENTS, true));

            bundle.mock("live").assertIsSatisfied();
            List<String> events = bundle.mock("live").getExchanges().stream()
                    .map(exchange -> exchange.getMessage().getHeader(ClaudeHeaders.TOOL_EVENT, String.class))
                    .filter(event -> event != null)
                    .toList();
            assertThat(json(events.get(0))).isEqualTo(json("""
                            {"type":"tool","phase":"call","round":1,"id":"toolu_1","name":"weather","input":{"city":"Graz"}}"""));
            assertThat(json(events.get(1)).path("result").asText()).isEqualTo("12 degrees in Graz");
        }

        @Test
        void a_round_that_breaks_ends_the_reply_for_them() throws Exception {
            claude.next(
                    asks("I look.", WEATHER), io.clauderoutes.support.StubReply.error(400, "invalid_request_error"));
            bundle.mock("answers").expectedMessageCount(0);
            bundle.mock("live").expectedMessageCount(2);

            ClaudeException failure = Bundle.failureOf(ask(Map.of(ClaudeHeaders.SINKS, "answers,live")));

            assertThat(failure.kind()).isEqualTo(ClaudeException.Kind.REJECTED);
            bundle.mock("live").assertIsSatisfied();
            assertThat(bundle.mock("live").getExchanges().get(1).getMessage().getHeader(ClaudeHeaders.ERROR))
                    .isEqualTo("invalid_request_error");
            bundle.mock("answers").assertIsSatisfied();
        }
    }

    @Nested
    class Which_tools {

        private List<String> offered(String tools) {
            claude.next(says("Fine."));
            assertThat(ask(Map.of(ClaudeHeaders.TOOLS, tools)).getException()).isNull();
            return asked(0).path("tools").findValuesAsText("name");
        }

        @Test
        void all_of_them() {
            assertThat(offered("*")).containsExactly("time", "weather");
        }

        @Test
        void those_with_a_tag() {
            assertThat(offered("tag:outdoor")).containsExactly("weather");
        }

        @Test
        void a_name_that_does_not_exist_is_refused_with_those_that_do() {
            assertThat(Bundle.failureOf(ask(Map.of(ClaudeHeaders.TOOLS, "wether"))))
                    .hasMessageContaining("there is no tool wether")
                    .hasMessageContaining("time, weather");
        }

        @Test
        void two_routes_cannot_have_one_name() {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> route(new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("claude-tool:weather?description=Another").to("mock:weather");
                        }
                    })))
                    .hasStackTraceContaining("weather");
        }

        @Test
        void a_tool_of_the_request_itself_stays_the_requesters() {
            claude.next(asks("I ask you.", WEATHER));

            Exchange sent = bundle.sendTo("direct:mine", """
                    {"messages":[{"role":"user","content":"Hi"}],
                     "tools":[{"name":"weather","input_schema":{"type":"object"}}]}""", Map.of());

            assertThat(sent.getException()).isNull();
            assertThat(asked(0).path("tools").findValuesAsText("name")).containsExactly("weather", "time");
            assertThat(sent.getMessage().getHeader(ClaudeHeaders.STOP_REASON)).isEqualTo("tool_use");
            assertThat(sent.getMessage()
                            .getBody(Reply.class)
                            .message()
                            .path("content")
                            .path(1)
                            .path("name")
                            .asText())
                    .isEqualTo("weather");
        }

        @Test
        void a_reply_that_asks_for_both_goes_to_the_requester() throws Exception {
            bundle.mock("time").expectedMessageCount(0);
            claude.next(asks("Both.", "toolu_1 time {\"city\":\"Graz\"}", WEATHER));

            Exchange sent = bundle.sendTo("direct:mine", """
                    {"messages":[{"role":"user","content":"Hi"}],
                     "tools":[{"name":"weather","input_schema":{"type":"object"}}]}""", Map.of());

            JsonNode content = sent.getMessage().getBody(Reply.class).message().path("content");
            assertThat(content.findValuesAsText("name")).containsExactly("weather");
            bundle.mock("time").assertIsSatisfied();
        }
    }
}
