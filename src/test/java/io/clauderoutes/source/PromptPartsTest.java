package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import jakarta.activation.DataHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.attachment.AttachmentMessage;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the bodies of flows become: data is text, files are content blocks, anything else is refused by its type. */
class PromptPartsTest {

    private static final byte[] PNG = bytes("\u0089PNG\r\n\u001a\n and more \u0000\u00ff");
    private static final byte[] PDF = bytes("%PDF-1.7 and more \u0000\u00ff");

    @TempDir
    Path folder;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).with("claude.source.max-bytes", "2000");

    private static byte[] bytes(String latin) {
        return latin.getBytes(ISO_8859_1);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private JsonNode content(Object body, Map<String, ?> headers) {
        claude.next(says("Deep."));
        bundle.ask(body, headers);
        return json(claude.prompts().get(0)).path("messages").path(0).path("content");
    }

    private JsonNode content(Object body) {
        return content(body, Map.of());
    }

    private static JsonNode block(String type, String media, byte[] bytes) {
        return json("{\"type\":\"%s\",\"source\":{\"type\":\"base64\",\"media_type\":\"%s\",\"data\":\"%s\"}}"
                .formatted(type, media, Base64.getEncoder().encodeToString(bytes)));
    }

    private static JsonNode list(JsonNode... blocks) {
        return new ObjectMapper().createArrayNode().addAll(Arrays.asList(blocks));
    }

    private static JsonNode text(String text) {
        return new ObjectMapper().createObjectNode().put("type", "text").put("text", text);
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    /** An object of an application. */
    public static final class Purchase implements java.io.Serializable {
        private static final long serialVersionUID = 1;

        public String getItem() {
            return "cup";
        }
    }

    private record Line(String item, int count, LocalDate day) {}

    @Nested
    class Data {

        @Test
        void of_an_object_is_its_json() {
            assertThat(content(new Purchase()).textValue()).isEqualTo("{\"item\":\"cup\"}");
        }

        @Test
        void of_a_record_is_its_json() {
            assertThat(content(new Line("cup", 2, null)).textValue())
                    .isEqualTo("{\"item\":\"cup\",\"count\":2,\"day\":null}");
        }

        @Test
        void of_a_list_is_its_json() {
            assertThat(content(List.of(new Purchase(), "b", 3)).textValue()).isEqualTo("[{\"item\":\"cup\"},\"b\",3]");
        }

        @Test
        void of_an_array_is_its_json() {
            assertThat(content(new Object[] {"a", 1}).textValue()).isEqualTo("[\"a\",1]");
        }

        @Test
        void of_rows_is_their_json() {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("id", 1);
            row.put("name", null);

            assertThat(content(List.of(row)).textValue()).isEqualTo("[{\"id\":1,\"name\":null}]");
        }

        @Test
        void of_a_number_is_its_text() {
            assertThat(content(42L).textValue()).isEqualTo("42");
        }

        @Test
        void of_a_date_is_its_text() {
            assertThat(content(LocalDate.of(2026, 11, 29)).textValue()).isEqualTo("2026-11-29");
        }

        @Test
        void that_looks_like_a_pdf_but_is_a_text_is_a_text() {
            assertThat(content("%PDF-1.7 is how such files begin").textValue()).startsWith("%PDF");
        }
    }

    @Nested
    class An_image_or_a_pdf {

        @ParameterizedTest
        @CsvSource({
            "'\u0089PNG\r\n\u001a\n1', image, image/png",
            "'\u00ff\u00d8\u00ff1', image, image/jpeg",
            "'GIF89a', image, image/gif",
            "'RIFF1234WEBP1', image, image/webp",
            "'%PDF-1.7', document, application/pdf",
        })
        void is_known_by_its_content(String latin, String type, String media) {
            assertThat(content(bytes(latin))).isEqualTo(list(block(type, media, bytes(latin))));
        }

        static Stream<Object> forms() {
            return Stream.of(PNG, ByteBuffer.wrap(PNG), new ByteArrayInputStream(PNG));
        }

        @ParameterizedTest
        @MethodSource("forms")
        void can_be_bytes_of_any_kind(Object body) {
            assertThat(content(body)).isEqualTo(list(block("image", "image/png", PNG)));
        }

        @Test
        void can_be_a_file_whose_name_says_something_else() throws IOException {
            assertThat(content(file("scan.txt", PNG).toFile())).isEqualTo(list(block("image", "image/png", PNG)));
        }

        @Test
        void has_the_name_of_its_file_as_title() throws IOException {
            JsonNode document = content(file("Offer 1.pdf", PDF)).path(0);

            assertThat(document.path("type").asText()).isEqualTo("document");
            assertThat(document.path("title").asText()).isEqualTo("Offer 1.pdf");
        }

        @Test
        void comes_from_a_file_endpoint() throws Exception {
            file("scan.pdf", PDF);
            claude.next(says("An offer."));
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("file:" + folder + "?initialDelay=0&noop=true")
                            .to("claude:messages?system=Sum up.")
                            .to("seda:out");
                }
            });

            assertThat(bundle.received("seda:out").getMessage().getBody()).isEqualTo("An offer.");
            JsonNode asked = json(claude.prompts().get(0));
            assertThat(asked.path("system").asText()).isEqualTo("Sum up.");
            assertThat(asked.at("/messages/0/content/0/source/media_type").asText())
                    .isEqualTo("application/pdf");
        }

        @Test
        void is_refused_where_a_request_is_expected() {
            assertThat(bundle.failure(PDF, Map.of(ClaudeHeaders.FORMAT, "request")))
                    .hasMessageContaining("JSON");
        }

        @Test
        void that_is_too_long_in_base64_is_refused() {
            byte[] large = Arrays.copyOf(PDF, 1900);

            assertThat(bundle.failure(large))
                    .returns(413, ClaudeException::status)
                    .hasMessageContaining("claude.source.max-bytes=2000")
                    .hasMessageContaining("Base64");
        }

        @Test
        void that_is_too_long_is_refused_before_it_is_read() throws IOException {
            assertThat(bundle.failure(
                            file("large.pdf", Arrays.copyOf(PDF, 2001)).toFile()))
                    .returns(413, ClaudeException::status);
        }
    }

    @Nested
    class Several_parts {

        @Test
        void are_blocks_in_their_order() throws IOException {
            JsonNode content = content(List.of("What is on these?", PNG, file("a.pdf", PDF), Map.of("page", 2)));

            assertThat(content.size()).isEqualTo(4);
            assertThat(content.path(0)).isEqualTo(text("What is on these?"));
            assertThat(content.path(1)).isEqualTo(block("image", "image/png", PNG));
            assertThat(content.path(2).path("title").asText()).isEqualTo("a.pdf");
            assertThat(content.path(3)).isEqualTo(text("{\"page\":2}"));
        }

        @Test
        void can_be_text_files_too() throws IOException {
            JsonNode content = content(List.of(PNG, file("notes.md", "Gr\u00fc\u00dfe".getBytes(UTF_8))));

            assertThat(content.path(1))
                    .isEqualTo(
                            json(
                                    "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"Gr\u00fc\u00dfe\"},\"title\":\"notes.md\"}"));
        }

        @Test
        void can_be_the_exchanges_of_an_aggregation() {
            Exchange exchange = new DefaultExchange(bundle.context());
            exchange.getMessage().setBody(PNG);

            assertThat(content(List.of(exchange, "And this?")))
                    .isEqualTo(list(block("image", "image/png", PNG), text("And this?")));
        }

        @Test
        void that_are_no_text_and_no_known_type_are_refused_by_their_number() {
            assertThat(bundle.failure(List.of("What?", bytes("PK\u0003\u0004\u00ff"))))
                    .hasMessageContaining("part 2")
                    .hasMessageContaining("PDF");
        }
    }

    @Nested
    class Attachments {

        private Exchange send(String uri, Object body, Map<String, DataHandler> attachments) {
            bundle.context();
            return bundle.context().createProducerTemplate().request(uri, exchange -> {
                exchange.getMessage().setBody(body);
                AttachmentMessage message = exchange.getMessage(AttachmentMessage.class);
                attachments.forEach(message::addAttachment);
            });
        }

        private static DataHandler handler(byte[] bytes, String type) {
            return new DataHandler(new jakarta.activation.DataSource() {
                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(bytes);
                }

                @Override
                public OutputStream getOutputStream() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public String getContentType() {
                    return type;
                }

                @Override
                public String getName() {
                    return null;
                }
            });
        }

        @ParameterizedTest
        @CsvSource({"direct:claude", "claude:messages"})
        void come_before_the_text_of_the_mail(String uri) {
            claude.next(says("An offer."));
            Map<String, DataHandler> attachments = new LinkedHashMap<>();
            attachments.put("offer.pdf", handler(PDF, "application/octet-stream"));
            attachments.put(
                    "notes.txt", handler("Gr\u00fc\u00dfe".getBytes(ISO_8859_1), "text/plain; charset=iso-8859-1"));

            assertThat(send(uri, "What is offered?", attachments).getException())
                    .isNull();

            JsonNode content =
                    json(claude.prompts().get(0)).path("messages").path(0).path("content");
            assertThat(content.size()).isEqualTo(3);
            assertThat(content.path(0).path("title").asText()).isEqualTo("offer.pdf");
            assertThat(content.path(1).path("source").path("data").asText()).isEqualTo("Gr\u00fc\u00dfe");
            assertThat(content.path(2)).isEqualTo(text("What is offered?"));
        }

        @Test
        void are_a_prompt_without_a_text() {
            claude.next(says("An offer."));

            assertThat(send("direct:claude", null, Map.of("a", handler(PNG, "x/y")))
                            .getException())
                    .isNull();
            assertThat(json(claude.prompts().get(0)).path("messages").path(0).path("content"))
                    .isEqualTo(list(block("image", "image/png", PNG)));
        }

        @Test
        void do_not_change_a_messages_request() {
            claude.next(says("Deep."));
            String request = "{\"model\":\"m\",\"max_tokens\":5,\"stream\":true,\"messages\":[]}";

            assertThat(send("direct:claude", request, Map.of("a", handler(PNG, "x/y")))
                            .getException())
                    .isNull();
            assertThat(claude.prompts().get(0)).isEqualTo(request);
        }

        @Test
        void that_cannot_be_sent_are_refused() {
            Exchange sent = send("direct:claude", "What?", Map.of("a.zip", handler(bytes("PK\u00ff"), "x/y")));

            assertThat(Bundle.failureOf(sent)).hasMessageContaining("Remove or convert");
        }
    }

    static Stream<Object> others() {
        Iterator<String> iterator = List.of("a").iterator();
        return Stream.of(
                new Object(),
                Optional.of("a"),
                iterator,
                Stream.of("a"),
                new IllegalStateException("a"),
                Thread.currentThread(),
                String.class,
                (Runnable) () -> {});
    }

    @ParameterizedTest
    @MethodSource("others")
    void anything_else_is_refused_by_its_type_with_the_remedy(Object body) {
        assertThat(bundle.failure(body))
                .isInstanceOf(ClaudeException.Rejected.class)
                .returns(400, ClaudeException::status)
                .hasMessageContaining(body.getClass().getName())
                .hasMessageContaining("Convert the body before");
    }

    @Test
    void bytes_that_are_neither_text_nor_of_a_known_type_are_refused_with_the_types() {
        assertThat(bundle.failure(bytes("PK\u0003\u0004\u00ff"))).hasMessageContaining("PNG, JPEG, GIF, WebP and PDF");
    }
}
