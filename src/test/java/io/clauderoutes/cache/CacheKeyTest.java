package io.clauderoutes.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheKeyTest {

    private static final String REQUEST =
            "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";

    private final CacheKey keys = new CacheKey(new MessageJson());

    private static Prompt prompt(String json, String tenant, Map<String, String> headers) {
        return new Prompt(
                "id",
                new MessagesRequest(Frame.of(json), "m", 9, false),
                new Prompt.Options(
                        tenant, Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                headers);
    }

    private String key(String json) {
        return keys.of(prompt(json, "tenant", Map.of()), "policy");
    }

    private String key(Map<String, String> headers) {
        return keys.of(prompt(REQUEST, "tenant", headers), "policy");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":[{\"content\":\"How deep?\",\"role\":\"user\"}],\"max_tokens\":9,\"model\":\"m\"}",
                "{ \"model\": \"m\", \"max_tokens\": 9, \"messages\": [ {\"role\": \"user\", \"content\": \"How deep?\"} ] }",
                "{\"model\":\"\\u006d\",\"max_tokens\":9,\"stream\":true,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"How d\\u0065ep?\"}]}"
            })
    void two_ways_to_write_a_request_have_one_key(String sameRequest) {
        assertThat(key(sameRequest)).isEqualTo(key(REQUEST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"m\",\"max_tokens\":9.0,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}",
                "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"How deep??\"}]}",
                "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\",\"stream\":true}]}",
                "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}],\"top_k\":1}"
            })
    void another_request_has_another_key(String other) {
        assertThat(key(other)).isNotEqualTo(key(REQUEST));
    }

    @Test
    void another_tenant_or_redaction_has_another_key() {
        String otherTenant = keys.of(prompt(REQUEST, "other", Map.of()), "policy");
        String otherRedaction = keys.of(prompt(REQUEST, "tenant", Map.of()), "other");

        assertThat(List.of(otherTenant, otherRedaction, key(REQUEST))).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-request-id", "traceparent", "user-agent", "x-app", "x-stainless-os"})
    void headers_that_only_tell_who_asks_do_not_count(String name) {
        assertThat(key(Map.of(name, "1"))).isEqualTo(key(Map.of()));
    }

    @Test
    void wire_headers_count_and_their_order_does_not() {
        Map<String, String> one = new LinkedHashMap<>();
        one.put("anthropic-version", "1");
        one.put("anthropic-beta", "2");
        one.put("x-more", "3");
        Map<String, String> same = new LinkedHashMap<>();
        same.put("x-more", "3");
        same.put("anthropic-beta", "2");
        same.put("anthropic-version", "1");

        assertThat(key(one)).isEqualTo(key(same));
        assertThat(List.of(
                        key(one),
                        key(Map.of("anthropic-version", "1")),
                        key(Map.of("anthropic-version", "2")),
                        key(Map.of("anthropic-beta", "1")),
                        key(Map.of())))
                .doesNotHaveDuplicates();
    }
}
