package io.clauderoutes.agent;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tools together with failover, sources, output schemas, memory and the cache. */
@Timeout(120)
class ToolsWithOtherPartsTest {

    private static final String WEATHER = "toolu_1 weather {\"city\":\"Graz\"}";
    private static final Map<String, Object> TOOLS = Map.of(ClaudeHeaders.TOOLS, "weather");

    @TempDir
    private Path data;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude);

    private MockEndpoint weather() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather&parameter.city=string")
                        .to("mock:weather")
                        .setBody(constant("12 degrees"));
            }
        });
        return bundle.mock("weather");
    }

    private JsonNode messages(int request) throws IOException {
        return new ObjectMapper().readTree(claude.prompts().get(request)).path("messages");
    }

    @Test
    void a_call_that_fails_in_a_later_round_is_made_again_and_its_tools_are_not() throws Exception {
        MockEndpoint weather = weather();
        weather.expectedMessageCount(1);
        claude.next(asks("I look.", WEATHER), error(529, "overloaded_error"), says("It is 12."));

        Exchange sent = bundle.send("How?", TOOLS);

        assertThat(sent.getException()).isNull();
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(3);
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.ROUNDS)).isEqualTo(2);
        weather.assertIsSatisfied();
    }

    @Test
    void a_stream_that_breaks_in_a_later_round_has_the_text_of_all() throws Exception {
        weather();
        claude.next(
                asks("I look. ", WEATHER),
                io.clauderoutes.support.StubReply.stream().start().text("It is").hangUpAfter());

        ClaudeException failure = bundle.failure("How?", TOOLS);

        assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
        assertThat(((ClaudeException.StreamBroken) failure).partialText()).isEqualTo("I look. It is");
    }

    @Test
    void a_message_of_a_source_whose_tools_were_called_is_not_tried_again() throws Exception {
        bundle.with("claude.sources.tray.uri", "seda:tray")
                .with("claude.sources.tray.tools", "weather")
                .with("claude.sources.tray.dead-letter", "mock:dead")
                .with("claude.sources.tray.redelivery-delay", "1ms")
                .with("claude.call.max-attempts", "1");
        MockEndpoint weather = weather();
        weather.expectedMessageCount(1);
        bundle.mock("dead").expectedMessageCount(1);
        claude.next(asks("I look.", WEATHER), error(529, "overloaded_error"));

        bundle.post("seda:tray", "How?", Map.of());

        bundle.mock("dead").assertIsSatisfied();
        weather.assertIsSatisfied();
    }

    @Test
    void a_message_of_a_source_is_tried_again_before_tools_were_called() throws Exception {
        bundle.with("claude.sources.tray.uri", "seda:tray")
                .with("claude.sources.tray.tools", "weather")
                .with("claude.sources.tray.sinks", "answers")
                .with("claude.sinks.answers.uri", "mock:answers")
                .with("claude.sources.tray.redelivery-delay", "1ms")
                .with("claude.call.max-attempts", "1");
        weather();
        bundle.mock("answers").expectedBodiesReceived("It is 12.");
        claude.next(error(529, "overloaded_error"), asks("I look.", WEATHER), says("It is 12."));

        bundle.post("seda:tray", "How?", Map.of());

        bundle.mock("answers").assertIsSatisfied();
    }

    @Test
    void the_last_round_is_checked_by_an_output_schema() throws Exception {
        weather();
        claude.next(asks("I look.", WEATHER), says("{\"degrees\":12}"), asks("I look.", WEATHER), says("[]"));
        Map<String, Object> headers = Map.of(
                ClaudeHeaders.TOOLS,
                "weather",
                ClaudeHeaders.OUTPUT_SCHEMA,
                "{\"type\":\"object\",\"properties\":{\"degrees\":{\"type\":\"integer\"}},\"required\":[\"degrees\"]}");

        assertThat(bundle.ask("How?", headers)).isEqualTo("{\"degrees\":12}");
        assertThat(bundle.failure("How?", headers)).isInstanceOf(ClaudeException.InvalidOutput.class);
    }

    @Test
    void memory_has_a_valid_history() throws Exception {
        bundle.with("claude.data", data.toString());
        weather();
        claude.next(asks("I look.", WEATHER), says("It is 12."), says("As I said."));
        Map<String, Object> headers =
                Map.of(ClaudeHeaders.TOOLS, "weather", ClaudeHeaders.SESSION, "s", ClaudeHeaders.MEMORY, "true");

        bundle.ask("How?", headers);
        bundle.ask("Again?", headers);

        JsonNode history = messages(2);
        List<String> roles = StreamSupport.stream(history.spliterator(), false)
                .map(message -> message.path("role").asText())
                .toList();
        assertThat(roles).startsWith("user", "assistant").endsWith("user").doesNotHaveToString("");
        assertThat(history.findValuesAsText("type").stream()
                        .filter("tool_use"::equals)
                        .count())
                .isEqualTo(history.findValuesAsText("type").stream()
                        .filter("tool_result"::equals)
                        .count());
        assertThat(history.toString()).contains("It is 12.");
    }

    @Test
    void a_kamelet_has_tools() throws Exception {
        weather();
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to("kamelet:claude-messages-action?tools=weather");
            }
        });
        claude.next(asks("I look.", WEATHER), says("It is 12."));

        assertThat(bundle.sendTo("direct:mine", "How?", Map.of()).getMessage().getBody())
                .isEqualTo("It is 12.");
    }

    @Test
    void the_cache_is_not_used() throws Exception {
        weather();
        claude.next(says("One."), says("Two."));

        assertThat(bundle.ask("How?", TOOLS)).isEqualTo("One.");
        assertThat(bundle.ask("How?", TOOLS)).isEqualTo("Two.");
    }

    @Test
    void the_strategy_whole_hands_on_each_round_when_it_has_ended() throws Exception {
        weather();
        claude.next(asks("I look.", WEATHER), says("It is ", "12."));

        assertThat(bundle.ask("How?", Map.of(ClaudeHeaders.TOOLS, "weather", ClaudeHeaders.STRATEGY, "whole")))
                .isEqualTo("It is 12.");
    }
}
