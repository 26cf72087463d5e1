package io.clauderoutes.agent.mcp;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tools of MCP servers in requests: a program, a server over HTTP, and what happens when either is gone. */
@Timeout(120)
class McpToolsTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    private Exchange ask(String tools) {
        return bundle.send("Read it", Map.of(ClaudeHeaders.TOOLS, tools));
    }

    private List<String> offered(int request) throws IOException {
        return json(claude.prompts().get(request)).path("tools").findValuesAsText("name");
    }

    private JsonNode result(int request) throws IOException {
        return json(claude.prompts().get(request))
                .path("messages")
                .path(2)
                .path("content")
                .path(0);
    }

    private String health() {
        return bundle.context()
                .getRegistry()
                .lookupByNameAndType("claudeHealth", HealthCheck.class)
                .call(Map.of())
                .getDetails()
                .toString();
    }

    @Nested
    class A_program {

        private void started(String... settings) {
            bundle.with(
                            "claude.mcp.files.command",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString())
                    .with(
                            "claude.mcp.files.args",
                            "-cp," + System.getProperty("java.class.path") + "," + McpChild.class.getName())
                    .with("claude.mcp.files.env.TOKEN", "t-1");
            for (int i = 0; i < settings.length; i += 2) {
                bundle.with(settings[i], settings[i + 1]);
            }
        }

        @Test
        void gives_its_tools_to_a_prompt_and_answers_calls() throws Exception {
            started();
            claude.next(asks("I read.", "toolu_1 mcp__files__read_file {\"path\":\"a.txt\"}"), says("Done."));

            assertThat(ask("mcp:files").getException()).isNull();

            assertThat(offered(0)).containsExactly("mcp__files__read_file", "mcp__files__die", "mcp__files__grow");
            assertThat(result(1).path("content").asText()).isEqualTo("read a.txt key=null token=t-1");
            assertThat(health()).contains("mcp.files=connected, 3 tools");
        }

        @Test
        void has_only_the_tools_that_settings_and_prompt_select() throws Exception {
            started("claude.mcp.files.tools", "read*,grow");
            claude.next(says("Done."));

            ask("mcp:files/read*");

            assertThat(offered(0)).containsExactly("mcp__files__read_file");
        }

        @Test
        void says_that_a_call_failed() throws Exception {
            started();
            claude.next(asks("I read.", "toolu_1 mcp__files__read_file {\"fail\":1}"), says("Done."));

            ask("mcp:files");

            assertThat(result(1).path("is_error").asBoolean()).isTrue();
        }

        @Test
        void that_ends_is_an_error_for_the_model_and_is_started_again() throws Exception {
            started("claude.mcp.files.timeout", "20s");
            claude.next(asks("I try.", "toolu_1 mcp__files__die {}"), says("Gone."));
            assertThat(ask("mcp:files").getException()).isNull();
            assertThat(result(1).path("is_error").asBoolean()).isTrue();

            claude.always(says("Fine."));
            Bundle.until(() -> {
                ask("mcp:files");
                return health().contains("mcp.files=connected");
            });
        }

        @Test
        void that_has_new_tools_tells_them() throws Exception {
            started();
            claude.next(asks("I grow.", "toolu_1 mcp__files__grow {}"), says("Done."));
            ask("mcp:files");

            Bundle.until(() -> health().contains("4 tools"));
        }

        @Test
        void ends_with_the_bundle() throws Exception {
            started();
            List<ProcessHandle> before = ProcessHandle.current().children().toList();
            claude.next(says("Fine."));
            ask("mcp:files");
            List<ProcessHandle> children = ProcessHandle.current()
                    .children()
                    .filter(child -> !before.contains(child))
                    .toList();
            assertThat(children).isNotEmpty();

            bundle.close();

            Bundle.until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Nested
    class A_server_over_http {

        @Test
        void is_called_with_the_headers_of_the_settings() throws Exception {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/mcp", http -> {
                byte[] body = http.getRequestBody().readAllBytes();
                if (!"Bearer x".equals(http.getRequestHeaders().getFirst("Authorization"))) {
                    http.sendResponseHeaders(401, -1);
                } else if (!http.getRequestMethod().equals("POST")) {
                    http.sendResponseHeaders(405, -1);
                } else {
                    Optional<byte[]> reply = McpChild.reply(new ObjectMapper().readTree(body))
                            .map(json -> json.toString().getBytes(StandardCharsets.UTF_8));
                    http.getResponseHeaders().add("content-type", "application/json");
                    http.sendResponseHeaders(
                            reply.isPresent() ? 200 : 202, reply.isPresent() ? reply.get().length : -1);
                    if (reply.isPresent()) {
                        http.getResponseBody().write(reply.get());
                    }
                }
                http.close();
            });
            server.start();
            try {
                bundle.with(
                                "claude.mcp.web.url",
                                "http://127.0.0.1:" + server.getAddress().getPort())
                        .with("claude.mcp.web.headers.Authorization", "Bearer x");
                claude.next(asks("I read.", "toolu_1 mcp__web__read_file {\"path\":\"b\"}"), says("Done."));

                assertThat(ask("mcp:web").getException()).isNull();

                assertThat(result(1).path("content").asText()).startsWith("read b");
            } finally {
                server.stop(0);
            }
        }

        @Test
        void that_cannot_be_reached_does_not_stop_the_request() throws Exception {
            bundle.with("claude.mcp.web.url", "http://127.0.0.1:" + FreePort.next())
                    .with("claude.mcp.web.timeout", "5s");
            claude.next(says("Without tools."));

            assertThat(ask("mcp:web").getException()).isNull();

            assertThat(offered(0)).isEmpty();
            assertThat(health()).contains("mcp.web=cannot be reached since");
        }

        @Test
        void that_is_required_fails_the_request_while_it_cannot_be_reached() {
            bundle.with("claude.mcp.web.url", "http://127.0.0.1:" + FreePort.next())
                    .with("claude.mcp.web.timeout", "5s")
                    .with("claude.mcp.web.required.enabled", "true");

            ClaudeException failure = Bundle.failureOf(ask("mcp:web"));

            assertThat(failure.kind()).isEqualTo(ClaudeException.Kind.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("claude.mcp.web");
        }
    }

    @Test
    void a_server_that_is_not_in_the_settings_is_refused() {
        assertThat(Bundle.failureOf(ask("mcp:nowhere"))).hasMessageContaining("claude.mcp.nowhere.url");
    }
}
