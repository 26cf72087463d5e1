package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheckHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many calls an endpoint has in flight, over real connections. */
@Timeout(60)
class ConcurrencyTest {

    private static final Duration SLOW = Duration.ofMillis(300);

    private Simulator simulator = simulator(SimulatorSettings.instant());
    private final Simulator other = simulator(SimulatorSettings.instant());
    private Bundle bundle = bundle();

    private static Simulator simulator(SimulatorSettings settings) {
        return Simulator.start(settings, Clock.systemUTC());
    }

    private Bundle bundle() {
        return Bundle.calling(simulator).with("claude.cache.enabled", "false");
    }

    private void slow(int requestsPerMinute) {
        simulator.close();
        simulator = simulator(SimulatorSettings.instant()
                .withLatency(SLOW, SLOW)
                .withLimits(requestsPerMinute, 1_000_000, 1_000_000));
        bundle = bundle();
    }

    @AfterEach
    void all_is_closed() {
        bundle.close();
        simulator.close();
        other.close();
    }

    private double limit() {
        return bundle.meter("claude.endpoint.concurrency.limit", "endpoint", "primary");
    }

    private double waiting() {
        return bundle.meter("claude.endpoint.concurrency.waiting", "endpoint", "primary");
    }

    private List<Future<Exchange>> asked(int prompts) {
        bundle.context();
        List<Future<Exchange>> asked = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            asked.add(bundle.inBackground(() -> bundle.send("say exactly: Deep.")));
        }
        return asked;
    }

    private static void allAnswered(List<Future<Exchange>> asked) throws Exception {
        for (Future<Exchange> each : asked) {
            assertThat(each.get().getException()).isNull();
        }
    }

    @Test
    void calls_beyond_the_limit_wait_for_those_in_flight() throws Exception {
        slow(0);
        bundle.with("claude.call.concurrency", "3");

        List<Future<Exchange>> asked = asked(6);
        Bundle.until(() -> waiting() == 3);
        int sent = simulator.requests().size();
        allAnswered(asked);

        assertThat(sent).isLessThanOrEqualTo(3);
        assertThat(simulator.requests()).hasSize(6);
        assertThat(limit()).isEqualTo(3);
    }

    @Test
    void a_full_endpoint_leaves_its_calls_to_another() throws Exception {
        slow(0);
        bundle.with("claude.endpoints.primary.concurrency", "1")
                .with("claude.endpoints.primary.priority", "1")
                .with("claude.endpoints.second.url", other.url().toString())
                .with("claude.call.order", "priority");

        List<Future<Exchange>> asked = asked(1);
        Bundle.until(() -> !simulator.requests().isEmpty());
        Exchange next = bundle.send("say exactly: Deep.");
        allAnswered(asked);

        assertThat(next.getMessage().getHeader(ClaudeHeaders.ENDPOINT)).isEqualTo("second");
    }

    @Test
    void an_overloaded_endpoint_gets_fewer_calls_at_once() {
        bundle.with("claude.call.concurrency", "auto");
        simulator.next(Fault.status(529));

        bundle.ask("say exactly: Deep.");

        assertThat(limit()).isEqualTo(8);
        assertThat(state()).contains("0 calls in flight of at most 8 (auto), 0 wait");
    }

    private String state() {
        return HealthCheckHelper.invokeReadiness(bundle.context()).stream()
                .map(result -> result.getDetails().get("endpoint.primary"))
                .filter(detail -> detail != null)
                .map(Object::toString)
                .findFirst()
                .orElse("");
    }

    @Test
    void an_endpoint_that_serves_all_at_once_gets_more() throws Exception {
        bundle.with("claude.call.concurrency", "auto").with("claude.source.stream.enabled", "true");

        bundle.context();
        double before = limit();
        for (int i = 0; i < 20 && limit() == before; i++) {
            allAnswered(asked(50));
        }

        assertThat(limit()).isNotEqualTo(before);
    }

    @Test
    void no_more_calls_are_in_flight_than_the_endpoint_says_are_left() throws Exception {
        slow(5);
        bundle.with("claude.call.concurrency", "auto").with("claude.call.max-attempts", "1");
        for (int i = 0; i < 3; i++) {
            bundle.ask("say exactly: Deep.");
        }

        List<Future<Exchange>> asked = asked(4);
        Bundle.until(() -> waiting() == 2);
        int sent = simulator.requests().size();
        for (Future<Exchange> each : asked) {
            each.get();
        }

        assertThat(sent).isLessThanOrEqualTo(5);
    }

    @Test
    void the_connections_of_the_endpoint_are_the_upper_bound() {
        bundle.with("claude.call.concurrency", "auto").with("claude.endpoints.primary.connections", "4");

        bundle.context();

        assertThat(limit()).isEqualTo(4);
    }

    @Test
    void without_a_limit_the_meter_shows_none() {
        bundle.context();

        assertThat(limit()).isZero();
    }

    @Test
    void a_wrong_value_names_its_setting() {
        bundle.with("claude.endpoints.primary.concurrency", "many")
                .with("claude.call.concurrency-min-calls", "10")
                .with("claude.call.concurrency-max-calls", "9");

        assertThat(bundle.refusal())
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(
                        "claude.endpoints.primary.concurrency=many: expected off, auto or a whole number from 1 to 1000000")
                .hasMessageContaining(
                        "claude.call.concurrency-max-calls=9: is below claude.call.concurrency-min-calls=10");
    }
}
