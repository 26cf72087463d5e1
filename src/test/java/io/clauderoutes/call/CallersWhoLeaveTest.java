package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers who leave in the middle, where a reply ends that nobody reads: that says nothing of the endpoint. */
@Timeout(180)
class CallersWhoLeaveTest {

    private static final int LEAVERS = 10;
    private static final int CLOSED = 0;
    private static final int HALF_OPEN = 2;

    private final Simulator claude = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final Bundle bundle = Bundle.calling(claude)
            .withHttpDoor()
            .with("claude.fan-out.on-caller-gone", "stop")
            .with("claude.call.max-attempts", "1")
            .with("claude.cache.enabled", "false");

    @AfterEach
    void all_is_closed() {
        bundle.close();
        claude.close();
    }

    private void readsAPieceAndLeaves() throws IOException, InterruptedException {
        claude.next(new Fault.Slow(Duration.ZERO, 400));
        long cut = claude.bill().streams().cut();
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .POST(HttpRequest.BodyPublishers.ofString("""
                                        {"model":"claude-sonnet-5-5","max_tokens":10000,"stream":true,
                                         "messages":[{"role":"user","content":"Write 5000 words on rivers"}]}"""))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.contains("content_block_delta")) {
                line = lines.readLine();
            }
            assertThat(line).as("a piece of an answer").isNotNull();
        }
        Bundle.until(() -> claude.bill().streams().cut() > cut
                && bundle.context().getInflightRepository().size() == 0);
    }

    private double breaker() {
        return bundle.meter("claude.breaker.state", "endpoint", "primary");
    }

    @Test
    void ten_in_a_row_leave_breaker_and_health_of_the_endpoint_as_they_were() throws Exception {
        bundle.with("claude.endpoints.second.url", "http://127.0.0.1:9")
                .with("claude.endpoints.primary.priority", "1")
                .with("claude.endpoints.second.priority", "2")
                .with("claude.endpoints.second.probe-path", "")
                .with("claude.call.order", "priority")
                .with("claude.endpoints.*.out-after-failures", "2")
                .with("claude.endpoints.*.breaker-window", "4")
                .with("claude.endpoints.*.breaker-min-calls", "2");

        for (int i = 0; i < LEAVERS; i++) {
            readsAPieceAndLeaves();
        }

        assertThat(breaker()).isEqualTo(CLOSED);
        assertThat(bundle.meter("claude.endpoint.state", "endpoint", "primary")).isZero();
        assertThat(bundle.send("How deep is the sea?").getMessage().getHeader(ClaudeHeaders.ENDPOINT))
                .isEqualTo("primary");
    }

    @Test
    void they_leave_the_share_of_calls_that_succeeded_as_it_was() throws Exception {
        claude.next(Fault.status(529));
        bundle.failure("How deep is the sea?");
        bundle.ask("How deep is the sea now?");

        readsAPieceAndLeaves();

        Bundle.until(() -> bundle.meter("claude.api.calls", "status", "499") == 1);
        assertThat(bundle.meter("claude.api.success.rate")).isEqualTo(0.5);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void their_call_ends_with_them_before_there_is_a_piece(boolean streamed) throws Exception {
        claude.next(new Fault.Slow(Duration.ofMinutes(10), 0));
        URI door = bundle.door();
        String body = """
                {"model":"claude-sonnet-5-5","max_tokens":10,"stream":%b,"messages":[{"role":"user","content":"Hi"}]}""".formatted(streamed);
        try (Socket caller = new Socket(door.getHost(), door.getPort())) {
            caller.getOutputStream()
                    .write(("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                                    + "content-length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            Bundle.until(() -> claude.bill().callsOf("/v1/messages") == 1);
        }

        Bundle.until(() -> bundle.context().getInflightRepository().size() == 0);
        assertThat(breaker()).isEqualTo(CLOSED);
    }

    @Test
    void one_on_trial_leaves_the_trial_to_the_next() throws Exception {
        bundle.with("claude.endpoints.*.breaker-window", "1")
                .with("claude.endpoints.*.breaker-min-calls", "1")
                .with("claude.endpoints.*.breaker-trial-calls", "1")
                .with("claude.endpoints.*.breaker-open", "1ms");
        claude.next(Fault.status(529));
        bundle.failure("How deep is the sea?");

        readsAPieceAndLeaves();

        assertThat(breaker()).isEqualTo(HALF_OPEN);
        bundle.ask("How deep is the sea now?");
        assertThat(breaker()).isEqualTo(CLOSED);
    }
}
