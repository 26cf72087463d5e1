package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Charge;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Http2Claude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A request that is sent to a second endpoint while the first gives no token, next to what both have billed. */
@Timeout(180)
class HedgingTest {

    /** Where calls alone are counted, a few more than the budget has at its start. */
    private static final int MORE_THAN_THE_BUDGET = 12;

    private static final int BUDGET = 10;
    private static final int CLOSE = 60;

    @TempDir
    private Path data;

    private Simulator near = simulator(Duration.ZERO);
    private Simulator far = simulator(Duration.ZERO);
    private Bundle bundle;

    private static Simulator simulator(Duration latency) {
        return Simulator.start(SimulatorSettings.instant().withLatency(latency, latency), Clock.systemUTC());
    }

    private Bundle bundle() {
        bundle = Bundle.calling(near)
                .withHttpDoor()
                .with("claude.endpoints.primary.priority", "1")
                .with("claude.endpoints.second.url", far.url().toString())
                .with("claude.endpoints.second.priority", "2")
                .with("claude.call.order", "priority")
                .with("claude.call.hedge-after", "100ms")
                .with("claude.endpoints.*.breaker-min-calls", "2")
                .with("claude.endpoints.*.out-after-failures", "2")
                .with("claude.cache.enabled", "false")
                .with("claude.ledger.enabled", "true")
                .with("claude.data", data.toString());
        return bundle;
    }

    @AfterEach
    void all_is_closed() {
        bundle.close();
        near.close();
        far.close();
    }

    private static Fault[] times(int times, Fault fault) {
        return Collections.nCopies(times, fault).toArray(Fault[]::new);
    }

    private static Fault slow(Duration latency) {
        return new Fault.Slow(latency, 10_000);
    }

    /** What the books say of each call once none is at work. */
    private List<String> states() {
        BookRows books = new BookRows(data);
        Bundle.until(() -> bundle.context().getInflightRepository().size() == 0
                && books.number("SELECT count(*) FROM attempt WHERE state IN ('INTENT', 'STARTED')") == 0);
        return books.of("SELECT endpoint, state FROM attempt ORDER BY run, number");
    }

    private static String endpoint(Exchange answer) {
        assertThat(answer.getException()).isNull();
        return answer.getMessage().getHeader(ClaudeHeaders.ENDPOINT, String.class);
    }

    @Test
    void an_endpoint_that_gives_no_head_is_overtaken_and_its_call_may_have_been_billed() {
        bundle();
        near.next(new Fault.StallBeforeHeaders(Fault.FOREVER));

        Exchange answer = bundle.send("say exactly: Deep.");

        assertThat(endpoint(answer)).isEqualTo("second");
        assertThat(answer.getMessage().getBody(String.class)).isEqualTo("Deep.");
        assertThat(answer.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(2);
        assertThat(states()).containsExactly("primary UNKNOWN", "second SETTLED");
        assertThat(bundle.meter("claude.call.hedges")).isEqualTo(1);
        assertThat(bundle.meter("claude.call.hedges.won")).isEqualTo(1);
    }

    @Test
    void the_delay_is_predicted_from_the_times_of_earlier_replies() {
        bundle().with("claude.call.hedge-after", "auto");
        for (int i = 0; i < 20; i++) {
            near.next(slow(Duration.ofMillis(60)));
            assertThat(endpoint(bundle.send("say exactly: Deep " + i))).isEqualTo("primary");
        }
        Bundle.until(() -> bundle.meter("claude.prediction.samples") == 20);
        assertThat(bundle.meter("claude.call.hedges")).isZero();
        near.next(new Fault.StallBeforeHeaders(Fault.FOREVER));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("second");

        assertThat(bundle.meter("claude.call.hedges")).isEqualTo(1);
        assertThat(states()).endsWith("primary UNKNOWN", "second SETTLED");
        assertThat(far.bill().calls()).isEqualTo(Map.of("/v1/messages", 1L));
    }

    @Test
    void nothing_is_hedged_while_more_than_four_of_five_permits_are_used() {
        bundle().with("claude.throttle.in-flight", "1");
        near.next(slow(Duration.ofMillis(500)));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("primary");

        assertThat(bundle.meter("claude.call.hedges")).isZero();
        assertThat(states()).containsExactly("primary SETTLED");
    }

    @Test
    void an_endpoint_that_stalls_before_content_is_cut_and_its_input_is_in_the_books() {
        bundle().with("claude.call.hedge-after", "5s");
        near.next(new Fault.Stall(0, Fault.FOREVER));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("second");

        Bundle.until(() -> near.bill().streams().cut() == 1);
        assertThat(states()).containsExactly("primary ABORTED", "second SETTLED");
        assertThat(new BookRows(data).number("SELECT input_tokens FROM attempt WHERE state = 'ABORTED'"))
                .isEqualTo(near.charges().get(0).tokens().input());
    }

    @Test
    void a_caller_who_reads_along_sees_the_winner_alone_with_the_winners_head() throws Exception {
        bundle();
        near.next(new Fault.Stall(0, Fault.FOREVER));

        var response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .POST(HttpRequest.BodyPublishers.ofString("""
                                        {"model":"claude-sonnet-5-5","max_tokens":100,"stream":true,
                                         "messages":[{"role":"user","content":"say exactly: Deep."}]}"""))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.body()).containsOnlyOnce("event: message_start").contains("event: message_stop");
        assertThat(response.headers().firstValue("request-id"))
                .contains(far.charges().get(0).requestId());
    }

