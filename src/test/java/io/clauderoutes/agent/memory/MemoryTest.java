package io.clauderoutes.agent.memory;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.messageThatStopped;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.status;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.store.SqliteFile;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts with the history of their session. */
class MemoryTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path data;

    private Bundle bundle;

    private Bundle bundle() {
        if (bundle == null) {
            bundle = fresh();
        }
        return bundle;
    }

    private Bundle fresh() {
        return Bundle.calling(claude)
                .with("claude.data", data.toString())
                .with("claude.redact.enabled", "false")
                .with("claude.cache.enabled", "false");
    }

    @org.junit.jupiter.api.AfterEach
    void close() {
        if (bundle != null) {
            bundle.close();
        }
    }

    private static Map<String, Object> session(String name) {
        return Map.of(ClaudeHeaders.MEMORY, true, ClaudeHeaders.SESSION, name);
    }

    private static Map<String, Object> with(Map<String, Object> headers, String name, Object value) {
        Map<String, Object> more = new HashMap<>(headers);
        more.put(name, value);
        return more;
    }

    private String ask(String prompt, Map<String, Object> headers, String reply) {
        claude.next(says(reply));
        return bundle().ask(prompt, headers);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    /** The messages of the latest request, each as role and text. */
    private List<String> sent() {
        List<String> sent = new ArrayList<>();
        JsonNode request = json(claude.prompts().get(claude.prompts().size() - 1));
        request.path("messages").forEach(message -> {
            JsonNode content = message.path("content");
            StringBuilder text = new StringBuilder(content.isTextual() ? content.asText() : "");
            content.forEach(block -> text.append(text.isEmpty() ? "" : "|")
                    .append(
                            block.path("type").asText().equals("text")
                                    ? block.path("text").asText()
                                    : block.path("type").asText()));
            sent.add(message.path("role").asText() + ": " + text);
        });
        return sent;
    }

    @Nested
    class A_session {

        @Test
        void is_sent_with_its_next_prompt() {
            ask("I am Ada.", session("s"), "Hello Ada.");
            ask("Who am I?", session("s"), "Ada.");
            ask("Sure?", session("s"), "Yes.");

            assertThat(sent())
                    .containsExactly(
                            "user: I am Ada.",
                            "assistant: Hello Ada.",
                            "user: Who am I?",
                            "assistant: Ada.",
                            "user: Sure?");
        }

        @Test
        void outlives_the_bundle() {
            ask("I am Ada.", session("s"), "Hello Ada.");
            bundle.close();
            bundle = fresh();
            ask("Who am I?", session("s"), "Ada.");

            assertThat(sent()).hasSize(3).startsWith("user: I am Ada.");
        }

        @Test
        void is_not_that_of_another_tenant_or_name() {
            ask("I am Ada.", with(session("s"), ClaudeHeaders.TENANT, "t"), "Hello.");
            ask("Who?", with(session("s"), ClaudeHeaders.TENANT, "u"), "?");
            assertThat(sent()).hasSize(1);
            ask("Who?", session("s"), "?");
            assertThat(sent()).hasSize(1);
            ask("Who?", with(session("1:s"), ClaudeHeaders.TENANT, ""), "?");
            assertThat(sent()).hasSize(1);
            ask("Who?", with(session("S"), ClaudeHeaders.TENANT, "t"), "?");
            assertThat(sent()).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "'; DROP TABLE memory_turn; --",
                    "../../etc/passwd",
                    "%",
                    "_",
                    "\u0000x",
                    "\ud83d\ude00",
                    "a\nb"
                })
        void can_have_any_name(String name) {
            ask("I am Ada.", session("x" + name), "Hello.");
            ask("Who?", session("x" + name), "Ada.");

            assertThat(sent()).hasSize(3);
        }

        @Test
        void with_a_long_name_is_one_too() {
            ask("I am Ada.", session("x".repeat(100_000)), "Hello.");
            ask("Who?", session("x".repeat(100_000)), "Ada.");

            assertThat(sent()).hasSize(3);
        }

        @Test
        void can_be_an_option_of_a_route() throws Exception {
            bundle().context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine").to("claude:messages?memory=true&session=one");
                }
            });
            claude.next(says("Hello."), says("Ada."));
            bundle.sendTo("direct:mine", "I am Ada.", Map.of());
            bundle.sendTo("direct:mine", "Who?", Map.of());

            assertThat(sent()).hasSize(3);
        }

        @Test
        void without_a_name_is_refused_by_the_name_of_the_option() {
            assertThat(bundle().failure("Who?", Map.of(ClaudeHeaders.MEMORY, true)))
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .hasMessageContaining("memory=true needs a session")
                    .hasMessageContaining("CamelClaudeSession");
        }

        @Test
        void begins_anew_with_the_header() {
            ask("I am Ada.", session("s"), "Hello.");
            ask("Who?", with(session("s"), ClaudeHeaders.MEMORY_CLEAR, true), "?");
            assertThat(sent()).containsExactly("user: Who?");
            ask("And now?", session("s"), "!");

            assertThat(sent()).containsExactly("user: Who?", "assistant: ?", "user: And now?");
        }

        @Test
        void without_memory_creates_no_file() throws IOException {
            claude.next(says("Hello."));
            bundle().ask("I am Ada.", Map.of(ClaudeHeaders.SESSION, "s"));

            try (var files = Files.list(data)) {
                assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("memory"));
            }
        }

        @Test
        void is_in_a_file_that_only_its_user_can_read() throws IOException {
            ask("I am Ada.", session("s"), "Hello.");

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("memory.db"))))
                    .isEqualTo("rw-------");
        }

        @Test
        void of_a_stream_is_stored_too() throws Exception {
            bundle().context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .to("claude:messages?memory=true&session=one&streaming=true")
                            .split(body())
                            .streaming()
                            .to("mock:chunks");
                }
            });
            claude.next(says("Hel", "lo."), says("Ada."));
            bundle.sendTo("direct:mine", "I am Ada.", Map.of());
            bundle.sendTo("direct:mine", "Who?", Map.of());

            assertThat(sent()).containsExactly("user: I am Ada.", "assistant: Hello.", "user: Who?");
        }

        @Test
        void has_two_requests_at_once_in_their_order() throws Exception {
            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            claude.next(
                    stream()
                            .start()
                            .text("One.")
                            .tell(arrived)
                            .waitFor(released)
                            .stop(),
                    says("Two."));

            Future<String> first = bundle().asking("First", session("s"));
            assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
            Future<String> second = bundle().asking("Second", session("s"));
            released.countDown();

            assertThat(first.get()).isEqualTo("One.");
            assertThat(second.get()).isEqualTo("Two.");
            assertThat(sent()).containsExactly("user: First", "assistant: One.", "user: Second");
        }

        @Test
        void loses_no_turn_of_many_at_once() throws Exception {
            claude.always(says("Yes."));
            List<Future<String>> asked = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                asked.add(bundle().asking("Prompt " + i, session("s")));
            }
            for (Future<String> one : asked) {
                one.get();
            }
            bundle().ask("Last", session("s"));

            assertThat(sent()).hasSize(31);
            for (int i = 0; i < 30; i++) {
                assertThat(sent().get(i)).startsWith(i % 2 == 0 ? "user: Prompt" : "assistant: Yes.");
            }
        }
    }

    @Nested
    class A_turn {

        @Test
        void that_fails_is_not_stored() {
            ask("I am Ada.", session("s"), "Hello.");
            claude.next(error(400, "invalid_request_error"));
            bundle().failure("Broken", session("s"));
            claude.next(stream().start().text("Half").reset());
            bundle().failure("Half", session("s"));
            claude.next(messageThatStopped("refusal", "I cannot."));
            bundle().ask("Refused", session("s"));
            ask("Who?", session("s"), "Ada.");

            assertThat(sent()).containsExactly("user: I am Ada.", "assistant: Hello.", "user: Who?");
        }

        @Test
        void without_text_is_not_stored() {
            claude.next(messageThatStopped("end_turn", "  "));
            bundle().send("Nothing", session("s"));
            ask("Who?", session("s"), "?");

            assertThat(sent()).containsExactly("user: Who?");
        }

        @Test
        void that_was_cut_off_is_stored_as_far_as_it_came() {
            claude.next(stream().start().text("Half of i").stopBecause("max_tokens"));
            bundle().ask("Tell.", session("s"));
            ask("Go on.", session("s"), "t.");

            assertThat(sent()).containsExactly("user: Tell.", "assistant: Half of i", "user: Go on.");
        }

        @Test
        void is_stored_as_it_was_redacted() throws IOException {
            bundle().with("claude.redact.enabled", "true").with("claude.redact.prompts.enabled", "true");
            ask("My card is 4111 1111 1111 1111.", session("s"), "Your card is 4111 1111 1111 1111.");
            ask("Which?", session("s"), "None.");

            assertThat(sent()).allSatisfy(message -> assertThat(message).doesNotContain("4111"));
            assertThat(sent()).hasSize(3);
        }

        @Test
        void with_calls_of_tools_needs_their_results() {
            String call = """
                    {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1},
                     "content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"w","input":{"a":1}}]}""";
            claude.next(status(200, call));
            bundle().ask("Weather?", session("s"));
            ask(
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"sun\"}]}]}",
                    session("s"),
                    "Sun.");
            assertThat(sent()).containsExactly("user: Weather?", "assistant: I look.|tool_use", "user: tool_result");

            claude.next(status(200, call));
            bundle().ask("And now?", session("s"));
            ask("Never mind.", session("s"), "Fine.");

            assertThat(sent())
                    .containsExactly(
                            "user: Weather?",
                            "assistant: I look.|tool_use",
                            "user: tool_result",
                            "assistant: Sun.",
                            "user: Never mind.");
        }
    }

    @Test
    void a_turn_with_tools_of_the_bundle_is_stored_with_its_text() throws Exception {
        bundle().context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather&parameter.city=string")
                        .setBody(constant("rain"));
                from("direct:mine").to("claude:messages?memory=true&session=s&tools=weather");
            }
        });
        claude.next(status(200, """
                        {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use",
                         "usage":{"input_tokens":1,"output_tokens":1},"content":[{"type":"text","text":"I look."},
                          {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Bern"}}]}"""), says("It rains."), says("Yes."));
        bundle().sendTo("direct:mine", "Weather?", Map.of());
        bundle().sendTo("direct:mine", "Sure?", Map.of());

        assertThat(sent()).containsExactly("user: Weather?", "assistant: I look.|It rains.", "user: Sure?");
    }

    @Nested
    class A_window {

        @Test
        void leaves_out_the_oldest_turns() {
            bundle().with("claude.memory.max-messages", "4");
            for (int i = 0; i < 5; i++) {
                ask("Prompt " + i, session("s"), "Reply " + i);
            }

            assertThat(sent())
                    .containsExactly(
                            "user: Prompt 2",
                            "assistant: Reply 2",
                            "user: Prompt 3",
                            "assistant: Reply 3",
                            "user: Prompt 4");
        }

        @Test
        void has_so_many_tokens_at_most() {
            bundle().with("claude.memory.max-tokens", "100");
            ask("Short", session("s"), "Short");
            ask("x".repeat(1_000), session("s"), "Long");
            ask("Now?", session("s"), "Yes");

            assertThat(sent()).containsExactly("user: Now?");
        }

        @Test
        void never_begins_with_results_of_tools() {
            bundle().with("claude.memory.max-messages", "3");
            claude.next(status(200, """
                    {"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1},
                     "content":[{"type":"tool_use","id":"t1","name":"w","input":{}}]}"""));
            bundle().send("Weather?", session("s"));
            ask(
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\"}]}]}",
                    session("s"),
                    "Sun.");
            ask("Next?", session("s"), "Rain.");

            assertThat(sent()).containsExactly("user: Next?");
        }

        @Test
        void deletes_what_it_leaves_out() throws Exception {
            bundle().with("claude.memory.max-messages", "2");
            for (int i = 0; i < 5; i++) {
                ask("Prompt " + i, session("s"), "Reply " + i);
            }
            bundle.close();

            try (Connection connection = SqliteFile.reading(data.resolve("memory.db"));
                    Statement statement = connection.createStatement()) {
                assertThat(statement
                                .executeQuery("SELECT count(*) FROM memory_turn")
                                .getInt(1))
                        .isEqualTo(2);
            }
        }
    }

    @Nested
    class A_history {

        @Test
        void expires_after_its_last_turn() throws Exception {
            ask("I am Ada.", session("s"), "Hello.");
            bundle.close();
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("memory.db"));
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE memory_turn SET stored_ms = stored_ms - 3600000 - 1000");
            }
            bundle = fresh().with("claude.memory.expires-after", "1h");
            ask("Who?", session("s"), "?");

            assertThat(sent()).containsExactly("user: Who?");
        }

        @Test
        void is_encrypted_with_a_key() throws IOException {
            String key = Base64.getEncoder().encodeToString(new byte[32]);
            bundle().with("claude.memory.key", key);
            ask("I am Adalbertine.", session("Sessionname"), "Hello.");
            ask("Who?", session("Sessionname"), "Adalbertine.");
            assertThat(sent()).hasSize(3);
            bundle.close();

            try (var files = Files.list(data)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(Files.readString(file, ISO_8859_1))
                            .doesNotContain("Adalbertine")
                            .doesNotContain("Sessionname");
                }
            }
        }

        @Test
        void is_read_again_with_its_passphrase() {
            bundle().with("claude.memory.key", "correct horse battery");
            ask("I am Ada.", session("s"), "Hello.");
            bundle.close();
            bundle = fresh().with("claude.memory.key", "correct horse battery");
            ask("Who?", session("s"), "Ada.");

            assertThat(sent()).hasSize(3);
        }

        @ParameterizedTest
        @ValueSource(strings = {"another horse battery", ""})
        void of_another_key_is_refused_before_a_call(String key) {
            bundle().with("claude.memory.key", "correct horse battery");
            ask("I am Ada.", session("s"), "Hello.");
            bundle.close();
            bundle = fresh().with("claude.memory.key", key);

            assertThat(bundle.failure("Who?", session("s")))
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("claude.memory.key")
                    .hasMessageContaining("was not sent");
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void that_was_changed_in_the_file_is_refused() throws Exception {
            bundle().with("claude.memory.key", "correct horse battery");
            ask("I am Ada.", session("s"), "Hello.");
            ask("Again", session("s"), "Hello.");
            bundle.close();
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("memory.db"));
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate(
                        "UPDATE memory_turn SET content = (SELECT content FROM memory_turn WHERE number = 2) WHERE number = 1");
            }
            bundle = fresh().with("claude.memory.key", "correct horse battery");

            assertThat(bundle.failure("Who?", session("s"))).hasMessageContaining("changed");
        }

        @Test
        void with_a_short_key_is_refused_at_the_start() {
            assertThat(fresh().with("claude.memory.key", "hunter2").refusal())
                    .hasStackTraceContaining("claude.memory.key: expected 32 bytes in Base64")
                    .satisfies(refusal -> assertThat(refusal.toString()).doesNotContain("hunter2"));
        }

        @Test
        void that_cannot_be_read_fails_the_request_before_a_call() throws IOException {
            Files.writeString(data.resolve("memory.db"), "this is no database".repeat(100));

            assertThat(bundle().failure("Who?", session("s")))
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("was not sent");
            assertThat(claude.requests()).isEmpty();
        }

        @Test
        void whose_turn_cannot_be_stored_delivers_the_reply_and_stores_the_turn_later() throws Exception {
            ask("I am Ada.", session("s"), "Hello.");
            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            claude.next(stream()
                    .start()
                    .text("Good.")
                    .tell(arrived)
                    .waitFor(released)
                    .stop());
            Future<String> reply = bundle().asking("How are you?", session("s"));
            assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
            Path file = data.resolve("memory.db");
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                    Statement statement = connection.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                released.countDown();
                assertThat(reply.get()).isEqualTo("Good.");
                statement.execute("ROLLBACK");
            }
            ask("Who?", session("s"), "Ada.");

            assertThat(sent())
                    .containsExactly(
                            "user: I am Ada.",
                            "assistant: Hello.",
                            "user: How are you?",
                            "assistant: Good.",
                            "user: Who?");
        }

        @Test
        void of_a_file_that_was_replaced_begins_anew() throws Exception {
            ask("I am Ada.", session("s"), "Hello.");
            Files.move(data.resolve("memory.db"), data.resolve("old.db"), StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(data.resolve("memory.db-wal"));
            Files.deleteIfExists(data.resolve("memory.db-shm"));
            ask("Who?", session("s"), "?");

            assertThat(sent()).containsExactly("user: Who?");
        }
    }

    @Nested
    class A_summary {

        @Test
        void takes_the_place_of_older_turns() {
            bundle().with("claude.memory.summary.enabled", "true")
                    .with("claude.memory.summary.model", "claude-small")
                    .with("claude.memory.max-messages", "4");
            ask("I am Ada.", session("s"), "Hello.");
            ask("I live in Bern.", session("s"), "Nice.");
            ask("I like tea.", session("s"), "Me too.");
            claude.next(says("Ada lives in Bern."), says("Ada."));
            assertThat(bundle().ask("Who am I?", session("s"))).isEqualTo("Ada.");

            JsonNode summary = json(claude.prompts().get(3));
            assertThat(summary.path("model").asText()).isEqualTo("claude-small");
            assertThat(summary.path("max_tokens").asInt()).isEqualTo(1024);
            assertThat(summary.at("/messages/0/content").asText())
                    .contains("I am Ada.")
                    .contains("I live in Bern.");
            assertThat(sent())
                    .containsExactly(
                            "user: Summary of the conversation so far:\nAda lives in Bern.|I like tea.",
                            "assistant: Me too.",
                            "user: Who am I?");
            ask("And?", session("s"), "Tea.");
            assertThat(sent().get(0)).startsWith("user: Summary").endsWith("Bern.|I like tea.");
            assertThat(sent()).hasSize(5);
        }

        @Test
        void that_fails_leaves_the_older_turns_out() {
            bundle().with("claude.memory.summary.enabled", "true").with("claude.memory.max-messages", "2");
            ask("One", session("s"), "1");
            ask("Two", session("s"), "2");
            claude.next(error(400, "invalid_request_error"), says("3"));

            assertThat(bundle().ask("Three", session("s"))).isEqualTo("3");
            assertThat(sent()).containsExactly("user: Two", "assistant: 2", "user: Three");
        }
    }

    @Test
    void a_batch_refuses_memory() {
        Exchange sent = bundle().sendTo("direct:claude-batch", "Who?", session("s"));

        assertThat(Bundle.failureOf(sent)).hasMessageContaining("cannot have a history");
    }
}
