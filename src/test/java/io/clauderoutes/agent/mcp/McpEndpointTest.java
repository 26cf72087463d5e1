package io.clauderoutes.agent.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Routes of tools offered to MCP clients at a path of the gateway. */
@Timeout(120)
class McpEndpointTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.gateway.mcp.enabled", "true")
            .with("claude.gateway.keys.crm.key", "key-crm")
            .with("claude.gateway.keys.crm.tenant", "crm")
            .with("claude.gateway.keys.few.key", "key-few")
            .with("claude.gateway.keys.few.mcp.tools", "time")
            .withHttpDoor();

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void routes() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather&parameter.city=string")
                        .setBody(simple("12 degrees in ${header.city} for ${header.CamelClaudeTenant}"));
                from("claude-tool:time?description=Time").throwException(new IllegalStateException("no clock"));
            }
        });
    }

    private McpSyncClient client(String key) {
        McpSyncClient client = McpClient.sync(
                        HttpClientStreamableHttpTransport.builder(bundle.door().toString())
                                .endpoint("/mcp")
                                .addHttpRequestCustomizer(
                                        (request, method, uri, body, context) -> request.setHeader("x-api-key", key))
                                .build())
                .requestTimeout(Duration.ofSeconds(20))
                .build();
        client.initialize();
        return client;
    }

    @Test
    void the_official_library_lists_and_calls_them() {
        try (McpSyncClient client = client("key-crm")) {
            client.ping();

            assertThat(client.listTools().tools())
                    .extracting(McpSchema.Tool::name)
                    .containsExactly("time", "weather");
            McpSchema.CallToolResult result = client.callTool(McpSchema.CallToolRequest.builder("weather")
                    .arguments(Map.of("city", "Graz"))
                    .build());

            assertThat(result.isError()).isFalse();
            assertThat(((McpSchema.TextContent) result.content().get(0)).text())
                    .isEqualTo("12 degrees in Graz for crm");
        }
    }

    @Test
    void a_failure_is_a_result() {
        try (McpSyncClient client = client("key-few")) {
            McpSchema.CallToolResult result =
                    client.callTool(McpSchema.CallToolRequest.builder("time").build());

            assertThat(result.isError()).isTrue();
            assertThat(((McpSchema.TextContent) result.content().get(0)).text()).contains("no clock");
        }
    }

    @Test
    void a_key_has_its_own_tools() {
        try (McpSyncClient client = client("key-few")) {
            assertThat(client.listTools().tools())
                    .extracting(McpSchema.Tool::name)
                    .containsExactly("time");
            assertThatThrownBy(() -> client.callTool(
                            McpSchema.CallToolRequest.builder("weather").build()))
                    .hasMessageContaining("there is no tool of this name");
        }
    }

    private HttpResponse<String> sent(String method, String key, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(bundle.door() + "/mcp"))
                        .header("x-api-key", key)
                        .header("content-type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | -32700",
                "[] | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1} | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"} | -32601",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"none\"}} | -32602",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"time\",\"arguments\":[]}} | -32602",
            })
    void junk_is_an_error_of_the_protocol(String body, int code) throws Exception {
        JsonNode answer =
                new ObjectMapper().readTree(sent("POST", "key-crm", body).body());

        assertThat(answer.path("error").path("code").asInt()).isEqualTo(code);
    }

    @Test
    void a_notification_is_accepted() throws Exception {
        HttpResponse<String> response =
                sent("POST", "key-crm", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

        assertThat(response.statusCode()).isEqualTo(202);
    }

    @Test
    void there_is_no_stream_of_the_server() throws Exception {
        assertThat(sent("GET", "key-crm", "").statusCode()).isEqualTo(405);
    }

    @Test
    void a_client_needs_a_key() throws Exception {
        assertThat(sent("POST", "wrong", "{}").statusCode()).isEqualTo(401);
    }

    @Test
    void a_huge_body_is_refused() throws Exception {
        assertThat(sent("POST", "key-crm", "x".repeat(2_000_000)).statusCode()).isEqualTo(413);
    }

    @Test
    void it_is_off_by_default() throws Exception {
        bundle.close();
        Bundle other = Bundle.callingPlainly(claude).withHttpDoor();
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(other.door() + "/mcp"))
                            .POST(HttpRequest.BodyPublishers.ofString("{}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(List.of(404, 405)).contains(response.statusCode());
        } finally {
            other.close();
        }
    }
}
