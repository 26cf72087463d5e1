package io.clauderoutes.batch;

import static io.clauderoutes.simulator.ItemFate.CANCELED;
import static io.clauderoutes.simulator.ItemFate.DOUBLED;
import static io.clauderoutes.simulator.ItemFate.ERRORED;
import static io.clauderoutes.simulator.ItemFate.EXPIRED;
import static io.clauderoutes.simulator.ItemFate.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts that may wait: kept, sent together, and answered each to its own sinks, over a real connection. */
@Order(4)
class BatchTest {

    @TempDir
    private Path data;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());

    @RegisterExtension
    private final Bundle bundle = Bundle.calling(simulator)
            .with("claude.ledger.enabled", "true")
            .with("claude.source.headers", "ticket")
            .with("claude.sources.tray.uri", "direct:tray")
            .with("claude.sources.tray.batch", "true")
            .with("claude.sources.tray.sinks", "answers")
            .with("claude.sources.tray.tenant", "sales")
            .with("claude.sources.tray.dead-letter", "mock:letters")
            .with("claude.sinks.answers.uri", "mock:answers")
            .with("claude.sinks.others.uri", "mock:others")
            .with("claude.batch.wait", "300ms")
            .with("claude.batch.poll-interval", "10ms")
            .with("claude.batch.poll-interval-max", "50ms")
            .with("claude.batch.uncertain-wait", "300ms");

    @AfterEach
    void close() {
        bundle.close();
        simulator.close();
    }

    private MockEndpoint answers() {
        return bundle.with("claude.data", data.toString()).mock("answers");
    }

    /** The same, with all of so many prompts in one batch however long they take to come. */
    private MockEndpoint answersTogether(int prompts) {
        bundle.with("claude.batch.size", Integer.toString(prompts)).with("claude.batch.wait", "1h");
        return answers();
    }

    private MockEndpoint letters() {
        return bundle.mock("letters");
    }

    private Exchange prompt(String text) {
        return bundle.sendTo("direct:tray", text, Map.of("JMSMessageID", text));
    }

    private void prompts(String... texts) {
        for (String text : texts) {
            assertThat(prompt("say exactly: " + text).getException()).isNull();
        }
    }

    private BookRows books() {
        return new BookRows(data);
    }

    private List<String> stored(String query) {
        return BookRows.of(data.resolve(BatchStore.FILE), query);
    }

    @Nested
    class Prompts_that_may_wait {

        @Test
        void are_sent_as_one_batch_and_answered_each() throws Exception {
            MockEndpoint answers = answersTogether(3);
            answers.expectedBodiesReceivedInAnyOrder("one", "two", "three");

            prompts("one", "two", "three");

            answers.assertIsSatisfied();
            assertThat(simulator.bill().batches().created()).isEqualTo(1);
        }

        @Test
        void are_acknowledged_before_they_are_answered() {
            answers();
            simulator.nextCreation(Fault.status(529), Fault.status(529), Fault.status(529));

            prompts("one");

            assertThat(stored("SELECT count(*) FROM prompt")).containsExactly("1");
        }

        @Test
        void give_their_requester_an_id_as_a_text() {
            bundle.with("claude.batch.wait", "1h");
            answers();

            Object response = prompt("one").getMessage().getBody();

            assertThat(List.of(response)).isEqualTo(stored("SELECT prompt_id FROM prompt"));
        }

        @Test
        void go_at_once_when_there_are_enough_of_them() throws Exception {
            bundle.with("claude.batch.size", "2").with("claude.batch.wait", "1h");
            MockEndpoint answers = answers();
            answers.expectedBodiesReceivedInAnyOrder("one", "two");

            prompts("one", "two");

            answers.assertIsSatisfied();
        }

        @Test
        void go_at_once_when_they_are_long_enough() throws Exception {
            bundle.with("claude.batch.max-bytes", "400").with("claude.batch.wait", "1h");
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("one");

            prompts("one", "two");

            answers.assertIsSatisfied();
        }

        @Test
        void cost_half_and_are_in_the_books_once() throws Exception {
            MockEndpoint answers = answersTogether(2);
            answers.expectedMessageCount(2);

            prompts("eleven kilometres", "twelve");
            answers.assertIsSatisfied();
            Bundle.until(() ->
                    stored("SELECT count(*) FROM batch WHERE state = 'done'").equals(List.of("1")));

            var tokens = simulator.bill().batches().tokens();
            assertThat(books().of("SELECT count(*), sum(cost_micro_usd) FROM attempt WHERE state = 'SETTLED'"))
                    .containsExactly("2 " + (tokens.input() + 5 * tokens.output()));
            assertThat(books().states()).containsOnly("INTENT SETTLED");
            assertThat(books().of("SELECT DISTINCT tenant, source, endpoint FROM attempt"))
                    .containsExactly("sales tray primary");
        }

        @Test
        void reach_their_sinks_with_names_headers_and_facts() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedMessageCount(1);

            bundle.sendTo("direct:tray", "say exactly: one", Map.of("JMSMessageID", "one", "ticket", 17, "other", "x"));
            answers.assertIsSatisfied();

            Map<String, Object> headers =
                    answers.getExchanges().get(0).getMessage().getHeaders();
            assertThat(headers)
                    .containsEntry("ticket", 17)
                    .containsEntry(ClaudeHeaders.ENDPOINT, "primary")
                    .containsEntry(ClaudeHeaders.ATTEMPTS, 1)
                    .containsEntry(ClaudeHeaders.CACHE_STATUS, "bypass")
                    .containsEntry(ClaudeHeaders.STOP_REASON, "end_turn")
                    .containsKeys(ClaudeHeaders.PROMPT_ID, ClaudeHeaders.REPLY_ID, ClaudeHeaders.INPUT_TOKENS)
                    .doesNotContainKey("other");
            assertThat((BigDecimal) headers.get(ClaudeHeaders.COST)).isPositive();
        }

        @Test
        void are_redacted_like_any_answer() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("the card [REDACTED] was refused");

            prompts("the card 4111 1111 1111 1111 was refused");

            answers.assertIsSatisfied();
        }

        @Test
        void are_redacted_by_the_policy_of_their_source() throws Exception {
            bundle.with("claude.sources.tray.redact-policy", "strict")
                    .with("claude.redact.policies.strict.email.enabled", "true");
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("write to [EMAIL]");

            prompts("write to anna@example.org");

            answers.assertIsSatisfied();
        }

        @Test
        void are_kept_once_however_often_their_message_comes() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceivedInAnyOrder("one", "two");

            prompts("one", "one", "two", "one");
            answers.assertIsSatisfied();

            assertThat(stored("SELECT count(*) FROM prompt")).containsExactly("2");
            assertThat(bundle.meter("claude.source.duplicates", "source", "tray"))
                    .isEqualTo(2);
        }

        @Test
        void are_not_kept_with_what_they_asked_once_they_are_answered() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedMessageCount(1);

            prompts("one");
            answers.assertIsSatisfied();

            Bundle.until(() -> stored("SELECT state, body FROM prompt").equals(List.of("answered -")));
        }

        @Test
        void work_without_a_ledger() throws Exception {
            bundle.with("claude.ledger.enabled", "false");
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("one");

            prompts("one");

            answers.assertIsSatisfied();
        }

        @Test
        void count_in_meters_and_in_the_report() throws Exception {
            MockEndpoint answers = answersTogether(2);
            answers.expectedMessageCount(2);

            prompts("one", "two");
            answers.assertIsSatisfied();
            Bundle.until(() ->
                    stored("SELECT count(*) FROM batch WHERE state = 'done'").equals(List.of("1")));

            BatchReport report = new BatchReport(data.resolve(BatchStore.FILE));
            assertThat(bundle.meter("claude.batch.sent")).isEqualTo(1);
            assertThat(bundle.meter("claude.batch.items", "result", "answered")).isEqualTo(2);
            assertThat(BatchText.of(report.answer(OptionalLong.empty())))
                    .contains("\"answered\" : 2", "\"state\" : \"done\"", "\"succeeded\" : 2");
            assertThat(BatchText.of(report.answer(OptionalLong.of(1))))
                    .contains("\"source\" : \"tray\"")
                    .doesNotContain("say exactly");
        }
    }

    @Nested
    class What_cannot_be_part_of_a_batch {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\"stream\":true",
                    "\"max_tokens\":0",
                    "\"speed\":\"fast\"",
                    "\"fallbacks\":[]",
                    "\"thread\":{}",
                })
        void is_refused_by_name(String field) throws Exception {
            answers();
            letters().expectedMessageCount(1);

            bundle.sendTo(
                    "direct:tray",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + field + "}",
                    Map.of("JMSMessageID", field));

            letters().assertIsSatisfied();
            assertThat(letters().getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                    .contains(field.substring(0, field.indexOf(':')));
        }

        @Test
        void is_a_prompt_without_a_sink() {
            answers();

            ClaudeException refusal = Bundle.failureOf(bundle.sendTo("direct:claude-batch", "hello", Map.of()));

            assertThat(refusal).hasMessageContaining(ClaudeHeaders.SINKS);
        }

        @Test
        void is_a_stream_that_is_asked_for_in_a_header() {
            answers();

            ClaudeException refusal = Bundle.failureOf(bundle.sendTo(
                    "direct:claude-batch",
                    "hello",
                    Map.of(ClaudeHeaders.SINKS, "answers", ClaudeHeaders.STREAM, "true")));

            assertThat(refusal).hasMessageContaining("\"stream\"");
        }
    }

    @Nested
    class Items_that_the_api_does_not_answer {

        @Test
        void are_sent_again_and_paid_once() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("one");
            simulator.nextItems(ERRORED, EXPIRED, SUCCEEDED);

            prompts("one");
            answers.assertIsSatisfied();
            Bundle.until(() -> books().of("SELECT state, cost_micro_usd > 0 FROM attempt ORDER BY number")
                    .equals(List.of("REJECTED -", "REJECTED -", "SETTLED 1")));

            assertThat(simulator.bill().batches().billed()).isEqualTo(1);
            assertThat(answers.getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ATTEMPTS))
                    .isEqualTo(3);
        }

        @Test
        void go_to_the_dead_letters_after_their_last_try() throws Exception {
            bundle.with("claude.batch.attempts", "2");
            answers();
            letters().expectedMessageCount(1);
            simulator.nextItems(EXPIRED, EXPIRED);

            prompts("one");
            letters().assertIsSatisfied();

            assertThat(letters().getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR_TYPE))
                    .isEqualTo("expired");
            assertThat(letters().getExchanges().get(0).getMessage().getBody(String.class))
                    .contains("say exactly: one");
        }

        @Test
        void are_not_sent_again_if_somebody_canceled_them() throws Exception {
            answers();
            letters().expectedMessageCount(1);
            simulator.nextItems(CANCELED);

            prompts("one");
            letters().assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(1);
        }

        @Test
        void are_not_sent_again_if_the_request_was_wrong() throws Exception {
            answers();
            letters().expectedMessageCount(1);

            bundle.sendTo(
                    "direct:tray",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"surprise\":1}",
                    Map.of("JMSMessageID", "wrong"));
            letters().assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(1);
            assertThat(letters().getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                    .contains("surprise: Extra inputs are not permitted");
        }

        @Test
        void stay_in_the_file_where_there_is_no_place_for_dead_letters() {
            bundle.with("claude.sources.tray.dead-letter", "");
            answers();
            simulator.nextItems(CANCELED);

            prompts("one");

            Bundle.until(() ->
                    stored("SELECT state, error_type, body IS NULL FROM prompt").equals(List.of("failed canceled 0")));
        }
    }

    @Nested
    class When_the_api_refuses_a_batch {

        @Test
        void its_prompts_go_to_the_dead_letters_with_the_reason() throws Exception {
            answersTogether(2);
            letters().expectedMessageCount(2);
            simulator.nextCreation(Fault.status(400));

            prompts("one", "two");
            letters().assertIsSatisfied();

            assertThat(letters().getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                    .contains("The request is not valid");
            Bundle.until(() -> books().of("SELECT state, reason FROM attempt")
                    .equals(List.of("REJECTED 400 invalid_request_error", "REJECTED 400 invalid_request_error")));
        }

        @Test
        void it_is_halved_if_it_is_too_large() throws Exception {
            MockEndpoint answers = answersTogether(3);
            answers.expectedBodiesReceivedInAnyOrder("one", "two", "three");
            simulator.nextCreation(Fault.status(413));

            prompts("one", "two", "three");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(2);
            assertThat(simulator.bill().batches().items()).isEqualTo(3);
        }

        @ParameterizedTest
        @ValueSource(ints = {401, 402, 403, 429, 529})
        void it_is_sent_later_if_that_can_help(int status) throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("one");
            simulator.nextCreation(Fault.status(status), Fault.status(status));

            prompts("one");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().items()).isEqualTo(1);
            Bundle.until(() -> books().of("SELECT state FROM attempt").equals(List.of("SETTLED")));
        }
    }

    @Nested
    class When_nobody_knows_whether_a_batch_arrived {

        @Test
        void it_is_found_by_its_custom_ids_and_not_sent_twice() throws Exception {
            MockEndpoint answers = answersTogether(2);
            answers.expectedBodiesReceivedInAnyOrder("one", "two");
            simulator.nextCreation(new Fault.ResetBeforeHeaders(true));

            prompts("one", "two");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(1);
        }

        @Test
        void each_of_several_of_the_same_size_is_found_and_none_is_sent_twice() throws Exception {
            bundle.with("claude.batch.size", "1").with("claude.batch.uncertain-wait", "2s");
            MockEndpoint answers = answers();
            answers.expectedBodiesReceivedInAnyOrder("one", "two", "three");
            simulator.nextCreation(
                    Collections.nCopies(3, new Fault.ResetBeforeHeaders(true)).toArray(Fault[]::new));

            prompts("one", "two", "three");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(3);
        }

        @Test
        void it_is_sent_again_once_it_is_sure_that_it_did_not() throws Exception {
            MockEndpoint answers = answersTogether(2);
            answers.expectedBodiesReceivedInAnyOrder("one", "two");
            simulator.nextCreation(new Fault.ResetBeforeHeaders(false));

            prompts("one", "two");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(1);
            Bundle.until(() -> books().of("SELECT state FROM attempt").equals(List.of("SETTLED", "SETTLED")));
        }

        @Test
        void a_batch_of_somebody_else_is_not_taken_for_it() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("ours");
            try (Bundle other = Bundle.calling(simulator)
                    .with("claude.data", data.resolve("other").toString())
                    .with("claude.sinks.answers.uri", "mock:answers")
                    .with("claude.batch.wait", "1ms")
                    .with("claude.batch.poll-interval", "1h")) {
                other.sendTo("direct:claude-batch", "say exactly: theirs", Map.of(ClaudeHeaders.SINKS, "answers"));
                Bundle.until(() -> simulator.bill().batches().created() == 1);
            }
            simulator.nextCreation(new Fault.ResetBeforeHeaders(false));

            prompts("ours");

            answers.assertIsSatisfied();
        }

        @Test
        void looks_that_fail_are_made_again() throws Exception {
            MockEndpoint answers = answers();
            answers.expectedBodiesReceived("one");
            simulator.nextCreation(new Fault.ResetBeforeHeaders(true));
            simulator.nextLook(Fault.status(500), new Fault.ResetBeforeHeaders(false), Fault.status(429));

            prompts("one");
            answers.assertIsSatisfied();

            assertThat(simulator.bill().batches().created()).isEqualTo(1);
        }
    }

    @Nested
    class Over_http_2 {

        @Test
        void they_are_sent_and_answered_too_in_spite_of_results_that_break_off() throws Exception {
            bundle.with("claude.endpoints.primary.http-version", "2");
            MockEndpoint answers = answersTogether(3);
            answers.expectedBodiesReceivedInAnyOrder("one", "two", "three");
            simulator.nextResults(new Fault.Reset(1), new Fault.End(3));

            prompts("one", "two", "three");

            answers.assertIsSatisfied();
            assertThat(simulator.bill().batches().created()).isEqualTo(1);
        }

        @Test
        void a_large_one_goes_out_whole() throws Exception {
            bundle.with("claude.endpoints.primary.http-version", "2");
            MockEndpoint answers = answersTogether(3);
            answers.expectedMessageCount(3);
            String story = "a long story ".repeat(80_000);

            prompts("one", "two");
            assertThat(prompt("Sum up in 5 words: " + story).getException()).isNull();

            answers.assertIsSatisfied();
        }
    }

    @Nested
    class Results {

        private void areAllAnsweredIn(Fault... faults) throws Exception {
            MockEndpoint answers = answersTogether(4);
            answers.expectedBodiesReceivedInAnyOrder("one", "two", "three", "four");
            simulator.nextResults(faults);

            prompts("one", "two", "three", "four");
            answers.assertIsSatisfied();
            Bundle.until(() ->
                    stored("SELECT count(*) FROM batch WHERE state = 'done'").equals(List.of("1")));

            assertThat(books().of("SELECT state, count(*) FROM attempt GROUP BY state"))
                    .containsExactly("SETTLED 4");
            assertThat(answers.getReceivedCounter()).isEqualTo(4);
            assertThat(simulator.unasked()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
        void that_break_off_anywhere_are_read_again(int halfLines) throws Exception {
            areAllAnsweredIn(new Fault.Reset(halfLines), new Fault.End(halfLines));
        }

        @Test
        void that_are_refused_are_read_again() throws Exception {
            areAllAnsweredIn(Fault.status(500), Fault.status(404), new Fault.ResetBeforeHeaders(false));
        }

        @Test
        void with_a_line_that_is_not_json_are_read_all_the_same() throws Exception {
            areAllAnsweredIn(new Fault.Junk(2));

            assertThat(bundle.meter("claude.batch.junk.lines")).isEqualTo(1);
        }

        @Test
        void with_a_custom_id_that_is_not_ours_are_read_all_the_same() throws Exception {
            areAllAnsweredIn(new Fault.UnknownEvent(4));

            assertThat(bundle.meter("claude.batch.junk.lines")).isEqualTo(1);
        }

        @Test
        void with_a_line_that_is_too_long_are_read_all_the_same() throws Exception {
            bundle.with("claude.split.max-reply-bytes", "100000");

            areAllAnsweredIn(new Fault.HugeLine(2, 5_000_000, false));

            assertThat(bundle.meter("claude.batch.junk.lines")).isEqualTo(1);
        }

        @Test
        void with_a_line_twice_are_answered_and_paid_once() throws Exception {
            simulator.nextItems(SUCCEEDED, DOUBLED, DOUBLED, SUCCEEDED);

            areAllAnsweredIn();
        }

        @Test
        void that_a_sink_did_not_take_are_handed_on_again_and_paid_once() throws Exception {
            bundle.with("claude.sinks.answers.attempts", "1");
            MockEndpoint answers = answers();
            answers.expectedMessageCount(3);
            Processor sick = exchange -> {
                throw new IllegalStateException("the disk is full");
            };
            answers.whenExchangeReceived(1, sick);
            answers.whenExchangeReceived(2, sick);

            prompts("one");
            answers.assertIsSatisfied();
            Bundle.until(() -> stored("SELECT state FROM prompt").equals(List.of("answered")));

            assertThat(books().of("SELECT state, count(*) FROM attempt GROUP BY state"))
                    .containsExactly("SETTLED 1");
        }

        @Test
        void that_no_sink_ever_takes_go_to_the_dead_letters() throws Exception {
            bundle.with("claude.sinks.answers.attempts", "1").with("claude.sinks.answers.on-failure", "fail");
            answers().whenAnyExchangeReceived(exchange -> {
                throw new IllegalStateException("the disk is full");
            });
            letters().expectedMessageCount(1);

            prompts("one");
            letters().assertIsSatisfied();

            assertThat(books().of("SELECT state FROM attempt")).containsExactly("SETTLED");
        }
    }

    @Nested
    class A_batch_that_the_api_no_longer_has {

        @Test
        void leaves_its_prompts_unknown_in_the_books_and_in_the_dead_letters() throws Exception {
            answers();
            letters().expectedMessageCount(1);
            simulator.nextLook(Fault.status(404), Fault.status(404), Fault.status(404));

            prompts("one");
            letters().assertIsSatisfied();

            assertThat(books().of("SELECT state FROM attempt")).containsExactly("UNKNOWN");
        }
    }

    @Nested
    class Budgets {

        @Test
        void are_held_by_prompts_that_are_under_way() throws Exception {
            bundle.with("claude.budgets.sales.usd", "0.03");
            answersTogether(2);
            letters().expectedMessageCount(1);

            prompts("one", "two");
            letters().assertIsSatisfied();

            assertThat(letters().getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                    .contains("tenant sales is over its budget");
        }
    }
}