    @Test
    void an_endpoint_that_is_overtaken_again_and_again_is_neither_out_nor_behind_an_open_breaker() {
        bundle();
        near.next(times(8, new Fault.StallBeforeHeaders(Fault.FOREVER)));

        for (int i = 0; i < 8; i++) {
            assertThat(endpoint(bundle.send("say exactly: Deep " + i))).isEqualTo("second");
        }

        assertThat(bundle.meter("claude.endpoint.state", "endpoint", "primary")).isZero();
        assertThat(bundle.meter("claude.breaker.state", "endpoint", "primary")).isZero();
        // What is not streamed is not hedged.
        assertThat(endpoint(bundle.send("say exactly: Deep again", Map.of(ClaudeHeaders.STREAM, false))))
                .isEqualTo("primary");
        assertThat(bundle.meter("claude.api.success.rate"))
                .as("calls that were given up do not count")
                .isEqualTo(1);
    }

    @Test
    void a_stream_of_http_2_that_is_overtaken_is_reset() {
        try (Http2Claude slow = Http2Claude.plain()) {
            slow.hold();
            bundle().with("claude.endpoints.primary.url", slow.url())
                    .with("claude.endpoints.primary.http-version", "2");

            assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("second");

            Bundle.until(() -> slow.resets() == 1);
        }
    }

    @Test
    void nothing_is_sent_twice_unless_a_setting_says_so() {
        bundle().with("claude.call.hedge-after", "0s");
        near.next(slow(Duration.ofMillis(500)));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("primary");
        assertThat(states()).containsExactly("primary SETTLED");
    }

    @Test
    void a_request_of_a_session_is_sent_once() {
        bundle();
        near.next(slow(Duration.ofMillis(500)));

        Exchange answer = bundle.send("say exactly: Deep.", Map.of(ClaudeHeaders.SESSION, "s-1"));

        assertThat(endpoint(answer)).isEqualTo("primary");
        assertThat(bundle.meter("claude.call.hedges")).isZero();
    }

    @Test
    void a_request_that_asks_for_no_stream_is_sent_once() {
        bundle();
        near.next(slow(Duration.ofMillis(500)));

        Exchange answer = bundle.send("say exactly: Deep.", Map.of(ClaudeHeaders.STREAM, false));

        assertThat(endpoint(answer)).isEqualTo("primary");
        assertThat(bundle.meter("claude.call.hedges")).isZero();
    }

