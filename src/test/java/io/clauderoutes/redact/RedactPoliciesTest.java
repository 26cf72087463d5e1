package io.clauderoutes.redact;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A key of the gateway and a source may choose how their text is redacted. */
@Timeout(120)
class RedactPoliciesTest {

    private static final String ANSWER = "Card 4111 1111 1111 1111, mail a@example.org, EMP-123456";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.redact.enabled", "true")
            .with("claude.redact.policies.strict.prompts.enabled", "true")
            .with("claude.redact.policies.strict.email.enabled", "true")
            .with("claude.redact.policies.strict.patterns.employee.pattern", "EMP-[0-9]{6}")
            .with("claude.redact.policies.off.enabled", "false")
            .with("claude.gateway.keys.plain.key", "key-plain")
            .with("claude.gateway.keys.strict.key", "key-strict")
            .with("claude.gateway.keys.strict.redact-policy", "strict")
            .with("claude.gateway.keys.off.key", "key-off")
            .with("claude.gateway.keys.off.redact-policy", "off")
            .with("claude.sources.inbox.uri", "direct:inbox")
            .with("claude.sources.inbox.redact-policy", "strict")
            .withHttpDoor();

    private String answer(String key) throws Exception {
        String asked =
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"b@example.org\"}]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("x-api-key", key)
                .POST(HttpRequest.BodyPublishers.ofString(asked))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void each_key_gets_what_its_policy_leaves() throws Exception {
        claude.always(message(ANSWER));

        assertThat(answer("key-plain")).contains("Card [REDACTED], mail a@example.org, EMP-123456");
        assertThat(answer("key-strict")).contains("Card [REDACTED], mail [EMAIL], [REDACTED]");
        assertThat(answer("key-off")).contains(ANSWER);
    }

    @Test
    void a_prompt_is_redacted_by_the_policy_of_its_key() throws Exception {
        claude.always(message(ANSWER));

        answer("key-plain");
        answer("key-strict");

        assertThat(claude.requests().get(0).body()).contains("b@example.org");
        assertThat(claude.requests().get(1).body()).contains("[EMAIL]").doesNotContain("b@example.org");
    }

    @Test
    void an_error_is_redacted_by_the_policy_of_its_key() throws Exception {
        claude.always(status(
                400,
                "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"" + ANSWER + "\"}}"));

        assertThat(answer("key-plain")).contains("Card [REDACTED], mail a@example.org, EMP-123456");
        assertThat(answer("key-strict")).contains("Card [REDACTED], mail [EMAIL], [REDACTED]");
    }

    @Test
    void a_text_is_redacted_by_the_policy_that_the_kamelet_names() {
        assertThat(text("kamelet:claude-redact-action?policy=strict"))
                .isEqualTo("Card [REDACTED], mail [EMAIL], [REDACTED]");
        assertThat(text("kamelet:claude-redact-action")).isEqualTo("Card [REDACTED], mail a@example.org, EMP-123456");
        assertThat(bundle.sendTo("kamelet:claude-redact-action?policy=gone", ANSWER, Map.of())
                        .getException())
                .hasMessageContaining("claude.redact.policies.gone");
    }

    private String text(String uri) {
        return bundle.sendTo(uri, ANSWER, Map.of()).getMessage().getBody(String.class);
    }

    @Test
    void a_mistake_in_a_pattern_is_told_by_the_name_of_its_policy() {
        bundle.with("claude.redact.policies.strict.patterns.employee.pattern", "EMP-[");

        assertThat(bundle.refusal())
                .hasStackTraceContaining("claude.redact.policies.strict.patterns.employee.pattern must be a regular");
    }
}
