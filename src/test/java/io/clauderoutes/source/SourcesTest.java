package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.request.Request;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.FileConsumer;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources of several kinds, with all stages after them. */
@Timeout(120)
class SourcesTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.call.max-attempts", "1")
            .with("claude.redact.enabled", "false")
            .with("claude.sinks.whole.uri", "mock:whole")
            .with("claude.fan-out.sinks", "whole");

    @TempDir
    Path folder;

    @BeforeEach
    void data() {
        bundle.with("claude.data", folder.resolve("data").toString());
    }

    private void source(String uri) {
        bundle.with("claude.sources.in.uri", uri);
    }

    @Nested
    class When_it_is_a_folder {

        private Path inbox;

        @BeforeEach
        void inbox() throws IOException {
            inbox = Files.createDirectory(folder.resolve("in"));
            source("file:" + inbox + "?initialDelay=0&delay=20&move=.done&moveFailed=.failed");
            bundle.with("claude.sinks.files.uri", "file:" + folder.resolve("out"))
                    .with("claude.sources.in.sinks", "files");
        }

        private List<String> answers() {
            String[] names = folder.resolve("out").toFile().list();
            return names == null ? List.of() : List.of(names);
        }

        @Test
        void each_prompt_has_its_answer_under_its_name() throws IOException {
            bundle.with("claude.sources.in.workers", "4");
            for (int i = 0; i < 20; i++) {
                Files.writeString(inbox.resolve("prompt-" + i + ".txt"), "How deep is sea " + i + "?");
            }
            claude.always(says("Deep."));

            bundle.context();

            Bundle.until(() -> answers().size() == 20);
            assertThat(answers()).contains("prompt-0.txt", "prompt-19.txt");
            assertThat(claude.requests()).hasSize(20);
        }

        @Test
        void a_request_in_json_is_sent_as_it_is() throws IOException {
            String request = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"extra\" : [1],"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";
            Files.writeString(inbox.resolve("request.json"), request);
            claude.next(says("Deep."));

            bundle.context();

            Bundle.until(() -> !answers().isEmpty());
            assertThat(claude.prompts()).containsExactly(request);
        }

        @Test
        void a_failed_one_is_put_aside_with_its_reason_beside_it() throws IOException {
            Path dead = folder.resolve("dead");
            bundle.with("claude.sources.in.dead-letter", "file:" + dead);
            Files.write(inbox.resolve("junk.bin"), new byte[] {0, 1, 2, (byte) 0xFF});

            bundle.context();

            Bundle.until(() -> dead.resolve("junk.bin.reason.txt").toFile().length() > 0);
            assertThat(dead.resolve("junk.bin")).hasBinaryContent(new byte[] {0, 1, 2, (byte) 0xFF});
            assertThat(dead.resolve("junk.bin.reason.txt")).content().contains("the prompt is not text");
        }

        @Test
        void a_failed_one_without_dead_letters_stays_where_the_folder_puts_failures() throws IOException {
            Files.writeString(inbox.resolve("prompt.txt"), "How deep?");
            claude.next(error(400, "invalid_request_error"));

            bundle.context();

            Bundle.until(() -> Files.exists(inbox.resolve(".failed/prompt.txt")));
        }

        @Test
        void one_that_was_moved_away_since_the_folder_was_listed_is_no_prompt() {
            source("direct:listed");
            bundle.with("claude.sources.in.dead-letter", "mock:dead");
            GenericFile<File> moved = FileConsumer.asGenericFile(
                    inbox.toString(), inbox.resolve("moved.txt").toFile(), "UTF-8", false);

            Exchange exchange = bundle.sendTo("direct:listed", moved, Map.of());

            assertThat(exchange.getException()).isNull();
            assertThat(bundle.mock("dead").getExchanges()).isEmpty();
            assertThat(claude.requests()).isEmpty();
        }

        private void careful() {
            source("file:" + inbox + "?initialDelay=0&delay=20&move=.done&filter=#claudeSourceFiles"
                    + "&onCompletionExceptionHandler=#claudeSourceFiles");
        }

        @Test
        void a_symbolic_link_in_it_is_not_read_and_reported_once() throws IOException {
            careful();
            Path secret = Files.writeString(folder.resolve("secret.txt"), "the secret");
            Files.createSymbolicLink(inbox.resolve("a-link.txt"), secret);
            Files.writeString(inbox.resolve("b-prompt.txt"), "How deep?");
            claude.always(says("Deep."));

            try (CapturedLog log = new CapturedLog(SourceFiles.class.getName(), Level.WARN)) {
                bundle.context();
                Bundle.until(() -> answers().size() == 1);
                Files.writeString(inbox.resolve("c-prompt.txt"), "How wide?");
                Bundle.until(() -> answers().size() == 2);

                assertThat(log.lines().stream().filter(line -> line.contains(inbox.toString())))
                        .singleElement()
                        .asString()
                        .contains("a-link.txt is a symbolic link");
            }
            assertThat(claude.prompts()).noneMatch(prompt -> prompt.contains("secret"));
        }

        @Test
        void one_that_cannot_be_moved_is_answered_and_reported_once() throws IOException {
            careful();
            // A file where the folder of the processed ones has to be.
            Files.writeString(inbox.resolve(".done"), "");
            Files.writeString(inbox.resolve("a-prompt.txt"), "How deep?");
            claude.always(says("Deep."));

            try (CapturedLog log = new CapturedLog(SourceFiles.class.getName(), Level.WARN)) {
                bundle.context();
                Bundle.until(() -> answers().size() == 1);
                Files.writeString(inbox.resolve("b-prompt.txt"), "How wide?");
                Bundle.until(() -> answers().size() == 2);
                Files.writeString(inbox.resolve("c-prompt.txt"), "How high?");
                Bundle.until(() -> answers().size() == 3);

                assertThat(log.lines().stream().filter(line -> line.contains("a-prompt.txt")))
                        .singleElement()
                        .asString()
                        .contains("cannot be moved");
            }
            assertThat(claude.requests()).hasSize(3);
        }

        @Test
        void one_that_was_answered_before_a_restart_is_not_paid_for_again() throws Exception {
            String uri = "file:" + inbox + "?initialDelay=0&delay=20&noop=true&idempotent=false";
            Path prompt = Files.writeString(inbox.resolve("prompt.txt"), "How deep?");
            claude.next(says("Deep."));
            try (Bundle first = Bundle.calling(claude)
                    .with("claude.data", folder.resolve("data").toString())
                    .with("claude.sources.in.uri", uri)
                    .with("claude.sources.in.sinks", "whole")
                    .with("claude.sinks.whole.uri", "mock:whole")) {
                first.context();
                Bundle.until(() -> first.meter("claude.source.duplicates") > 0);
            }
            source(uri);

            bundle.context();

            Bundle.until(() -> bundle.meter("claude.source.duplicates") > 1);

            assertThat(claude.requests()).hasSize(1);
            assertThat(prompt).exists();
        }

        @Test
        void a_prompt_that_has_changed_is_a_new_one() throws Exception {
            Path prompt = Files.writeString(inbox.resolve("prompt.txt"), "How deep?");
            source("file:" + inbox + "?initialDelay=0&delay=20&noop=true&idempotent=false");
            claude.next(says("Deep."), says("Wide."));
            bundle.context();
            Bundle.until(() -> bundle.meter("claude.source.duplicates") > 0);

            Files.writeString(prompt, "How wide is it?");

            Bundle.until(() -> claude.requests().size() == 2);
        }
    }

    @Nested
    class When_it_is_a_queue_within_the_process {

        @Test
        void its_own_settings_hold_for_its_prompts() throws InterruptedException {
            source("seda:sources-own");
            bundle.with("claude.sources.in.model", "claude-other")
                    .with("claude.sources.in.max-tokens", "7")
                    .with("claude.sources.in.system", "Be brief.");
            claude.next(says("Deep."));
            bundle.mock("whole").expectedBodiesReceived("Deep.");

            bundle.post("seda:sources-own", "How deep?", Map.of());

            bundle.mock("whole").assertIsSatisfied();
            assertThat(claude.prompts())
                    .containsExactly("{\"model\":\"claude-other\",\"max_tokens\":7,\"stream\":true,"
                            + "\"system\":\"Be brief.\",\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"text", "json"})
        void its_format_is_believed(String format) {
            source("direct:formatted");
            bundle.with("claude.sources.in.format", format);
            if (format.equals("text")) {
                claude.next(says("Deep."));
            }

            Exchange exchange = bundle.sendTo("direct:formatted", "{\"is this\": text?}", Map.of());

            assertThat(exchange.getException() == null).isEqualTo(format.equals("text"));
        }

        @Test
        void a_failed_prompt_goes_to_its_dead_letters_with_the_reason_in_the_headers() throws InterruptedException {
            source("seda:sources-dead");
            bundle.with("claude.sources.in.dead-letter", "mock:dead");
            claude.next(error(413, "request_too_large"));
            MockEndpoint dead = bundle.mock("dead");
            dead.expectedBodiesReceived("How deep?");

            bundle.post("seda:sources-dead", "How deep?", Map.of());

            dead.assertIsSatisfied();
            assertThat(dead.getReceivedExchanges().get(0).getMessage().getHeaders())
                    .containsEntry(ClaudeHeaders.ERROR_TYPE, "request_too_large")
                    .containsEntry(ClaudeHeaders.ERROR_STATUS, 413)
                    .hasEntrySatisfying(ClaudeHeaders.ERROR, reason -> assertThat(reason.toString())
                            .contains("The stub says request_too_large"));
        }
    }

    @Nested
    class When_its_messages_bring_headers_of_the_bundle {

        @ParameterizedTest
        @ValueSource(strings = {"camelclaudetenant", "CAMELCLAUDETENANT", "CamelClaudetenant", "CamelClaudeTenant"})
        void they_count_in_no_spelling(String name) {
            source("direct:spelled");
            bundle.with("claude.source.headers", "x-trace").with("claude.sinks.whole.uri", "mock:whole");
            claude.next(says("Deep."));

            Exchange exchange = bundle.sendTo("direct:spelled", "How deep?", Map.of(name, "acme", "X-Trace", "7"));

            assertThat(Request.of(exchange).prompt().options().tenant()).isEqualTo("default");
            assertThat(exchange.getMessage().getHeaders()).containsEntry("X-Trace", "7");
        }

        @ParameterizedTest
        @ValueSource(strings = {"camelclaudetenant", "CAMELCLAUDESYSTEM", "CamelClaudemodel"})
        void another_spelling_is_refused_in_a_route_of_the_users_own(String name) {
            assertThat(bundle.failure("How deep?", Map.of(name, "acme")))
                    .hasMessageContaining("spelled in another case");
        }
    }

    @Nested
    class When_it_is_a_route_of_the_application {

        @Test
        void the_caller_gets_the_answer() {
            source("direct:questions");
            claude.next(says("Deep."));

            Exchange exchange = bundle.sendTo("direct:questions", "How deep?", Map.of());

            assertThat(exchange.getMessage().getBody()).isEqualTo("Deep.");
        }

        @Test
        void the_caller_gets_the_failure() {
            source("direct:questions");
            claude.next(error(400, "invalid_request_error"));

            Exchange exchange = bundle.sendTo("direct:questions", "How deep?", Map.of());

            assertThat(Bundle.failureOf(exchange).status()).isEqualTo(400);
        }
    }

    @Nested
    class When_it_brings_no_body {

        @ParameterizedTest
        @ValueSource(strings = {"timer:tick?delay=20&period=200", "scheduler:tick?initialDelay=20&delay=200"})
        void its_message_goes_to_the_dead_letters_with_the_reason(String uri) {
            source(uri);
            bundle.with("claude.sources.in.dead-letter", "seda:sources-no-body");

            Exchange dead = bundle.received("seda:sources-no-body");

            assertThat(dead.getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                    .contains("has no body that can be read as a prompt");
        }
    }

    @Test
    void the_front_door_takes_a_request_in_each_of_its_forms() {
        claude.always(says("Deep."));
        Map<String, Object> map = Map.of("messages", List.of(Map.of("role", "user", "content", "How deep?")));

        List<String> answers = Stream.of(
                        "How deep?",
                        "How deep?".getBytes(UTF_8),
                        new ByteArrayInputStream("How deep?".getBytes(UTF_8)),
                        map,
                        new ObjectMapper().valueToTree(map))
                .map(bundle::ask)
                .toList();

        assertThat(answers).containsOnly("Deep.");
        assertThat(claude.requests()).as("they are the same to the cache").hasSizeBetween(1, 2);
    }
}