    @Test
    void a_request_is_sent_no_more_often_than_there_are_attempts() {
        bundle().with("claude.call.max-attempts", "1");
        near.next(slow(Duration.ofMillis(500)));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("primary");
        assertThat(bundle.meter("claude.call.hedges")).isZero();
    }

    @Test
    void no_more_is_sent_twice_than_the_budget_has() {
        bundle().with("claude.call.hedge-budget-percent", "1");
        near.next(times(MORE_THAN_THE_BUDGET, slow(Duration.ofSeconds(3))));

        List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < MORE_THAN_THE_BUDGET; i++) {
            endpoints.add(endpoint(bundle.send("say exactly: Deep " + i)));
        }

        assertThat(bundle.meter("claude.call.hedges")).isEqualTo(BUDGET);
        assertThat(endpoints.subList(BUDGET, MORE_THAN_THE_BUDGET)).containsOnly("primary");
    }

    @Test
    void a_budget_of_nothing_lets_nothing_be_sent_twice() {
        bundle().with("claude.call.hedge-budget-percent", "0");
        near.next(slow(Duration.ofMillis(500)));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("primary");
        assertThat(bundle.meter("claude.call.hedges")).isZero();
    }

    @Test
    void a_first_call_that_fails_meanwhile_leaves_the_answer_to_the_second() {
        bundle().with("claude.endpoints.primary.first-token-timeout", "1s");
        far.next(slow(Duration.ofSeconds(3)));
        near.next(new Fault.StallBeforeHeaders(Fault.FOREVER));

        assertThat(endpoint(bundle.send("say exactly: Deep."))).isEqualTo("second");
        assertThat(states()).containsExactly("primary UNKNOWN", "second SETTLED");
    }

    @Test
    void when_both_answer_at_the_same_time_one_does_and_the_books_have_both() throws Exception {
        Duration latency = Duration.ofMillis(20);
        near.close();
        far.close();
        near = simulator(latency);
        far = simulator(latency);
        bundle().with("claude.call.hedge-after", "1ms").with("claude.call.hedge-budget-percent", "100");

        List<Future<String>> asking = new ArrayList<>();
        for (int i = 0; i < CLOSE; i++) {
            asking.add(bundle.asking("say exactly: Deep " + i, Map.of(ClaudeHeaders.STREAM, i % 2 == 0)));
        }
        for (int i = 0; i < CLOSE; i++) {
            assertThat(asking.get(i).get(60, TimeUnit.SECONDS)).isEqualTo("Deep " + i);
        }

        assertThat(bundle.meter("claude.call.hedges")).isPositive();
        assertThat(states()).filteredOn(state -> state.endsWith("SETTLED")).hasSize(CLOSE);
        assertThat(states()).hasSize(CLOSE + (int) bundle.meter("claude.call.hedges"));
        againstTheBills();
    }

    /** Each row that is settled or an estimate is what one of the two has billed; what is left over is unknown. */
    private void againstTheBills() {
        BookRows books = new BookRows(data);
        Map<String, Charge> charges = new HashMap<>();
        near.charges().forEach(charge -> charges.put("primary " + charge.requestId(), charge));
        far.charges().forEach(charge -> charges.put("second " + charge.requestId(), charge));
        for (String row : books.of("SELECT endpoint, request_id, state, input_tokens, output_tokens FROM attempt"
                + " WHERE state IN ('SETTLED', 'ABORTED')")) {
            String[] cells = row.split(" ", -1);
            Charge charge = charges.remove(cells[0] + " " + cells[1]);
            assertThat(charge).as(row).isNotNull();
            assertThat(Long.parseLong(cells[3])).isEqualTo(charge.tokens().input());
            if (cells[2].equals("SETTLED")) {
                assertThat(Long.parseLong(cells[4])).isEqualTo(charge.tokens().output());
            }
        }
        assertThat((long) charges.size())
                .isLessThanOrEqualTo(books.number("SELECT count(*) FROM attempt WHERE state = 'UNKNOWN'"));
    }
}
