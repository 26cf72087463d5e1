package io.clauderoutes.agent;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A route of {@code claude-tool:}: its options, the message that it gets, and the result that it gives. */
class ToolRouteTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private void route(RoutesBuilder routes) {
        try {
            bundle.context().addRoutes(routes);
        } catch (Exception refused) {
            throw new IllegalStateException(refused);
        }
    }

    private void tool(String uri, org.apache.camel.Processor step) {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:" + uri).to("mock:tool").process(step);
            }
        });
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    /** The result that the model gets of a call. */
    private JsonNode result(String tool, String input) {
        claude.next(asks("I look.", "toolu_1 " + tool + " " + input), says("Fine."));
        Exchange sent = bundle.send("How?", Map.of(ClaudeHeaders.TOOLS, tool, ClaudeHeaders.TENANT, "acme"));
        assertThat(sent.getException()).isNull();
        JsonNode messages = json(claude.prompts().get(1)).path("messages");
        return messages.path(2).path("content").path(0);
    }

    private Message received() {
        return bundle.mock("tool").getExchanges().get(0).getMessage();
    }

    @Test
    void the_input_is_the_body_and_each_declared_parameter_is_a_header() {
        tool(
                "find?description=Finds&schema=RAW({\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},"
                        + "\"max\":{\"type\":\"integer\"},\"CamelHttpUri\":{\"type\":\"string\"},"
                        + "\"Authorization\":{\"type\":\"string\"}}})",
                exchange -> {});

        result(
                "find",
                "{\"city\":\"Graz\",\"max\":3,\"other\":1,\"CamelHttpUri\":\"http://x\",\"Authorization\":\"y\"}");

        assertThat(received().getBody())
                .isEqualTo(
                        Map.of("city", "Graz", "max", 3, "other", 1, "CamelHttpUri", "http://x", "Authorization", "y"));
        assertThat(received().getHeaders())
                .containsEntry("city", "Graz")
                .containsEntry("max", 3)
                .containsEntry(ClaudeHeaders.TOOL, "find")
                .containsEntry(ClaudeHeaders.TOOL_CALL_ID, "toolu_1")
                .containsEntry(ClaudeHeaders.ROUND, 1)
                .containsEntry(ClaudeHeaders.TENANT, "acme")
                .doesNotContainKeys("other", "CamelHttpUri", "Authorization");
    }

    @Test
    void yaml_routes_are_tools() throws Exception {
        PluginHelper.getRoutesLoader(bundle.context()).loadRoutes(ResourceHelper.fromString("weather.camel.yaml", """
                        - route:
                            id: weather
                            from:
                              uri: claude-tool:weather
                              parameters:
                                description: "Weather: R&D says 100% of it, + more"
                                parameter.city: string
                                parameter.city.description: "Name of the city & its country"
                                parameter.days: integer
                                parameter.days.required: false
                                tags: outdoor,demo
                                timeout: 10s
                              steps:
                                - setBody:
                                    expression:
                                      simple:
                                        expression: "12 degrees in ${header.city}"
                        """));

        assertThat(result("weather", "{\"city\":\"Graz\"}").path("content").asText())
                .isEqualTo("12 degrees in Graz");

        assertThat(json(claude.prompts().get(0)).path("tools")).isEqualTo(json("""
                        [{"name":"weather","description":"Weather: R&D says 100% of it, + more","input_schema":{
                          "type":"object","properties":{
                            "city":{"type":"string","description":"Name of the city & its country"},
                            "days":{"type":"integer"}},"required":["city"],"additionalProperties":false}}]"""));
    }

    /** An input. */
    public record Trip(String city, int days, java.util.Optional<String> note) {}

    @Test
    void an_input_can_be_an_instance_of_a_class() {
        tool("trip?description=T&parametersClass=" + Trip.class.getName(), exchange -> {});

        result("trip", "{\"city\":\"Graz\",\"days\":2}");

        assertThat(received().getBody()).isEqualTo(new Trip("Graz", 2, java.util.Optional.empty()));
        assertThat(received().getHeader("days")).isEqualTo(2);
        assertThat(json(claude.prompts().get(0))
                        .path("tools")
                        .path(0)
                        .path("input_schema")
                        .path("required")
                        .toString())
                .isEqualTo("[\"city\",\"days\"]");
    }

    @Test
    void an_input_is_checked_by_all_of_its_schema() {
        tool(
                "deep?description=D&schema=RAW({\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":"
                        + "{\"type\":\"integer\",\"minimum\":3}}}})",
                exchange -> {});

        assertThat(result("deep", "{\"a\":[3,2]}").path("content").asText()).contains("/a/1");
    }

    @Test
    void objects_become_json() {
        tool("data?description=Gives data", exchange -> exchange.getMessage()
                .setBody(Map.of("temperature", List.of(12, 13))));

        assertThat(result("data", "{}").path("content").asText()).isEqualTo("{\"temperature\":[12,13]}");
    }

    @Test
    void images_become_images() {
        byte[] png = "\u0089PNG\r\n\u001a\nrest".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        tool("picture?description=Gives a picture", exchange -> exchange.getMessage()
                .setBody(png));

        assertThat(result("picture", "{}")
                        .path("content")
                        .path(0)
                        .path("source")
                        .path("media_type")
                        .asText())
                .isEqualTo("image/png");
    }

    @Test
    void an_empty_body_is_an_empty_result() {
        tool("nothing?description=Gives nothing", exchange -> exchange.getMessage()
                .setBody(null));

        assertThat(result("nothing", "{}")).isEqualTo(json("{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\"}"));
    }

    @Test
    void a_result_that_is_too_long_is_an_error() {
        bundle.with("claude.agent.max-result-bytes", "10");
        tool("long?description=Gives much", exchange -> exchange.getMessage().setBody("0123456789-"));

        JsonNode result = result("long", "{}");

        assertThat(result.path("is_error").asBoolean()).isTrue();
        assertThat(result.path("content").asText()).contains("claude.agent.max-result-bytes");
    }

    @Test
    void a_stream_is_read_before_the_exchange_of_the_call_ends() {
        tool("stream?description=Gives a stream", exchange -> exchange.getMessage()
                .setBody(new java.io.ByteArrayInputStream("Flow".getBytes(UTF_8))));

        assertThat(result("stream", "{}").path("content").asText()).isEqualTo("Flow");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "weather | description is missing",
                "weather?description=W&parameter.city=text | parameter.city=text: expected one of string, number",
                "weather?description=W&parameter.city.enum=a,b | parameter.city is missing",
                "weather?description=W&parameter.CamelHttpUri=string | Choose another name",
                "weather?description=W&parameter.city=string&schema={} | described twice",
                "weather?description=W&schema={} | \"type\": \"object\"",
                "weather?description=W&schema=resource:file:none.json | none.json",
                "weather?description=W&timeout=soon | timeout=soon",
                "weather?description=W&descripton=x | no option descripton",
                "we.ather?description=W | letters, digits, - and _",
            })
    void a_wrong_option_is_refused_at_the_start(String uri, String sentence) {
        assertThatThrownBy(() -> tool(uri, exchange -> {})).hasStackTraceContaining(sentence);
    }

    @Test
    void a_tool_cannot_be_a_destination() {
        assertThatThrownBy(() -> route(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:mine").to("claude-tool:weather?description=W");
                    }
                }))
                .hasStackTraceContaining("the model calls tools");
    }

    @Test
    void thinking_goes_back_unchanged_and_is_kept_from_requesters_where_it_is_dropped() {
        bundle.with("claude.redact.enabled", "true").with("claude.redact.thinking", "drop");
        tool("weather?description=W", exchange -> exchange.getMessage().setBody("12"));
        claude.next(
                stream()
                        .sse(
                                sse(
                                        "message_start",
                                        "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\","
                                                + "\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"))
                        .sse(sse(
                                "content_block_start",
                                "\"index\":0,\"content_block\":{\"type\":\"thinking\","
                                        + "\"thinking\":\"\",\"signature\":\"\"}"))
                        .sse(sse(
                                "content_block_delta",
                                "\"index\":0,\"delta\":{\"type\":\"thinking_delta\","
                                        + "\"thinking\":\"Card 4111 1111 1111 1111\"}"))
                        .sse(sse(
                                "content_block_delta",
                                "\"index\":0,\"delta\":{\"type\":\"signature_delta\"," + "\"signature\":\"c2ln\"}"))
                        .sse(sse("content_block_stop", "\"index\":0"))
                        .sse(sse(
                                "content_block_start",
                                "\"index\":1,\"content_block\":{\"type\":\"tool_use\","
                                        + "\"id\":\"toolu_1\",\"name\":\"weather\",\"input\":{}}"))
                        .sse(sse("content_block_stop", "\"index\":1"))
                        .messageDelta("tool_use", 5)
                        .sse(sse("message_stop", "\"x\":1"))
                        .end(),
                says("Fine."));

        Exchange sent = bundle.send("How?", Map.of(ClaudeHeaders.TOOLS, "weather"));

        assertThat(sent.getException()).isNull();
        assertThat(json(claude.prompts().get(1))
                        .path("messages")
                        .path(1)
                        .path("content")
                        .path(0))
                .isEqualTo(json(
                        "{\"type\":\"thinking\",\"thinking\":\"Card 4111 1111 1111 1111\",\"signature\":\"c2ln\"}"));
        assertThat(sent.getMessage()
                        .getBody(io.clauderoutes.Reply.class)
                        .message()
                        .toString())
                .doesNotContain("4111");
    }

    private static String sse(String type, String fields) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + fields + "}\n\n";
    }

    @ParameterizedTest
    @CsvSource({
        "claude.redact.tool-output,redact,[REDACTED]",
        "claude.redact.prompts.enabled,true,[REDACTED]",
        "claude.redact.tool-output,pass,4111"
    })
    void results_are_redacted_as_the_policy_says(String setting, String value, String expected) {
        bundle.with("claude.redact.enabled", "true").with(setting, value);
        tool("card?description=C", exchange -> exchange.getMessage().setBody("Card 4111 1111 1111 1111"));

        assertThat(result("card", "{}").path("content").asText()).contains(expected);
    }

    @Test
    void inputs_are_redacted_for_the_tool_and_go_back_as_the_model_wrote_them() {
        bundle.with("claude.redact.enabled", "true").with("claude.redact.tool-input", "redact");
        tool("pay?description=P&parameter.card=string", exchange -> exchange.getMessage()
                .setBody("Paid"));

        result("pay", "{\"card\":\"4111 1111 1111 1111\"}");

        assertThat(received().getBody()).isEqualTo(Map.of("card", "[REDACTED]"));
        assertThat(claude.prompts().get(1)).contains("4111 1111 1111 1111");
    }

    @Test
    void a_tool_that_asks_the_model_with_itself_does_not_go_on_for_ever() {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:ask?description=Asks")
                        .setBody(constant("How?"))
                        .to("claude:messages?tools=ask");
            }
        });
        claude.always(asks("I ask.", "toolu_1 ask {}"));

        assertThat(bundle.failure("How?", Map.of(ClaudeHeaders.TOOLS, "ask", ClaudeHeaders.MAX_ROUNDS, 2)))
                .isInstanceOf(ClaudeException.Incomplete.class);
        assertThat(claude.requests()).hasSize(2);
        assertThat(claude.prompts().get(1)).contains("the route of the tool ask asks the model with the tool ask");
    }

    @Test
    void a_route_that_reads_the_reply_as_a_stream_gets_the_chunks_of_all_rounds() throws Exception {
        tool("weather?description=W", exchange -> exchange.getMessage().setBody("12"));
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine")
                        .to("claude:messages?tools=weather&streaming=true")
                        .split(body())
                        .streaming()
                        .to("mock:chunks");
            }
        });
        claude.next(asks("I look.", "toolu_1 weather {}"), says("It is ", "12."));
        bundle.mock("chunks").expectedBodiesReceived("I look.", "It is ", "12.", "");

        assertThat(bundle.sendTo("direct:mine", "How?", Map.of()).getException())
                .isNull();

        bundle.mock("chunks").assertIsSatisfied();
    }

    @Test
    void prompts_of_a_session_wait_for_the_last_round_of_the_one_before() throws Exception {
        java.util.concurrent.CountDownLatch released = new java.util.concurrent.CountDownLatch(1);
        java.util.concurrent.CountDownLatch begun = new java.util.concurrent.CountDownLatch(1);
        tool("slow?description=S", exchange -> {
            begun.countDown();
            released.await();
        });
        claude.whenPromptHas("toolu_1", says("Done."));
        claude.whenPromptHas("Second", says("Second."));
        claude.next(asks("I look.", "toolu_1 slow {}"));
        var first = bundle.asking("First", Map.of(ClaudeHeaders.TOOLS, "slow", ClaudeHeaders.SESSION, "s"));
        begun.await();

        var second = bundle.asking("Second", Map.of(ClaudeHeaders.SESSION, "s"));

        Bundle.until(() -> bundle.meter("claude.throttle.in.flight") == 0);
        assertThat(claude.requests()).hasSize(1);
        released.countDown();
        assertThat(first.get()).isEqualTo("Done.");
        assertThat(second.get()).isEqualTo("Second.");
        assertThat(claude.requests()).hasSize(3);
    }

    @Test
    void a_header_names_only_tools_that_the_settings_allow() {
        bundle.with("claude.agent.header-tools", "safe-*");
        tool("danger?description=D", exchange -> {});
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to("claude:messages?tools=danger");
            }
        });
        claude.next(says("Fine."));

        assertThat(bundle.failure("How?", Map.of(ClaudeHeaders.TOOLS, "danger")))
                .hasMessageContaining("claude.agent.header-tools");
        assertThat(bundle.sendTo("direct:mine", "How?", Map.of()).getException())
                .isNull();
    }

    @Test
    void a_prompt_of_a_batch_has_no_tools() {
        assertThat(Bundle.failureOf(
                        bundle.sendTo("direct:claude-batch", "How?", Map.of(ClaudeHeaders.TOOLS, "weather"))))
                .hasMessageContaining("batch");
    }
}
