package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same content means the same, whatever type a route gives a body or a header. */
class BodyFormsTest {

    private static final String REQUEST = "{\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]%s}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    enum Form {
        TEXT {
            @Override
            Object of(String text) {
                return text;
            }
        },
        BYTES {
            @Override
            Object of(String text) {
                return text.getBytes(UTF_8);
            }
        },
        BUFFER {
            @Override
            Object of(String text) {
                return ByteBuffer.wrap(text.getBytes(UTF_8));
            }
        },
        STREAM {
            @Override
            Object of(String text) {
                return new ByteArrayInputStream(text.getBytes(UTF_8));
            }
        },
        READER {
            @Override
            Object of(String text) {
                return new StringReader(text);
            }
        };

        abstract Object of(String text);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private JsonNode asked(Object body, Map<String, ?> headers) {
        claude.next(says("Deep."));
        bundle.ask(body, headers);
        return json(claude.prompts().get(0));
    }

    private static String prompt(JsonNode asked) {
        return asked.path("messages").path(0).path("content").asText();
    }

    @Nested
    class A_system_prompt {

        private static Object body(String form, String more) {
            String request = REQUEST.formatted(more);
            return switch (form) {
                case "text" -> "How deep?";
                case "json" -> request;
                case "bytes" -> request.getBytes(UTF_8);
                case "tree" -> json(request);
                default -> new ObjectMapper().convertValue(json(request), Map.class);
            };
        }

        @ParameterizedTest
        @ValueSource(strings = {"text", "json", "bytes", "tree", "map"})
        void of_the_settings_holds_for_every_body(String form) {
            bundle.with("claude.source.system", "Be brief.");

            assertThat(asked(body(form, ""), Map.of()).path("system").asText()).isEqualTo("Be brief.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"text", "json", "bytes", "tree", "map"})
        void of_a_header_holds_for_every_body(String form) {
            bundle.with("claude.source.system", "Be brief.");

            assertThat(asked(body(form, ",\"system\":null"), Map.of(ClaudeHeaders.SYSTEM, "Sing."))
                            .path("system")
                            .asText())
                    .isEqualTo("Sing.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"json", "bytes", "tree", "map"})
        void of_the_request_wins(String form) {
            bundle.with("claude.source.system", "Be brief.");

            assertThat(asked(body(form, ",\"system\":\"Its own.\""), Map.of(ClaudeHeaders.SYSTEM, "Sing."))
                            .path("system")
                            .asText())
                    .isEqualTo("Its own.");
        }
    }

    @Nested
    class A_json_document_without_messages {

        @ParameterizedTest
        @EnumSource(Form.class)
        void is_a_text(Form form) {
            String document = "{\"question\": \"How deep?\", \"model\": 7}";

            assertThat(prompt(asked(form.of(document), Map.of()))).isEqualTo(document);
        }

        @Test
        void is_a_text_as_a_map_too() {
            assertThat(prompt(asked(Map.of("question", "How deep?"), Map.of())))
                    .isEqualTo("{\"question\":\"How deep?\"}");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "{\"question\":\"How deep?\"} | {\"question\":\"How deep?\"}",
                    "[\"How deep?\"] | [\"How deep?\"]",
                    "\"How deep?\" | How deep?"
                })
        void is_a_text_as_a_tree_too(String document, String text) {
            assertThat(prompt(asked(json(document), Map.of()))).isEqualTo(text);
        }

        @Test
        void can_be_followed_by_another() {
            String lines = "{\"a\":1}\n{\"b\":2}\n";

            assertThat(prompt(asked(lines, Map.of()))).isEqualTo(lines);
        }

        @Test
        void is_refused_where_requests_are_expected() {
            assertThat(bundle.failure("{\"question\":1}", Map.of(ClaudeHeaders.FORMAT, "json")))
                    .hasMessageContaining("messages");
        }
    }

    @Nested
    class A_byte_order_mark {

        @ParameterizedTest
        @EnumSource(Form.class)
        void is_no_part_of_a_text(Form form) {
            assertThat(prompt(asked(form.of("\uFEFFHow deep?"), Map.of()))).isEqualTo("How deep?");
        }

        @ParameterizedTest
        @EnumSource(Form.class)
        void is_no_part_of_a_request(Form form) {
            JsonNode asked = asked(form.of("\uFEFF" + REQUEST.formatted(",\"model\":\"claude-mine\"")), Map.of());

            assertThat(asked.path("model").asText()).isEqualTo("claude-mine");
        }

        @Test
        void alone_is_no_prompt() {
            assertThat(bundle.failure("\uFEFF")).hasMessageContaining("empty");
        }

        @Test
        void is_no_part_of_a_header() {
            JsonNode asked = asked("How deep?", Map.of(ClaudeHeaders.SYSTEM, "\uFEFFBe brief.".getBytes(UTF_8)));

            assertThat(asked.path("system").asText()).isEqualTo("Be brief.");
        }
    }

    @Nested
    class A_header {

        @Test
        void as_bytes_is_the_text_of_the_bytes() {
            JsonNode asked = asked(
                    "How deep?",
                    Map.of(
                            ClaudeHeaders.SYSTEM,
                            "R\u00e9ponds.".getBytes(UTF_8),
                            ClaudeHeaders.MODEL,
                            ByteBuffer.wrap("claude-mine".getBytes(UTF_8)),
                            ClaudeHeaders.MAX_TOKENS,
                            "77".getBytes(UTF_8),
                            ClaudeHeaders.STREAM,
                            "false".getBytes(UTF_8)));

            assertThat(asked.path("system").asText()).isEqualTo("R\u00e9ponds.");
            assertThat(asked.path("model").asText()).isEqualTo("claude-mine");
            assertThat(asked.path("max_tokens").asInt()).isEqualTo(77);
            assertThat(asked.has("stream")).isFalse();
        }

        @Test
        void can_be_a_number_a_boolean_a_constant_or_an_id() {
            JsonNode asked = asked(
                    "How deep?",
                    Map.of(
                            ClaudeHeaders.MAX_TOKENS,
                            77L,
                            ClaudeHeaders.STREAM,
                            false,
                            ClaudeHeaders.CACHE,
                            CacheUse.BYPASS,
                            ClaudeHeaders.SESSION,
                            UUID.randomUUID(),
                            ClaudeHeaders.SYSTEM,
                            java.nio.CharBuffer.wrap("Be brief.")));

            assertThat(asked.path("max_tokens").asInt()).isEqualTo(77);
            assertThat(asked.path("system").asText()).isEqualTo("Be brief.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    ClaudeHeaders.SYSTEM,
                    ClaudeHeaders.MODEL,
                    ClaudeHeaders.TENANT,
                    ClaudeHeaders.SESSION,
                    ClaudeHeaders.SINKS,
                    ClaudeHeaders.MAX_TOKENS,
                    ClaudeHeaders.FORMAT
                })
        void of_another_type_is_refused_by_its_name_and_type(String header) {
            ClaudeException failure = bundle.failure("How deep?", Map.of(header, Map.of("secret", 1)));

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .returns(400, ClaudeException::status)
                    .hasMessageContaining(header)
                    .hasMessageContaining("ImmutableCollections")
                    .hasMessageNotContaining("secret");
        }

        @Test
        void whose_bytes_are_not_text_is_refused_by_its_name() {
            ClaudeException failure =
                    bundle.failure("How deep?", Map.of(ClaudeHeaders.SYSTEM, "gr\u00fcn".getBytes(ISO_8859_1)));

            assertThat(failure).hasMessageContaining(ClaudeHeaders.SYSTEM).hasMessageContaining("UTF-8");
        }
    }
}
