package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key and a tenant may ask for, and clients' own names for models. */
@Timeout(120)
class RequestLimitsTest {

    private static final String FIELDS =
            "\"model\":\"claude-haiku-5-5\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.gateway.keys.one.key", "key-one")
            .with("claude.gateway.keys.one.limits", "small")
            .with("claude.gateway.keys.two.key", "key-two")
            .with("claude.limits.small.models", "claude-haiku-*,claude-sonnet-5")
            .with("claude.limits.small.max-tokens", "100")
            .with("claude.limits.small.max-thinking-tokens", "2000")
            .with("claude.limits.small.server-tools", "web_search_*")
            .with("claude.limits.small.betas", "context-1m-*")
            .with("claude.limits.small.mcp-servers.enabled", "false")
            .with("claude.limits.small.containers.enabled", "false")
            .with("claude.limits.small.files.enabled", "false")
            .withHttpDoor();

    private HttpResponse<String> asked(String key, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .header("x-api-key", key)
                .POST(BodyPublishers.ofString(body));
        return HttpClient.newHttpClient()
                .send(
                        headers.length == 0
                                ? request.build()
                                : request.headers(headers).build(),
                        BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"model\":\"claude-opus-5\"|claude.limits.small.models",
                "\"model\":\"claude-sonnet-5-5\"|claude.limits.small.models",
                "\"max_tokens\":101|claude.limits.small.max-tokens=100",
                "\"max_tokens\":1e9|claude.limits.small.max-tokens=100",
                "\"max_tokens\":100.5|claude.limits.small.max-tokens=100",
                "\"max_tokens\":\"101\"|claude.limits.small.max-tokens=100",
                "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2001}|claude.limits.small.max-thinking-tokens=2000",
                "\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"c\"}]|claude.limits.small.server-tools",
                "\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://m\",\"name\":\"m\"}]|claude.limits.small.mcp-servers",
                "\"container\":\"c1\"|claude.limits.small.containers",
                "\"system\":[{\"type\":\"document\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]|claude.limits.small.files"
            })
    void a_request_beyond_a_limit_of_its_key_is_refused_by_the_name_of_the_limit(String field, String limit)
            throws Exception {
        for (String body : new String[] {"{" + field + "," + FIELDS + "}", "{" + FIELDS + "," + field + "}"}) {
            HttpResponse<String> refused = asked("key-one", body);

            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("permission_error", limit);
        }
    }

    @Test
    void a_beta_that_is_not_allowed_is_refused() throws Exception {
        assertThat(asked("key-one", "{" + FIELDS + "}", "anthropic-beta", "context-1m-2025-08-07,files-api-2025-04-14")
                        .body())
                .contains("files-api-2025-04-14", "claude.limits.small.betas");
    }

    @Test
    void what_is_within_the_limits_and_what_has_none_is_served() throws Exception {
        claude.always(message("Deep."));

        assertThat(asked(
                                "key-one",
                                "{\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"w\"},{\"name\":\"mine\"}],"
                                        + FIELDS + "}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(asked("key-two", "{\"container\":\"c1\"," + FIELDS + "}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void limits_of_a_tenant_hold_for_every_source() {
        bundle.with("claude.limits.small.tenants", "guests");
        claude.always(message("Deep."));

        assertThat(bundle.failure(
                        "How deep?",
                        Map.of(
                                ClaudeHeaders.TENANT,
                                "guests",
                                ClaudeHeaders.MODEL,
                                "claude-haiku-5-5",
                                ClaudeHeaders.MAX_TOKENS,
                                101)))
                .hasMessageContaining("claude.limits.small.max-tokens=100");
        assertThat(bundle.ask("How deep?", Map.of(ClaudeHeaders.MAX_TOKENS, 101)))
                .isEqualTo("Deep.");
    }

    @Test
    void a_name_of_clients_own_stands_for_a_model_and_all_else_goes_on_byte_for_byte() throws Exception {
        bundle.with("claude.gateway.models.fast", "claude-haiku-5-5").with("claude.gateway.models.gpt-4.1", "claude-x");
        claude.always(message("Deep."));

        asked("key-two", "{ \"a\":{\"model\":\"fast\"}, \"model\" : \"fast\",\"max_tokens\":1,\"messages\":[] }");
        asked("key-two", "{\"model\":\"gpt-4.1\",\"max_tokens\":1,\"messages\":[]}");

        assertThat(claude.prompts())
                .containsExactly(
                        "{ \"a\":{\"model\":\"fast\"}, \"model\" : \"claude-haiku-5-5\",\"max_tokens\":1,\"messages\":[] }",
                        "{\"model\":\"claude-x\",\"max_tokens\":1,\"messages\":[]}");
    }
}
