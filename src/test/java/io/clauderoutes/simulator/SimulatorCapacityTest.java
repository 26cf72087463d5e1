package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.events;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static io.clauderoutes.simulator.SimulatorCaller.readUntil;
import static io.clauderoutes.simulator.SimulatorCaller.streaming;
import static io.clauderoutes.simulator.SimulatorCaller.text;
import static io.clauderoutes.simulator.SimulatorCaller.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SimulatorCapacityTest {

    private static final String PROMPT = "Tell me of rivers and mountains";

    private Simulator simulator;
    private SimulatorCaller caller;

    private void start(SimulatorSettings settings) {
        simulator = Simulator.start(settings, Clock.systemUTC());
        caller = new SimulatorCaller(simulator);
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    @Nested
    class When_all_slots_are_taken {

        @Test
        void a_call_waits_until_a_client_has_left() throws IOException {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withSlots(1)));
            simulator.next(new Fault.Stall(1, Fault.FOREVER));
            Socket first = caller.dial(streaming(PROMPT));
            readUntil(first.getInputStream(), "content_block_delta");
            Socket second = caller.dial(streaming(PROMPT));
            until(() -> simulator.requests().size() == 2);
            int before = second.getInputStream().available();

            first.close();

            assertThat(before).isZero();
            assertThat(readUntil(second.getInputStream(), "message_stop")).contains("HTTP/1.1 200");
            second.close();
        }

        @Test
        void a_client_that_leaves_while_it_waits_takes_no_slot_and_is_not_billed() throws IOException {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withSlots(1)));
            simulator.next(new Fault.Stall(1, Fault.FOREVER));
            Socket first = caller.dial(streaming(PROMPT));
            readUntil(first.getInputStream(), "content_block_delta");
            Socket second = caller.dial(streaming(PROMPT));
            until(() -> simulator.requests().size() == 2);

            second.close();
            until(() -> simulator.bill().unanswered() == 1);
            first.close();

            assertThat(caller.ask(PROMPT).statusCode()).isEqualTo(200);
            assertThat(simulator.bill().billed().answers()).isEqualTo(2);
        }

        @Test
        void a_whole_reply_gives_its_slot_back() {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withSlots(1)));
            caller.ask(PROMPT);

            assertThat(caller.ask(PROMPT).statusCode()).isEqualTo(200);
        }

        @Test
        void a_group_takes_one_slot_for_the_time_of_its_longest_reply() {
            start(SimulatorSettings.instant()
                    .withTokensPerSecond(10_000)
                    .withCapacity(Capacity.unlimited().withSlots(1).withReplyTokens(200, 0)));
            long began = System.nanoTime();

            HttpResponse<String> group = caller.post("/v1/batch", "{\"prompts\":[\"one\",\"two\",\"three\"]}");

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(19));
            assertThat(json(group).path("results")).hasSize(3);
            assertThat(caller.ask(PROMPT).statusCode()).isEqualTo(200);
        }
    }

    @Nested
    class When_replies_have_a_mean_length {

        @Test
        void a_reply_has_the_length_that_its_prompt_gets() {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withReplyTokens(100, 0)));

            assertThat(text(caller.ask(PROMPT))).hasSize(400);
        }

        @Test
        void a_prompt_that_names_a_length_keeps_it() {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withReplyTokens(100, 0)));

            assertThat(text(caller.ask("say exactly: Pong"))).isEqualTo("Pong");
        }

        @Test
        void the_same_prompt_gets_the_same_reply() {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withReplyTokens(100, 0.47)));

            assertThat(text(caller.ask(PROMPT)))
                    .isEqualTo(text(caller.ask(PROMPT)))
                    .isNotEqualTo(text(caller.ask(PROMPT + "!")));
        }
    }

    @Nested
    class When_a_connection_has_a_handshake {

        @Test
        void the_first_request_waits_for_it() throws IOException {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withHandshake(Duration.ofMillis(120))));
            long began = System.nanoTime();

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                readUntil(socket.getInputStream(), "message_stop");
            }

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(115));
        }
    }

    @Nested
    class When_a_connection_breaks {

        @Test
        void a_stream_ends_after_half_of_its_tokens_which_are_billed() throws IOException {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withReplyTokens(100, 0)));
            simulator.next(new Fault.Broken());

            try (Socket socket = caller.dial(streaming(PROMPT));
                    InputStream in = socket.getInputStream()) {
                String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);

                assertThat(all).contains("content_block_delta").doesNotContain("message_stop");
            }
            assertThat(simulator.bill().billed().tokens().output()).isBetween(50L, 54L);
            assertThat(simulator.bill().streams().cut()).isOne();
        }

        @Test
        void of_a_whole_reply_nothing_arrives_and_half_of_its_tokens_are_billed() throws IOException {
            start(SimulatorSettings.instant()
                    .withTokensPerSecond(10_000)
                    .withCapacity(Capacity.unlimited().withReplyTokens(100, 0)));
            simulator.next(new Fault.Broken());

            assertThatThrownBy(() -> caller.ask(PROMPT)).isInstanceOf(UncheckedIOException.class);
            assertThat(simulator.bill().billed().tokens().output()).isBetween(50L, 54L);
            assertThat(simulator.bill().unanswered()).isOne();
        }

        @Test
        void the_next_call_gets_its_reply() {
            start(SimulatorSettings.instant().withCapacity(Capacity.unlimited().withSlots(1)));
            simulator.next(new Fault.Broken());

            assertThatThrownBy(() -> caller.ask(PROMPT)).isInstanceOf(UncheckedIOException.class);
            assertThat(events(caller.stream(PROMPT))).isNotEmpty();
        }
    }
}
