package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.error;
import static io.clauderoutes.simulator.SimulatorCaller.events;
import static io.clauderoutes.simulator.SimulatorCaller.joined;
import static io.clauderoutes.simulator.SimulatorCaller.json;
import static io.clauderoutes.simulator.SimulatorCaller.names;
import static io.clauderoutes.simulator.SimulatorCaller.readUntil;
import static io.clauderoutes.simulator.SimulatorCaller.streaming;
import static io.clauderoutes.simulator.SimulatorCaller.text;
import static io.clauderoutes.simulator.SimulatorCaller.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatorFaultsTest {

    private static final String PROMPT = "Tell me of rivers and mountains";

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final SimulatorCaller caller = new SimulatorCaller(simulator);

    @AfterEach
    void nothing_is_left_over() {
        List<Fault> unasked = simulator.unasked();
        simulator.close();

        assertThat(unasked).isEmpty();
    }

    @Nested
    class When_a_status_is_scripted {

        @ParameterizedTest
        @CsvSource({
            "400, invalid_request_error",
            "401, authentication_error",
            "403, permission_error",
            "404, not_found_error",
            "413, request_too_large",
            "429, rate_limit_error",
            "500, api_error",
            "502, api_error",
            "503, api_error",
            "504, timeout_error",
            "529, overloaded_error"
        })
        void it_has_the_type_of_the_api(int status, String type) {
            simulator.next(Fault.status(status));

            assertThat(error(caller.ask(PROMPT))).startsWith(status + " " + type + ": ");
        }

        @Test
        void it_says_when_to_come_back_only_if_told_to() {
            simulator.next(Fault.status(429, Duration.ofSeconds(7)), Fault.status(429));

            assertThat(caller.ask(PROMPT).headers().firstValue("retry-after")).hasValue("7");
            assertThat(caller.ask(PROMPT).headers().firstValue("retry-after")).isEmpty();
        }

        @Test
        void it_carries_a_code_for_machines() {
            simulator.next(Fault.status(429, "enforced_spend_limit_reached"));

            assertThat(json(caller.ask(PROMPT)).at("/error/details/error_code").asText())
                    .isEqualTo("enforced_spend_limit_reached");
        }

        @Test
        void the_call_after_it_is_answered() {
            simulator.next(Fault.status(529));
            caller.ask(PROMPT);

            assertThat(caller.ask(PROMPT).statusCode()).isEqualTo(200);
        }

        @Test
        void faults_come_in_their_order_and_pass_over_calls_that_write_no_text() {
            simulator.next(Fault.status(500), new Fault.Ok(), Fault.status(529));

            int first = caller.ask(PROMPT).statusCode();
            caller.get("/v1/models");
            int second = caller.ask(PROMPT).statusCode();
            int third = caller.stream(PROMPT).statusCode();
            assertThat(List.of(first, second, third)).containsExactly(500, 200, 529);
        }
    }

    @Nested
    class When_the_answer_is_no_answer_of_the_api {

        @Test
        void a_proxy_sends_a_page() {
            simulator.next(new Fault.Html(503));

            HttpResponse<String> response = caller.ask(PROMPT);

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
            assertThat(response.body()).startsWith("<!DOCTYPE html>");
            assertThat(response.headers().firstValue("request-id")).isEmpty();
        }

        @Test
        void a_redirect_names_another_place() {
            simulator.next(new Fault.Redirect(307, "http://127.0.0.1:1/elsewhere"));

            HttpResponse<String> response = caller.ask(PROMPT);

            assertThat(response.statusCode()).isEqualTo(307);
            assertThat(response.headers().firstValue("location")).hasValue("http://127.0.0.1:1/elsewhere");
        }
    }

    @Nested
    class When_the_connection_breaks {

        @Test
        void it_is_reset_before_any_byte() throws IOException {
            simulator.next(new Fault.ResetBeforeHeaders(false));

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                InputStream in = socket.getInputStream();

                assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            }
        }

        @Test
        void it_is_reset_after_the_deltas_have_come() throws IOException {
            simulator.next(new Fault.Reset(2));

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                InputStream in = socket.getInputStream();
                readUntil(in, "text_delta");
                String second = readUntil(in, "\n\n") + readUntil(in, "\n\n");

                assertThat(second).contains("text_delta");
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("reset");
            }
        }

        @Test
        void a_whole_answer_is_cut_too() {
            simulator.next(new Fault.Reset(2));

            assertThatThrownBy(() -> caller.ask(PROMPT)).hasRootCauseInstanceOf(IOException.class);
        }

        @Test
        void on_http_2_only_the_stream_is_reset() throws IOException, InterruptedException {
            HttpClient client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
            HttpRequest hello = caller.request("/api/hello")
                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                    .build();
            client.send(hello, HttpResponse.BodyHandlers.discarding());
            simulator.next(new Fault.Reset(2));

            assertThatThrownBy(() -> client.send(
                            caller.request("/v1/messages")
                                    .POST(HttpRequest.BodyPublishers.ofString(streaming(PROMPT)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
            assertThat(client.send(hello, HttpResponse.BodyHandlers.discarding())
                            .version())
                    .isEqualTo(HttpClient.Version.HTTP_2);
        }

        @Test
        void a_fault_later_than_the_answer_strikes_before_its_end() {
            simulator.next(new Fault.End(1_000_000));

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(names(events)).endsWith("content_block_delta").doesNotContain("message_stop");
        }
    }

    @Nested
    class When_the_server_falls_silent {

        @Test
        void no_header_comes() throws IOException {
            simulator.next(new Fault.StallBeforeHeaders(Fault.FOREVER));

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                socket.setSoTimeout(200);
                InputStream in = socket.getInputStream();

                assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            }
            until(() -> simulator.bill().unanswered() == 1);
        }

        @Test
        void it_hangs_up_in_the_end() throws IOException {
            simulator.next(new Fault.StallBeforeHeaders(Duration.ofMillis(50)));

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                InputStream in = socket.getInputStream();

                assertThatThrownBy(in::read).isInstanceOf(SocketException.class);
            }
        }

        @Test
        void nothing_comes_after_some_deltas() throws IOException {
            simulator.next(new Fault.Stall(1, Fault.FOREVER));

            try (Socket socket = caller.dial(streaming(PROMPT))) {
                InputStream in = socket.getInputStream();
                readUntil(in, "text_delta");
                readUntil(in, "\n\n\r\n");
                socket.setSoTimeout(200);

                assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            }
            until(() -> simulator.bill().streams().cut() == 1);
        }

        @Test
        void the_rest_comes_after_a_while() {
            simulator.next(new Fault.Stall(2, Duration.ofMillis(50)));

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(names(events)).endsWith("message_stop");
        }
    }

    @Nested
    class When_the_stream_is_not_right {

        @Test
        void it_ends_without_its_last_events() {
            simulator.next(new Fault.End(2));

            assertThat(names(events(caller.stream(PROMPT))))
                    .containsExactly(
                            "message_start",
                            "content_block_start",
                            "ping",
                            "content_block_delta",
                            "content_block_delta");
        }

        @Test
        void an_error_comes_in_it_and_ends_it() {
            simulator.next(Fault.ErrorEvent.overloaded(1));

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(names(events)).endsWith("content_block_delta", "error");
            assertThat(events.get(4).data().path("error"))
                    .isEqualTo(json("{\"details\":null,\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}"));
            assertThat(events.get(4).data().path("request_id").asText()).startsWith("req_");
        }

        @Test
        void the_same_error_is_the_status_of_an_answer_that_is_not_streamed() {
            simulator.next(Fault.ErrorEvent.overloaded(1));

            assertThat(error(caller.ask(PROMPT))).isEqualTo("529 overloaded_error: Overloaded");
        }

        @Test
        void a_frame_is_not_json_and_the_rest_follows() {
            simulator.next(new Fault.Junk(1));

            String body = caller.stream(PROMPT).body();

            assertThat(body).contains("\"del<!>\n\n").contains("event: message_stop");
        }

        @Test
        void an_event_of_an_unknown_kind_is_among_the_others() {
            simulator.next(new Fault.UnknownEvent(1));

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(names(events)).contains("content_block_glimmer").endsWith("message_stop");
            assertThat(joined(events, "text")).isEqualTo(text(caller.ask(PROMPT)));
        }

        @Test
        void one_line_is_as_long_as_it_was_told_to_be() throws IOException {
            simulator.next(new Fault.HugeLine(1, 300_000_000, false));

            long read = 0;
            int longest = 0;
            try (InputStream in = caller.open(streaming(PROMPT)).body()) {
                byte[] bytes = new byte[65_536];
                int run = 0;
                for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                    read += n;
                    for (int i = 0; i < n; i++) {
                        run = bytes[i] == '\n' ? 0 : run + 1;
                        longest = Math.max(longest, run);
                    }
                }
            }

            assertThat(longest).isBetween(300_000_000, 300_000_200);
            assertThat(read).isGreaterThan(longest);
        }

        @Test
        void a_whole_answer_that_is_huge_is_still_valid() {
            simulator.next(new Fault.HugeLine(3, 5_000_000, false));

            HttpResponse<String> response = caller.ask("say exactly: ok");

            assertThat(response.body()).hasSizeGreaterThan(5_000_000);
            assertThat(text(response)).isEqualTo("ok");
        }

        @Test
        void a_long_line_can_be_a_bomb() throws IOException {
            simulator.next(new Fault.HugeLine(1, 50_000_000, true));

            byte[] packed;
            try (InputStream in = caller.open(streaming(PROMPT)).body()) {
                packed = in.readAllBytes();
            }

            assertThat(packed.length).isLessThan(500_000);
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
                assertThat(in.skip(Long.MAX_VALUE)).isGreaterThan(50_000_000);
            }
        }

        @Test
        void a_refusal_before_any_text_has_no_content() {
            simulator.next(new Fault.Refusal(0, "cyber"));

            var message = json(caller.ask(PROMPT));

            assertThat(message.path("content")).isEmpty();
            assertThat(message.path("stop_reason").asText()).isEqualTo("refusal");
            assertThat(message.path("stop_details").path("category").asText()).isEqualTo("cyber");
        }

        @Test
        void a_refusal_amid_the_text_ends_the_message_in_order() {
            simulator.next(new Fault.Refusal(2, "bio"));

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(names(events)).endsWith("content_block_stop", "message_delta", "message_stop");
            assertThat(joined(events, "text")).hasSize(32);
        }
    }

    @Nested
    class When_the_delivery_is_unusual {

        @Test
        void each_byte_comes_alone() throws IOException {
            simulator.next(new Fault.ByteByByte());

            try (Socket socket = caller.dial(streaming("say exactly: ok"))) {
                InputStream in = socket.getInputStream();
                readUntil(in, "\r\n\r\n");

                assertThat(readUntil(in, "\r\n0\r\n\r\n")).matches("(?s)(1\r\n.\r\n)+0\r\n\r\n");
            }
        }

        @Test
        void the_same_bytes_come_in_the_end() {
            simulator.next(new Fault.ByteByByte());

            List<SimulatorCaller.Event> events = events(caller.stream(PROMPT));

            assertThat(joined(events, "text")).isEqualTo(text(caller.ask(PROMPT)));
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void the_body_is_gzipped(boolean streamed) throws IOException {
            simulator.next(new Fault.Gzip());

            HttpResponse<InputStream> response =
                    caller.open(streamed ? streaming(PROMPT) : SimulatorCaller.asking(PROMPT));

            assertThat(response.headers().firstValue("content-encoding")).hasValue("gzip");
            try (InputStream in = new GZIPInputStream(response.body())) {
                String body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(body).contains(streamed ? "message_stop" : "end_turn");
            }
        }

        @Test
        void it_takes_its_time() {
            simulator.next(new Fault.Slow(Duration.ofMillis(150), 400));

            long begin = System.nanoTime();
            List<SimulatorCaller.Event> events = events(caller.stream("say exactly: " + "four".repeat(100)));

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(390));
            assertThat(joined(events, "text")).hasSize(400);
        }
    }

    @Nested
    class When_a_company_gateway_goes_wrong {

        @Test
        void a_frame_is_not_json() {
            simulator.next(new Fault.Junk(1));

            String body = caller.post("/v1/stream", "{\"prompt\":\"say exactly: Pong and pong again.\"}")
                    .body();

            assertThat(body).isEqualTo("{\"text\":\"Pong and pong ag\"}\n\n{\"text\": <!>\n\n{\"text\":\"ain.\"}\n\n");
        }
    }

    @Nested
    class When_faults_are_scripted_over_http {

        @Test
        void they_are_met_like_others() {
            HttpResponse<String> scripted = caller.post(
                    "/simulator/faults",
                    "[{\"fault\":\"status\",\"status\":429,\"retry_after\":3,\"error_code\":\"ramp_limit_exceeded\"},"
                            + "\"ok\",\"end-1\"]");

            assertThat(json(scripted)).isEqualTo(json("{\"unasked\":3}"));
            assertThat(simulator.unasked())
                    .containsExactly(
                            new Fault.Status(429, "ramp_limit_exceeded", "", Map.of("retry-after", "3")),
                            new Fault.Ok(),
                            new Fault.End(1));
            caller.send(caller.request("/simulator/faults").DELETE());
        }

        @Test
        void they_can_be_taken_back() {
            caller.post("/simulator/faults", "[\"gzip\"]");

            HttpResponse<String> response =
                    caller.send(caller.request("/simulator/faults").DELETE());

            assertThat(json(response)).isEqualTo(json("{\"unasked\":0}"));
        }

        @Test
        void a_misspelt_one_is_told_which_there_are() {
            HttpResponse<String> response = caller.post("/simulator/faults", "[\"gzipp\"]");

            assertThat(error(response)).startsWith("400 ").contains("byte-by-byte", "gzip,", "gzipp");
        }
    }

    @Nested
    class When_faults_come_by_chance {

        @Test
        void so_many_of_a_hundred_calls_fail() {
            SimulatorSettings settings =
                    SimulatorSettings.instant().withFaults(Map.of(Fault.status(529), 20.0, Fault.status(500), 10.0));

            try (Simulator chance = Simulator.start(settings, Clock.systemUTC())) {
                SimulatorCaller other = new SimulatorCaller(chance);
                Collections.nCopies(500, PROMPT).forEach(other::ask);

                Bill bill = chance.bill();
                assertThat(bill.answersWith(529)).isBetween(65L, 135L);
                assertThat(bill.answersWith(500)).isBetween(25L, 75L);
                assertThat(bill.faults().get("status-529")).isEqualTo(bill.answersWith(529));
            }
        }

        @Test
        void the_same_seed_brings_the_same_faults() {
            SimulatorSettings settings = SimulatorSettings.instant()
                    .withFaults(Map.of(Fault.status(529), 50.0))
                    .withSeed(42);

            assertThat(statuses(settings)).isEqualTo(statuses(settings)).isNotEqualTo(statuses(settings.withSeed(43)));
        }

        private List<Integer> statuses(SimulatorSettings settings) {
            try (Simulator chance = Simulator.start(settings, Clock.systemUTC())) {
                SimulatorCaller other = new SimulatorCaller(chance);
                return Collections.nCopies(40, PROMPT).stream()
                        .map(prompt -> other.ask(prompt).statusCode())
                        .toList();
            }
        }
    }
}
