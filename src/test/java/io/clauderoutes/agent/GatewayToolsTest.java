package io.clauderoutes.agent;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.messageThatAsks;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients of the gateway whose keys have tools of the bundle: they get a reply as if there were no tools. */
@Timeout(120)
class GatewayToolsTest {

    private static final String WEATHER = "toolu_1 weather {\"city\":\"Graz\"}";
    private static final String STREAMED = """
            {"stream":true,"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.gateway.ping-interval", "10m")
            .with("claude.gateway.keys.crm.key", "key-crm")
            .with("claude.gateway.keys.crm.tenant", "crm")
            .with("claude.gateway.keys.crm.tools", "weather,slow")
            .with("claude.gateway.keys.plain.key", "key-plain")
            .withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicBoolean interrupted = new AtomicBoolean();

    @BeforeEach
    void routes() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather&parameter.city=string")
                        .setBody(simple("12 degrees for ${header.CamelClaudeTenant}"));
                from("claude-tool:slow?description=Waits").process(exchange -> {
                    begun.countDown();
                    try {
                        released.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException gone) {
                        interrupted.set(true);
                        throw gone;
                    }
                });
            }
        });
    }

    private HttpRequest.Builder request(String key) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .header("x-api-key", key);
    }

    private String streamed(String key, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(key).POST(HttpRequest.BodyPublishers.ofString(STREAMED));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length()))
                .toList();
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void a_streamed_reply_is_one_valid_stream_without_the_calls() throws Exception {
        claude.next(asks("I look.", WEATHER), says("It is ", "12 degrees."));

        String body = streamed("key-crm");

        assertThat(events(body))
                .containsExactly(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        assertThat(body)
                .doesNotContain("toolu_1")
                .contains("\"index\":1")
                .contains("\"stop_reason\":\"end_turn\"")
                .contains("\"output_tokens\":24");
        assertThat(claude.prompts().get(1)).contains("12 degrees for crm");
    }

    @Test
    void the_official_library_reads_it() {
        claude.next(asks("I look.", WEATHER), says("It is ", "12 degrees."));
        MessageAccumulator accumulator = MessageAccumulator.create();

        AnthropicClient sdk = AnthropicOkHttpClient.builder()
                .baseUrl(bundle.door().toString())
                .apiKey("key-crm")
                .putHeader("x-claude-routes-tool-events", "1")
                .build();
        try (StreamResponse<RawMessageStreamEvent> stream = sdk.messages()
                .createStreaming(MessageCreateParams.builder()
                        .model("claude-sonnet-5-5")
                        .maxTokens(64)
                        .addUserMessage("How?")
                        .build())) {
            stream.stream().forEach(accumulator::accumulate);
        } finally {
            sdk.close();
        }

        Message message = accumulator.message();
        assertThat(message.content())
                .extracting(block -> block.text().orElseThrow().text())
                .containsExactly("I look.", "It is 12 degrees.");
        assertThat(message.usage().outputTokens()).isEqualTo(24);
    }

    @Test
    void a_whole_reply_is_one_message_without_the_calls() throws Exception {
        claude.next(messageThatAsks("I look.", WEATHER), message("It is 12 degrees."));

        HttpResponse<String> response = client.send(
                request("key-crm")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAMED.replace("\"stream\":true,", "")))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        JsonNode message = json(response.body());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(message.path("content").findValuesAsText("text")).containsExactly("I look.", "It is 12 degrees.");
        assertThat(message.path("stop_reason").asText()).isEqualTo("end_turn");
        assertThat(message.path("usage").path("output_tokens").asInt()).isEqualTo(24);
    }

    @Test
    void a_client_that_asks_for_them_gets_events_of_the_calls() throws Exception {
        claude.next(asks("I look.", WEATHER), says("Done."));

        String body = streamed("key-crm", "x-claude-routes-tool-events", "1");

        List<String> tools = body.lines()
                .filter(line -> line.startsWith("data: {\"type\":\"tool\""))
                .map(line -> line.substring("data: ".length()))
                .toList();
        assertThat(events(body)).filteredOn("tool"::equals).hasSize(2);
        assertThat(json(tools.get(0)).path("input").path("city").asText()).isEqualTo("Graz");
        assertThat(json(tools.get(1)).path("result").asText()).isEqualTo("12 degrees for crm");
    }

    @Test
    void a_client_cannot_choose_tools_by_headers() throws Exception {
        claude.next(says("Fine."));

        streamed("key-plain", "CamelClaudeTools", "weather", "x-claude-routes-tools", "weather");

        assertThat(json(claude.prompts().get(0)).has("tools")).isFalse();
    }

    @Test
    void a_client_that_leaves_while_a_tool_is_called_ends_the_request() throws Exception {
        claude.next(asks("I look.", "toolu_1 slow {}"));
        var response = client.sendAsync(
                request("key-crm")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAMED))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

        response.get(60, TimeUnit.SECONDS).body().close();

        Bundle.until(interrupted::get);
        Bundle.until(() -> bundle.meter("claude.requests", "result", "abandoned") == 1);
    }
}
