package io.clauderoutes.simulator;

import static io.clauderoutes.simulator.SimulatorCaller.error;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulatorLimitsTest {

    /** 5 tokens, answered with 2. */
    private static final String PONG = "say exactly: Pong.";

    private final SimulatorClock clock = new SimulatorClock();

    @Test
    void there_are_no_headers_without_limits() {
        try (Simulator simulator = limited(0, 0, 0)) {
            HttpResponse<String> response = new SimulatorCaller(simulator).ask(PONG);

            assertThat(limits(response)).isEmpty();
        }
    }

    @Test
    void every_answer_tells_where_one_stands() {
        try (Simulator simulator = limited(60, 600_000, 60_000)) {
            HttpResponse<String> response = new SimulatorCaller(simulator).ask(PONG);

            assertThat(limits(response))
                    .isEqualTo(Map.ofEntries(
                            Map.entry("requests-limit", "60"),
                            Map.entry("requests-remaining", "59"),
                            Map.entry("requests-reset", "2026-11-22T10:00:01Z"),
                            Map.entry("tokens-limit", "660000"),
                            Map.entry("tokens-remaining", "660000"),
                            Map.entry("tokens-reset", "2026-11-22T10:00:01Z"),
                            Map.entry("input-tokens-limit", "600000"),
                            Map.entry("input-tokens-remaining", "599995"),
                            Map.entry("input-tokens-reset", "2026-11-22T10:00:01Z"),
                            Map.entry("output-tokens-limit", "60000"),
                            Map.entry("output-tokens-remaining", "59998"),
                            Map.entry("output-tokens-reset", "2026-11-22T10:00:01Z")));
        }
    }

    @Test
    void a_request_too_many_is_told_when_to_come_back() {
        try (Simulator simulator = limited(2, 0, 0)) {
            SimulatorCaller caller = new SimulatorCaller(simulator);
            caller.ask(PONG);
            caller.ask(PONG);

            HttpResponse<String> third = caller.ask(PONG);

            assertThat(error(third))
                    .isEqualTo("429 rate_limit_error: This request would exceed your organization's rate limit of 2"
                            + " requests per minute");
            assertThat(third.headers().firstValue("retry-after")).hasValue("30");
            assertThat(limits(third)).containsEntry("requests-remaining", "0");
        }
    }

    @Test
    void it_is_taken_when_it_comes_back_then() {
        try (Simulator simulator = limited(2, 0, 0)) {
            SimulatorCaller caller = new SimulatorCaller(simulator);
            caller.ask(PONG);
            caller.ask(PONG);
            caller.ask(PONG);
            clock.advance(Duration.ofSeconds(30));

            assertThat(caller.ask(PONG).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void input_is_limited() {
        try (Simulator simulator = limited(0, 12, 0)) {
            SimulatorCaller caller = new SimulatorCaller(simulator);
            caller.ask(PONG);
            caller.ask(PONG);

            assertThat(error(caller.ask(PONG))).contains("429", "12 input tokens per minute");
        }
    }

    @Test
    void output_is_limited_by_what_was_written_and_not_by_what_was_allowed() {
        try (Simulator simulator = limited(0, 0, 3)) {
            SimulatorCaller caller = new SimulatorCaller(simulator);
            int first = caller.ask(PONG).statusCode();
            int second = caller.ask(PONG).statusCode();

            HttpResponse<String> third = caller.ask(PONG);

            assertThat(first + second).isEqualTo(400);
            assertThat(third.statusCode()).isEqualTo(429);
            assertThat(third.headers().firstValue("retry-after")).hasValue("40");
        }
    }

    @Test
    void what_comes_from_the_cache_is_not_limited() {
        try (Simulator simulator = limited(0, 2_000, 0)) {
            SimulatorCaller caller = new SimulatorCaller(simulator);
            String cached = "\"system\":[{\"type\":\"text\",\"text\":\"" + "word ".repeat(1_200)
                    + "\",\"cache_control\":{\"type\":\"ephemeral\"}}]";
            caller.ask(PONG, cached);

            assertThat(caller.ask(PONG, cached).statusCode()).isEqualTo(200);
        }
    }

    private Simulator limited(int requests, int input, int output) {
        return Simulator.start(SimulatorSettings.instant().withLimits(requests, input, output), clock);
    }

    private static Map<String, String> limits(HttpResponse<String> response) {
        Map<String, String> limits = new HashMap<>();
        response.headers().map().forEach((name, values) -> {
            if (name.startsWith("anthropic-ratelimit-")) {
                limits.put(name.substring("anthropic-ratelimit-".length()), values.get(0));
            }
        });
        return limits;
    }
}
