package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.json;
import static io.clauderoutes.simulator.SimulatorCaller.readUntil;
import static io.clauderoutes.simulator.SimulatorCaller.streaming;
import static io.clauderoutes.simulator.SimulatorCaller.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulatorBillTest {

    /** 5 tokens, answered with 2. */
    private static final String PONG = "say exactly: Pong.";

    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withRequestsKept(5), Clock.systemUTC());
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void close() {
        simulator.close();
    }

    @Test
    void nothing_is_billed_at_first() {
        BilledUsage none = new BilledUsage(0, 0, 0, 0);

        assertThat(simulator.bill())
                .isEqualTo(new Bill(
                        Map.of(),
                        Map.of(),
                        0,
                        Map.of(),
                        new Bill.Billed(0, none, Map.of()),
                        new Bill.Streams(0, 0, 0),
                        Bill.Batches.NONE));
    }

    @Test
    void every_answer_is_on_the_bill_once_it_was_read() {
        caller.ask(PONG);
        caller.stream(PONG);
        caller.get("/v1/models");

        BilledUsage usage = new BilledUsage(10, 4, 0, 0);
        assertThat(simulator.bill())
                .isEqualTo(new Bill(
                        Map.of("/v1/messages", 2L, "/v1/models", 1L),
                        Map.of(200, 3L),
                        0,
                        Map.of(),
                        new Bill.Billed(2, usage, Map.of("claude-sonnet-5-5", usage)),
                        new Bill.Streams(1, 1, 0),
                        Bill.Batches.NONE));
    }

    @Test
    void many_clients_at_once_are_counted_exactly() {
        IntStream.range(0, 400).parallel().forEach(i -> new SimulatorCaller(simulator).stream(PONG));

        assertThat(simulator.bill().billed().tokens()).isEqualTo(new BilledUsage(2_000, 800, 0, 0));
        assertThat(simulator.bill().streams().ended()).isEqualTo(400);
    }

    @Test
    void an_error_costs_nothing() {
        simulator.next(Fault.status(529));
        caller.ask(PONG);
        caller.post("/v1/messages", "{}");

        assertThat(simulator.bill().billed().answers()).isZero();
        assertThat(simulator.bill().statuses()).isEqualTo(Map.of(529, 1L, 400, 1L));
        assertThat(simulator.bill().faults()).isEqualTo(Map.of("status-529", 1L));
    }

    @Test
    void a_refusal_before_any_text_costs_nothing() {
        simulator.next(new Fault.Refusal(0, "cyber"));
        caller.ask(PONG);

        assertThat(simulator.bill().billed().answers()).isZero();
    }

    @Test
    void a_refusal_amid_the_text_costs_what_was_said() {
        simulator.next(new Fault.Refusal(1, "cyber"));
        caller.stream("say exactly: 16 characters... and no more");

        assertThat(simulator.bill().billed().tokens()).isEqualTo(new BilledUsage(11, 4, 0, 0));
    }

    @Test
    void a_stream_that_was_cut_costs_what_it_said() {
        simulator.next(new Fault.End(2));
        caller.stream("Tell me of rivers");

        assertThat(simulator.bill().billed().tokens().output()).isEqualTo(8);
        assertThat(simulator.bill().streams().begun()).isEqualTo(1);
        assertThat(simulator.bill().streams().cut()).isEqualTo(1);
        assertThat(simulator.bill().streams().ended()).isZero();
    }

    @Test
    void an_answer_lost_on_its_way_is_billed_if_it_was_made() {
        simulator.next(new Fault.ResetBeforeHeaders(false), new Fault.ResetBeforeHeaders(true));
        try (Socket first = caller.dial(streaming(PONG));
                Socket second = caller.dial(streaming(PONG))) {
            until(() -> simulator.bill().unanswered() == 2 && first.isConnected() && second.isConnected());
        } catch (IOException e) {
            throw new AssertionError(e);
        }

        assertThat(simulator.bill().billed().tokens()).isEqualTo(new BilledUsage(5, 2, 0, 0));
        assertThat(simulator.bill().statuses()).isEmpty();
    }

    @Test
    void a_client_that_leaves_pays_for_what_was_written_so_far() throws IOException {
        simulator.next(new Fault.Slow(Duration.ZERO, 200));

        try (Socket socket = caller.dial(streaming("Write 5000 words on rivers"))) {
            readUntil(socket.getInputStream(), "text_delta");
        }

        until(() -> simulator.bill().streams().cut() == 1);
        assertThat(simulator.bill().billed().tokens().output()).isBetween(4L, 2_000L);
        assertThat(simulator.bill().billed().tokens().input()).isEqualTo(7);
    }

    @Test
    void a_client_that_leaves_before_the_first_byte_pays_nothing() throws IOException {
        simulator.next(new Fault.Slow(Duration.ofMinutes(1), 0));

        try (Socket socket = caller.dial(streaming(PONG))) {
            until(() -> simulator.requests().size() == 1 && socket.isConnected());
        }

        until(() -> simulator.bill().unanswered() == 1);
        assertThat(simulator.bill().billed().answers()).isZero();
    }

    @Test
    void a_client_that_leaves_while_a_whole_answer_is_made_pays_for_its_part() throws IOException {
        simulator.next(new Fault.Slow(Duration.ZERO, 100));

        try (Socket socket = caller.dial(SimulatorCaller.asking("Write 5000 words on rivers"))) {
            until(() -> simulator.requests().size() == 1 && socket.isConnected());
        }

        until(() -> simulator.bill().unanswered() == 1);
        assertThat(simulator.bill().billed().tokens().input()).isEqualTo(7);
        assertThat(simulator.bill().billed().tokens().output()).isLessThan(2_000);
        assertThat(simulator.bill().statuses()).isEmpty();
    }

    @Test
    void a_client_that_does_not_read_holds_the_writing_up() throws IOException {
        String unread = streaming("Write 200000 words on rivers").replace("10000,", "300000,");

        try (Socket socket = caller.dial(unread)) {
            readUntil(socket.getInputStream(), "text_delta");
            for (int i = 0; i < 50; i++) {
                caller.get("/v1/models");
            }
            assertThat(simulator.bill().streams().ended()).isZero();
        }

        until(() -> simulator.bill().streams().cut() == 1);
        assertThat(simulator.bill().billed().tokens().output()).isLessThan(250_000);
    }

    @Test
    void it_can_be_asked_for_over_http() {
        caller.stream(PONG);

        assertThat(json(caller.get("/simulator/bill"))).isEqualTo(json("""
                                {"calls":{"/v1/messages":1},"statuses":{"200":1},"unanswered":0,"faults":{},
                                 "answers_billed":1,
                                 "tokens":{"input_tokens":5,"output_tokens":2,
                                  "cache_read_input_tokens":0,"cache_creation_input_tokens":0},
                                 "models":{"claude-sonnet-5-5":{"input_tokens":5,"output_tokens":2,
                                  "cache_read_input_tokens":0,"cache_creation_input_tokens":0}},
                                 "streams":{"begun":1,"ended":1,"cut":0},
                                 "batches":{"created":0,"ended":0,"items":0,"items_billed":0,
                                  "tokens":{"input_tokens":0,"output_tokens":0,
                                   "cache_read_input_tokens":0,"cache_creation_input_tokens":0},
                                  "models":{}}}
                                """));
    }

    @Test
    void only_the_last_requests_are_kept() {
        for (int i = 0; i < 8; i++) {
            caller.ask("say exactly: " + i);
        }

        assertThat(simulator.requests()).hasSize(5);
        assertThat(simulator.requests().get(4).body()).contains("exactly: 7");
    }
}
