package io.clauderoutes.component;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code claude:batch}, {@code claude:redact} and {@code claude:tokens} in routes. */
class OtherOperationsTest {

    private static final String CARD = "4111 1111 1111 1111";

    @TempDir
    static Path data;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.data", data.toString())
            .with("claude.redact.policies.mild.card.enabled", "false")
            .with("claude.sinks.late.uri", "seda:late");

    private Exchange send(String uri, Object body, Map<String, ?> headers) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to(uri);
            }
        });
        return bundle.sendTo("direct:mine", body, headers);
    }

    @Nested
    class Redact {

        @Test
        void replaces_personal_data_in_the_body() throws Exception {
            Exchange sent = send("claude:redact", "Paid with " + CARD, Map.of("mine", 1));

            assertThat(sent.getMessage().getBody()).isEqualTo("Paid with [REDACTED]");
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1));
        }

        @Test
        void takes_a_policy_from_the_header_before_the_option() throws Exception {
            assertThat(send("claude:redact?policy=mild", CARD, Map.of())
                            .getMessage()
                            .getBody())
                    .isEqualTo(CARD);
        }

        @Test
        void leaves_a_message_without_a_body() throws Exception {
            assertThat(send("claude:redact", null, Map.of()).getException()).isNull();
        }
    }

    @Nested
    class Tokens {

        @Test
        void are_counted_for_what_would_be_sent() throws Exception {
            claude.next(status(200, "{\"input_tokens\":14}"));

            Exchange sent =
                    send("claude:tokens?model=claude-mine&system=Sing.&betas=b-1", "How deep?", Map.of("mine", 1));

            assertThat(sent.getException()).isNull();
            assertThat(sent.getMessage().getBody()).isEqualTo(14L);
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1, ClaudeHeaders.INPUT_TOKENS, 14L));
            assertThat(claude.requests().get(0).line()).startsWith("POST /v1/messages/count_tokens ");
            assertThat(claude.requests().get(0).headers()).containsEntry("anthropic-beta", "b-1");
            assertThat(new ObjectMapper().readTree(claude.prompts().get(0)))
                    .isEqualTo(
                            new ObjectMapper()
                                    .readTree(
                                            "{\"model\":\"claude-mine\",\"system\":\"Sing.\",\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}"));
        }

        @Test
        void can_be_put_into_a_variable_beside_the_prompt() throws Exception {
            claude.next(status(200, "{\"input_tokens\":14}"));
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:counted").toV("claude:tokens", null, "count").setHeader("count", variable("count"));
                }
            });

            Exchange sent = bundle.sendTo("direct:counted", "How deep?", Map.of());

            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeader("count")).isEqualTo(14L);
        }

        @Test
        void that_are_not_counted_leave_the_message() throws Exception {
            claude.next(error(429, "rate_limit_error"));

            Exchange sent = send("claude:tokens", "How deep?", Map.of("mine", 1));

            assertThat(Bundle.failureOf(sent)).isInstanceOf(ClaudeException.RateLimited.class);
            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1));
        }
    }

    @Nested
    class Batch {

        @Test
        void keeps_the_prompt_and_leaves_the_message_with_its_id() throws Exception {
            Exchange sent = send("claude:batch?sinks=late&model=claude-mine", "How deep?", Map.of("mine", 1));

            assertThat(sent.getException()).isNull();
            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeaders()).containsOnlyKeys("mine", ClaudeHeaders.PROMPT_ID);
        }

        @Test
        void without_sinks_is_refused_and_leaves_the_message() throws Exception {
            Exchange sent = send("claude:batch", "How deep?", Map.of("mine", 1));

            assertThat(Bundle.failureOf(sent)).hasMessageContaining(ClaudeHeaders.SINKS);
            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1));
        }
    }
}
