package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.write.Journal;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What calls leave behind in the books, next to what the simulator billed for them. */
class LedgerTest {

    /** 5 tokens, answered with 2: 5 × 2 + 2 × 10 micro-dollars. */
    private static final String PONG = "say exactly: Pong.";

    private static final String PONG_SETTLED = "SETTLED 5 2 30";

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;
    private BookRows books;

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant().withRequestsKept(100), Clock.systemUTC());
        bundle = Bundle.calling(simulator).with("claude.ledger.enabled", "true").with("claude.data", data.toString());
        books = new BookRows(data);
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    /** The simulator's fresh input and output tokens. */
    private String billed() {
        return simulator.bill().billed().tokens().input() + " "
                + simulator.bill().billed().tokens().output();
    }

    private String inTheBooks() {
        return books.of("SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0) FROM attempt")
                .get(0);
    }

    @Nested
    class A_call_that_ends_well {

        @Test
        void is_in_the_books_before_and_after_it() {
            bundle.ask(PONG);

            assertThat(books.states()).containsExactly("INTENT SETTLED");
            assertThat(books.attempts()).containsExactly(PONG_SETTLED);
        }

        @Test
        void is_found_by_the_ids_that_its_client_gave_it() {
            String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            bundle.with("claude.cache.enabled", "true");
            bundle.ask(PONG, Map.of("x-request-id", "mine-9", "traceparent", trace));
            bundle.ask(PONG, Map.of("x-request-id", "mine-10"));
            bundle.ask("say exactly: Ping.");

            books.whenOver();
            assertThat(books.of("SELECT state, tenant, traceparent FROM attempt WHERE client_request_id = 'mine-9'"))
                    .containsExactly("SETTLED default " + trace);
            assertThat(books.of("SELECT state, traceparent FROM attempt WHERE client_request_id = 'mine-10'"))
                    .containsExactly("HIT -");
            assertThat(books.of("SELECT client_request_id FROM attempt WHERE traceparent = '" + trace + "'"))
                    .containsExactly("mine-9");
            assertThat(books.of("SELECT count(*) FROM attempt")).containsExactly("3");
            assertThat(books.of("SELECT count(*) FROM entry WHERE client_request_id IS NOT NULL"))
                    .containsExactly("2");
            assertThat(books.of("EXPLAIN QUERY PLAN SELECT state FROM attempt WHERE client_request_id = 'mine-9'"))
                    .anyMatch(step -> step.contains("entry_client_request"));
        }

        @Test
        void is_in_the_journal_before_the_endpoint_sees_it() throws IOException {
            // The journal begins when the ledger is open; whoever comes before goes into the ledger itself.
            bundle.ask("say exactly: Ping.");
            simulator.next(new Fault.Slow(Duration.ofSeconds(2), 0));

            Future<String> asked = bundle.asking(PONG);
            Bundle.until(() -> simulator.requests().size() == 2);

            assertThat(Journal.left(data.resolve(Ledger.FILE)))
                    .filteredOn(row -> row.state() == State.INTENT)
                    .extracting(row -> row.id().number())
                    .contains(2L);
            assertThat(asked).isNotDone();
            Bundle.until(asked::isDone);
        }

        @Test
        void tells_its_cost_in_a_header() {
            Exchange answer = bundle.send(PONG);

            assertThat(answer.getMessage().getHeader(ClaudeHeaders.COST)).isEqualTo(new BigDecimal("0.000030"));
        }

        @Test
        void is_told_with_whose_it_was_and_where_it_went() {
            bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.SESSION, "talk-1"));

            assertThat(books.of("SELECT tenant, session, source, model, endpoint, attempt, price_from FROM attempt"))
                    .containsExactly("acme talk-1 direct claude-sonnet-5-5 primary 1 2026-10-07");
            assertThat(books.of("SELECT request_id FROM attempt").get(0)).startsWith("req_");
        }

        @Test
        void has_the_same_tokens_when_it_is_not_streamed() {
            bundle.send(PONG, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(books.attempts()).containsExactly(PONG_SETTLED);
            assertThat(inTheBooks()).isEqualTo(billed());
        }

        @Test
        void is_charged_to_its_tenant_and_owed_to_its_endpoint() {
            bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "acme"));

            assertThat(books.of("SELECT account, amount_micro_usd FROM posting ORDER BY account"))
                    .containsExactly("endpoint primary -30", "tenant acme 30");
        }
    }

    @Nested
    class A_call_that_needs_another {

        @Test
        void has_a_row_for_each_attempt_and_one_bill() {
            simulator.next(Fault.status(529), Fault.status(500));

            bundle.ask(PONG);

            assertThat(books.attempts()).containsExactly("REJECTED - - -", "REJECTED - - -", PONG_SETTLED);
            assertThat(books.of("SELECT attempt FROM attempt ORDER BY number")).containsExactly("1", "2", "3");
            assertThat(books.number("SELECT count(DISTINCT prompt) FROM attempt"))
                    .isEqualTo(1);
            assertThat(inTheBooks()).isEqualTo(billed());
        }

        @Test
        void that_never_answered_may_have_been_billed() {
            simulator.next(new Fault.ResetBeforeHeaders(true));

            bundle.ask(PONG);

            assertThat(books.attempts()).containsExactly("UNKNOWN - - -", PONG_SETTLED);
        }

        @Test
        void is_refused_inside_a_stream_that_had_not_begun() {
            simulator.next(Fault.status(529));

            bundle.ask(PONG);

            assertThat(books.of("SELECT reason FROM attempt ORDER BY number"))
                    .containsExactly("529 overloaded_error", "-");
        }
    }

    @Nested
    class A_call_that_fails {

        @Test
        void and_was_refused_costs_nothing() {
            simulator.next(Fault.status(400));

            bundle.failure(PONG);

            assertThat(books.attempts()).containsExactly("REJECTED - - -");
            assertThat(books.number("SELECT count(*) FROM posting")).isZero();
        }

        @Test
        void in_the_middle_of_its_stream_has_its_exact_input_and_the_output_that_was_seen() {
            simulator.next(new Fault.End(2));

            ClaudeException failure = bundle.failure("Tell me of rivers");

            assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
            assertThat(books.of("SELECT state FROM attempt")).containsExactly("ABORTED");
            assertThat(books.of("SELECT input_tokens FROM attempt"))
                    .containsExactly(
                            Long.toString(simulator.bill().billed().tokens().input()));
            assertThat(books.number("SELECT output_tokens FROM attempt"))
                    .isBetween(1L, simulator.bill().billed().tokens().output() + 2);
        }

        @Test
        void because_a_sink_failed_is_settled_all_the_same() {
            bundle.with("claude.sinks.sick.uri", "direct:nobody-is-here?block=false")
                    .with("claude.sinks.sick.attempts", "1");

            bundle.send(PONG, Map.of(ClaudeHeaders.SINKS, "sick"));

            assertThat(books.attempts()).containsExactly(PONG_SETTLED);
        }

        @Test
        void and_never_reached_anybody_was_not_sent() {
            Bundle nobody = Bundle.callingUrl("http://127.0.0.1:1")
                    .with("claude.ledger.enabled", "true")
                    .with("claude.data", data.toString());
            try (nobody) {
                nobody.failure(PONG);
            }

            assertThat(books.of("SELECT state, reason FROM attempt"))
                    .hasSize(3)
                    .containsOnly("REJECTED not sent: api_error");
        }
    }

    @Nested
    class A_refusal {

        @Test
        void before_any_text_costs_nothing_though_tokens_are_told() {
            simulator.next(new Fault.Refusal(0, "cyber"));

            bundle.ask(PONG);

            assertThat(books.of("SELECT state, cost_micro_usd FROM attempt")).containsExactly("SETTLED 0");
        }

        @Test
        void amid_the_text_costs_what_was_said() {
            simulator.next(new Fault.Refusal(1, "cyber"));

            bundle.ask("say exactly: 16 characters... and no more");

            assertThat(inTheBooks()).isEqualTo(billed());
            assertThat(books.number("SELECT cost_micro_usd FROM attempt")).isPositive();
        }
    }

    @Nested
    class Without_a_call {

        @Test
        void an_answer_out_of_the_cache_is_one_row_without_cost() {
            bundle.ask(PONG);
            bundle.ask(PONG);
            bundle.context().stop();

            assertThat(books.attempts()).containsExactly(PONG_SETTLED, "HIT - - -");
            assertThat(simulator.bill().billed().answers()).isEqualTo(1);
        }

        @Test
        void who_joined_a_call_has_one_row_without_cost() {
            simulator.next(new Fault.Slow(Duration.ofSeconds(2), 0));
            Future<String> leader = bundle.asking(PONG);
            Bundle.until(() -> bundle.meter("claude.cache.under.way") == 1);

            bundle.ask(PONG);
            Bundle.until(leader::isDone);
            bundle.context().stop();

            assertThat(books.of("SELECT state FROM attempt ORDER BY state")).containsExactly("JOINED", "SETTLED");
            assertThat(inTheBooks()).isEqualTo(billed());
        }
    }

    @Nested
    class A_caller_of_the_door_who_leaves {

        private void readsAndLeaves() throws Exception {
            String request = """
                    {"model":"claude-sonnet-5-5","max_tokens":10000,"stream":true,
                     "messages":[{"role":"user","content":"Write 400 words on rivers"}]}""";
            HttpResponse<InputStream> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                    .POST(HttpRequest.BodyPublishers.ofString(request))
                                    .build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                byte[] some = body.readNBytes(600);
                assertThat(new String(some, StandardCharsets.UTF_8)).contains("message_start");
            }
        }

        @Test
        void leaves_the_whole_bill_behind_for_the_reply_is_read_on() throws Exception {
            bundle.withHttpDoor().with("claude.fan-out.on-caller-gone", "read-on");
            simulator.next(new Fault.Slow(Duration.ZERO, 800));

            readsAndLeaves();

            Bundle.until(() -> simulator.bill().streams().ended() == 1);
            Bundle.until(() -> books.states().equals(List.of("INTENT SETTLED")));
            assertThat(inTheBooks()).isEqualTo(billed());
            assertThat(books.of("SELECT source FROM attempt")).containsExactly("claude-http");
        }

        @Test
        void is_seen_to_have_begun_while_it_goes_on() throws Exception {
            bundle.withHttpDoor().with("claude.fan-out.on-caller-gone", "read-on");
            simulator.next(new Fault.Slow(Duration.ofSeconds(1), 20));

            readsAndLeaves();

            Bundle.until(() -> books.of("SELECT state FROM attempt").equals(List.of("STARTED")));
        }

        @Test
        void leaves_an_estimate_behind_when_the_reply_is_stopped() throws Exception {
            bundle.withHttpDoor().with("claude.fan-out.on-caller-gone", "stop");
            simulator.next(new Fault.Slow(Duration.ZERO, 200));

            readsAndLeaves();

            Bundle.until(() -> simulator.bill().streams().cut() == 1);
            Bundle.until(() -> books.states().equals(List.of("INTENT ABORTED")));
            assertThat(books.number("SELECT input_tokens FROM attempt"))
                    .isEqualTo(simulator.bill().billed().tokens().input());
            assertThat(books.number("SELECT cost_micro_usd FROM attempt")).isPositive();
        }
    }

    @Nested
    class With_many_calls_at_once {

        @Test
        void some_of_which_fail_the_books_have_what_the_simulator_billed() {
            for (int i = 0; i < 60; i++) {
                simulator.next(i % 3 == 0 ? Fault.status(529) : new Fault.Ok());
            }
            bundle.with("claude.call.max-attempts", "5").with("claude.call.retry-budget-percent", "100");

            IntStream.range(0, 100)
                    .mapToObj(i -> bundle.asking("say exactly: number " + i, Map.of(ClaudeHeaders.TENANT, "t" + i % 3)))
                    .toList()
                    .forEach(asked -> Bundle.until(asked::isDone));

            books.whenOver();
            assertThat(inTheBooks()).isEqualTo(billed());
            assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                    .isEqualTo(simulator.bill().billed().answers());
            assertThat(books.number("SELECT count(*) FROM attempt"))
                    .isEqualTo(simulator.bill().callsOf("/v1/messages"));
            assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting"))
                    .isZero();
            assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting WHERE account LIKE 'tenant %'"))
                    .isEqualTo(books.number("SELECT sum(cost_micro_usd) FROM attempt"));
        }
    }

    @Nested
    class A_model_that_nobody_knows {

        @Test
        void has_tokens_and_no_cost() {
            Exchange answer = bundle.send(PONG, Map.of(ClaudeHeaders.MODEL, "claude-new-9"));

            assertThat(books.attempts()).containsExactly("SETTLED 5 2 -");
            assertThat(answer.getMessage().getHeader(ClaudeHeaders.COST)).isNull();
        }
    }
}
