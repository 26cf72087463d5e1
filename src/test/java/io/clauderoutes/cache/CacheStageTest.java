package io.clauderoutes.cache;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.messageThatStopped;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cache stage over real connections, with all stages around it. */
@Timeout(120)
class CacheStageTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.call.max-attempts", "1")
            .with("claude.redact.enabled", "false")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    private final CountDownLatch released = new CountDownLatch(1);

    private Object status(Exchange exchange) {
        assertThat(exchange.getException()).isNull();
        return exchange.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS);
    }

    @Nested
    class When_a_prompt_was_answered_before {

        @Test
        void it_is_answered_without_a_call() {
            claude.next(says("Very ", "deep."));

            Object first = status(bundle.send(PROMPT));
            Exchange second = bundle.send(PROMPT);

            assertThat(first).isEqualTo("miss");
            assertThat(status(second)).isEqualTo("hit");
            assertThat(second.getMessage().getBody()).isEqualTo("Very deep.");
            assertThat(second.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(0);
        }

        @Test
        void a_streamed_answer_serves_a_caller_who_wants_it_whole() {
            claude.next(says("Very ", "deep."));
            bundle.ask(PROMPT);

            String answer = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(answer).isEqualTo("Very deep.");
        }

        @Test
        void a_whole_answer_serves_a_caller_who_wants_a_stream() throws InterruptedException {
            claude.next(message("Very deep."));
            bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));
            bundle.mock("live").expectedBodiesReceived("Very deep.", "");

            bundle.ask(PROMPT, Map.of(ClaudeHeaders.SINKS, "live"));

            bundle.mock("live").assertIsSatisfied();
        }

        @Test
        void the_order_of_fields_and_white_space_make_no_difference() {
            claude.next(says("Deep."));
            String one = "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}";
            String same =
                    "{\"messages\" : [ {\"content\":\"a\", \"role\":\"user\"} ], \"max_tokens\":9,\"model\":\"m\"}";
            bundle.ask(one);

            Object status = status(bundle.send(same));

            assertThat(status).isEqualTo("hit");
        }

        @ParameterizedTest
        @ValueSource(strings = {ClaudeHeaders.TENANT, ClaudeHeaders.MODEL, ClaudeHeaders.SYSTEM})
        void another_tenant_model_or_system_prompt_does_not_get_it(String header) {
            claude.next(says("Deep."), says("Deep."));
            bundle.ask(PROMPT);

            Object status = status(bundle.send(PROMPT, Map.of(header, "other")));

            assertThat(status).isEqualTo("miss");
        }

        @Test
        void refresh_calls_and_remembers_the_new_answer() {
            claude.next(says("Old."), says("New."));
            bundle.ask(PROMPT);

            String refreshed = bundle.ask(PROMPT, Map.of(ClaudeHeaders.CACHE, "refresh"));

            assertThat(refreshed).isEqualTo("New.");
            assertThat(bundle.ask(PROMPT)).isEqualTo("New.");
        }

        @Test
        void bypass_calls_and_remembers_nothing() {
            claude.next(says("Old."), says("New."));
            bundle.ask(PROMPT);

            Exchange bypassed = bundle.send(PROMPT, Map.of(ClaudeHeaders.CACHE, "bypass"));

            assertThat(status(bypassed)).isEqualTo("bypass");
            assertThat(bypassed.getMessage().getBody()).isEqualTo("New.");
            assertThat(bundle.ask(PROMPT)).isEqualTo("Old.");
        }

        @Test
        void it_is_forgotten_after_its_time() {
            bundle.with("claude.cache.time-to-live", "1ms");
            claude.always(says("Deep."));

            bundle.ask(PROMPT);

            Bundle.until(() -> status(bundle.send(PROMPT)).equals("miss"));
        }

        @Test
        void without_room_it_is_not_remembered_for_long() {
            bundle.with("claude.cache.max-bytes", "0");
            claude.always(says("Deep."));

            bundle.ask(PROMPT);

            Bundle.until(() -> status(bundle.send(PROMPT)).equals("miss"));
        }

        @Test
        void what_is_remembered_is_redacted() {
            bundle.with("claude.redact.enabled", "true");
            claude.next(says("Charge ", "4111-1111-", "1111-1111 now."));
            String first = bundle.ask(PROMPT);

            String second = bundle.ask(PROMPT);

            assertThat(List.of(first, second)).containsOnly("Charge [REDACTED] now.");
        }

        @Test
        void what_is_remembered_of_a_whole_answer_is_redacted_too() {
            bundle.with("claude.redact.enabled", "true");
            claude.next(message("Charge 4111-1111-1111-1111 now."));
            String first = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            String second = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(List.of(first, second)).containsOnly("Charge [REDACTED] now.");
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void tokens_and_the_reason_to_stop_are_told_again(boolean streamed) {
            claude.next(streamed ? says("Very ", "deep.") : message("Very deep."));
            Exchange first = bundle.send(PROMPT, Map.of(ClaudeHeaders.STREAM, streamed));

            Exchange second = bundle.send(PROMPT, Map.of(ClaudeHeaders.STREAM, !streamed));

            assertThat(facts(second)).isEqualTo(facts(first)).hasSize(4);
        }

        private Map<String, Object> facts(Exchange exchange) {
            Map<String, Object> facts = new HashMap<>(exchange.getMessage().getHeaders());
            facts.keySet()
                    .retainAll(Set.of(
                            ClaudeHeaders.REPLY_ID,
                            ClaudeHeaders.STOP_REASON,
                            ClaudeHeaders.INPUT_TOKENS,
                            ClaudeHeaders.OUTPUT_TOKENS));
            return facts;
        }
    }

    @Nested
    class When_the_cache_is_off {

        @Test
        void each_prompt_is_a_call() {
            bundle.with("claude.cache.enabled", "false");
            claude.next(says("One."), says("Two."));

            String first = bundle.ask(PROMPT);
            String second = bundle.ask(PROMPT);

            assertThat(List.of(first, second)).containsExactly("One.", "Two.");
        }
    }

    @Nested
    class When_an_answer_is_not_worth_keeping {

        @Test
        void an_error_is_not() {
            claude.next(error(400, "invalid_request_error"), says("Deep."));
            bundle.failure(PROMPT);

            Object status = status(bundle.send(PROMPT));

            assertThat(status).isEqualTo("miss");
        }

        @Test
        void a_broken_stream_is_not() {
            claude.next(stream().start().text("Ve").reset(), says("Deep."));
            bundle.failure(PROMPT);

            Object status = status(bundle.send(PROMPT));

            assertThat(status).isEqualTo("miss");
        }

        @ParameterizedTest
        @ValueSource(strings = {"max_tokens", "refusal", "model_context_window_exceeded"})
        void one_that_stopped_for_a_bad_reason_is_not(String reason) {
            claude.next(
                    stream().start().text("Ve").stopBecause(reason), messageThatStopped(reason, "Ve"), says("Deep."));
            bundle.ask(PROMPT);
            bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            Object status = status(bundle.send(PROMPT));

            assertThat(status).isEqualTo("miss");
        }

        @Test
        void one_that_a_sink_did_not_take_is_not() {
            bundle.with("claude.sinks.sick.uri", "direct:nobody?block=false")
                    .with("claude.sinks.sick.attempts", "1")
                    .with("claude.sinks.sick.on-failure", "fail");
            claude.next(says("Deep."), says("Deep."));
            bundle.send(PROMPT, Map.of(ClaudeHeaders.SINKS, "sick"));

            Object status = status(bundle.send(PROMPT));

            assertThat(status).isEqualTo("miss");
        }
    }

    @Nested
    class When_the_same_is_being_asked_right_now {

        private Future<String> led(CountDownLatch first) throws InterruptedException {
            Future<String> leader = bundle.asking(PROMPT, Map.of(ClaudeHeaders.SINKS, "live"));
            assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
            Bundle.until(() -> !bundle.mock("live").getReceivedExchanges().isEmpty());
            return leader;
        }

        @Test
        void all_share_one_call() throws Exception {
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .tell(asked)
                    .waitFor(released)
                    .text("deep.")
                    .stop());
            List<Future<String>> answers = new ArrayList<>(List.of(led(asked)));
            for (int i = 0; i < 10; i++) {
                answers.add(bundle.asking(PROMPT));
            }
            Bundle.until(() -> bundle.meter("claude.cache.requests", "result", "joined") == 10);

            released.countDown();

            for (Future<String> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
            }
        }

        @Test
        void a_late_joiner_gets_the_stream_from_its_start_before_it_has_ended() throws Exception {
            bundle.with("claude.sinks.late.uri", "mock:late").with("claude.sinks.late.chunks", "true");
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .tell(asked)
                    .waitFor(released)
                    .text("deep.")
                    .stop());
            Future<String> leader = led(asked);
            MockEndpoint late = bundle.mock("late");
            late.expectedBodiesReceived("Very ");

            Future<String> joiner = bundle.asking(PROMPT, Map.of(ClaudeHeaders.SINKS, "late"));
            late.assertIsSatisfied();
            boolean before = !joiner.isDone();
            released.countDown();

            assertThat(before).isTrue();
            assertThat(joiner.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
            assertThat(leader.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }

        @Test
        void a_stream_that_breaks_breaks_for_all() throws Exception {
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(
                    stream().start().text("Very ").tell(asked).waitFor(released).reset());
            Future<String> leader = led(asked);
            Future<ClaudeException> joiner = bundle.inBackground(() -> bundle.failure(PROMPT));
            Bundle.until(() -> bundle.meter("claude.cache.requests", "result", "joined") == 1);

            released.countDown();

            assertThat(joiner.get(60, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            ClaudeException.StreamBroken.class,
                            broken -> assertThat(broken.partialText()).isEqualTo("Very "));
            assertThatThrownBy(() -> leader.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        }

        @Test
        void a_call_that_fails_before_it_answers_fails_for_all() throws Exception {
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(stream().tell(asked).waitFor(released).reset());
            Future<ClaudeException> leader = bundle.inBackground(() -> bundle.failure(PROMPT));
            assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
            Future<ClaudeException> joiner = bundle.inBackground(() -> bundle.failure(PROMPT));
            Bundle.until(() -> bundle.meter("claude.cache.requests", "result", "joined") == 1);

            released.countDown();

            assertThat(leader.get(60, TimeUnit.SECONDS)).isInstanceOf(ClaudeException.Unavailable.class);
            assertThat(joiner.get(60, TimeUnit.SECONDS)).isInstanceOf(ClaudeException.Unavailable.class);
        }

        @Test
        void a_joiner_does_not_see_that_the_leaders_call_was_made_again() throws Exception {
            bundle.with("claude.call.max-attempts", "2");
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(
                    nothingButAReset(),
                    stream().tell(asked).waitFor(released).start().text("Deep.").stop());
            Future<String> leader = bundle.asking(PROMPT);
            assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
            Future<String> joiner = bundle.asking(PROMPT);
            Bundle.until(() -> bundle.meter("claude.cache.requests", "result", "joined") == 1);

            released.countDown();

            assertThat(List.of(leader.get(60, TimeUnit.SECONDS), joiner.get(60, TimeUnit.SECONDS)))
                    .containsOnly("Deep.");
        }

        @Test
        void another_tenant_does_not_join() throws Exception {
            CountDownLatch asked = new CountDownLatch(1);
            claude.next(
                    stream().start().text("Mine.").tell(asked).waitFor(released).stop(), says("Theirs."));
            Future<String> leader = led(asked);

            String other = bundle.ask(PROMPT, Map.of(ClaudeHeaders.TENANT, "other"));
            released.countDown();

            assertThat(other).isEqualTo("Theirs.");
            assertThat(leader.get(60, TimeUnit.SECONDS)).isEqualTo("Mine.");
        }
    }

    @Nested
    class When_questions_are_pinned {

        @TempDir
        Path folder;

        private void pin(String yaml) throws IOException {
            Path file = Files.writeString(folder.resolve("pinned.yaml"), yaml);
            bundle.with("claude.cache.templates", file.toString());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "What are your hours?",
                    "  what ARE\n your  hours? ",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"What are your hours?\"}]}",
                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What are your hours?\"}]}]}"
                })
        void they_are_answered_without_a_call_whatever_their_case_and_space(String question) throws IOException {
            pin("- question: What are your hours?\n  answer: Nine to five.\n");

            String answer = bundle.ask(question);

            assertThat(answer).isEqualTo("Nine to five.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "What are your hours today?",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                            + "{\"role\":\"user\",\"content\":\"What are your hours?\"}]}"
                })
        void a_request_that_asks_more_is_a_call(String question) throws IOException {
            pin("- question: What are your hours?\n  answer: Nine to five.\n");
            claude.next(says("It depends."));

            String answer = bundle.ask(question);

            assertThat(answer).isEqualTo("It depends.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"question: a", "- question: a", "- a", "[", "- question: a\n  answer: 7", ""})
        void a_file_that_is_something_else_stops_the_start_by_its_name(String yaml) throws IOException {
            pin(yaml);

            Throwable refusal = bundle.refusal();

            assertThat(refusal).hasStackTraceContaining("claude.cache.templates=");
        }

        @Test
        void a_file_that_is_not_there_does_too() {
            bundle.with("claude.cache.templates", folder.resolve("nowhere.yaml").toString());

            Throwable refusal = bundle.refusal();

            assertThat(refusal).hasStackTraceContaining("claude.cache.templates=");
        }
    }
}
