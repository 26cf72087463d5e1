package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two endpoints over real connections, one of which goes wrong. */
@Timeout(120)
class SeveralEndpointsTest {

    private static final int CALLERS = 100;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Simulator near = simulator();
    private final Simulator far = simulator();
    private final Bundle bundle = Bundle.calling(near)
            .with("claude.endpoints.primary.priority", "1")
            .with("claude.endpoints.second.url", far.url().toString())
            .with("claude.endpoints.second.priority", "2")
            .with("claude.call.order", "priority")
            .with("claude.endpoints.*.hold", "200ms")
            .with("claude.endpoints.*.slow-start", "200ms")
            .with("claude.endpoints.*.probe-interval-out", "50ms")
            .with("claude.cache.enabled", "false")
            .with("claude.throttle.in-flight", "1000")
            .with("claude.redact.enabled", "false");

    @AfterEach
    void all_is_closed() {
        bundle.close();
        near.close();
        far.close();
    }

    private static Simulator simulator() {
        return simulator(0);
    }

    private static Simulator simulator(int port) {
        return Simulator.start(SimulatorSettings.instant().withPort(port), Clock.systemUTC());
    }

    private static Fault[] times(int times, Fault fault) {
        return Collections.nCopies(times, fault).toArray(Fault[]::new);
    }

    private static long prompts(Simulator simulator) {
        return simulator.requests().stream()
                .filter(request -> request.method().equals("POST"))
                .count();
    }

    private static Object endpoint(Exchange exchange) {
        assertThat(exchange.getException()).isNull();
        return exchange.getMessage().getHeader(ClaudeHeaders.ENDPOINT);
    }

    private List<Exchange> askedByMany() throws Exception {
        List<Future<Exchange>> asking = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            String prompt = "How deep is sea " + i + "?";
            asking.add(bundle.inBackground(() -> bundle.send(prompt)));
        }
        List<Exchange> answers = new ArrayList<>();
        for (Future<Exchange> one : asking) {
            answers.add(one.get(40, TimeUnit.SECONDS));
        }
        return answers;
    }

    private static List<Exchange> failed(List<Exchange> answers) {
        return answers.stream().filter(answer -> answer.getException() != null).toList();
    }

    private String health() {
        return HealthCheckHelper.invoke(bundle.context()).stream()
                .map(result -> result.getDetails().toString())
                .toList()
                .toString();
    }

    private void until(String state) {
        Patience.until(() -> health().contains(state), LIMIT, this::health);
    }

    @Test
    void a_refused_call_is_made_at_the_other_endpoint_before_the_same_one_again() {
        near.next(Fault.status(529));

        Exchange answer = bundle.send("How deep is the sea?");

        assertThat(endpoint(answer)).isEqualTo("second");
        assertThat(answer.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(2);
    }

    @Test
    void exactly_so_many_calls_as_there_are_attempts_reach_endpoints_that_are_dead() {
        near.next(times(4, Fault.status(503)));
        far.next(times(4, Fault.status(503)));
        bundle.with("claude.call.max-attempts", "5");

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure.status()).isEqualTo(503);
        assertThat(prompts(near)).isEqualTo(3);
        assertThat(prompts(far)).isEqualTo(2);
    }

    @Test
    void after_content_no_other_endpoint_is_called() {
        near.next(new Fault.Reset(3));

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
        assertThat(prompts(far)).isZero();
    }

    @Test
    void a_limit_at_one_endpoint_sends_prompts_to_the_other_until_it_is_over() {
        near.next(Fault.status(429, Duration.ofSeconds(287_441)));

        List<Object> endpoints =
                List.of(endpoint(bundle.send("One?")), endpoint(bundle.send("Two?")), endpoint(bundle.send("Three?")));

        assertThat(endpoints).containsOnly("second");
        assertThat(prompts(near)).isEqualTo(1);
    }

    @Test
    void a_limit_of_one_model_is_none_of_another() {
        near.next(Fault.status(429, Duration.ofSeconds(20)));
        bundle.send("One?", Map.of(ClaudeHeaders.MODEL, "claude-opus-5-5"));

        Exchange other = bundle.send("Two?", Map.of(ClaudeHeaders.MODEL, "claude-haiku-5-5"));

        assertThat(endpoint(other)).isEqualTo("primary");
    }

    @Test
    void a_dead_endpoint_fails_no_call_of_a_hundred_callers() throws Exception {
        bundle.send("Is anybody there?");
        near.close();

        assertThat(failed(askedByMany())).isEmpty();
        assertThat(health()).containsPattern("endpoint.primary=ejected: [0-9]+ calls in a row failed");
    }

    @Test
    void an_overloaded_endpoint_fails_no_call_of_a_hundred_callers() throws Exception {
        near.next(times(CALLERS, Fault.status(529)));

        assertThat(failed(askedByMany())).isEmpty();
    }

    @Test
    void a_silent_endpoint_fails_no_call_and_keeps_none_waiting() throws Exception {
        bundle.with("claude.endpoints.*.hold", "1m");
        for (int i = 0; i < 20; i++) {
            bundle.send("Is anybody there? " + i);
        }
        near.next(times(CALLERS, new Fault.StallBeforeHeaders(Fault.FOREVER)));
        long begun = System.nanoTime();

        List<Exchange> answers = askedByMany();

        assertThat(failed(answers)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(40));
        assertThat(health()).contains("nothing has come for");
    }

    @Test
    void an_endpoint_whose_host_is_unknown_fails_no_call() throws Exception {
        bundle.with("claude.endpoints.primary.url", "http://nowhere.invalid");

        assertThat(failed(askedByMany())).isEmpty();
    }

    @Test
    void an_endpoint_that_answers_again_comes_back_with_a_slow_start_and_each_change_is_one_line() {
        try (CapturedLog log = new CapturedLog(EndpointHealth.class.getName(), Level.INFO)) {
            int port = near.port();
            near.close();
            for (int i = 0; i < 5; i++) {
                bundle.ask("How deep is sea " + i + "?");
            }
            until("endpoint.primary=ejected");
            try (Simulator again = simulator(port)) {
                until("endpoint.primary=available");

                assertThat(endpoint(bundle.send("How deep is the sea now?"))).isEqualTo("primary");
                assertThat(again.requests().stream()
                                .filter(request -> request.method().equals("GET"))
                                .count())
                        .isGreaterThanOrEqualTo(3);
            }
            Patience.until(() -> ours(log).size() >= 3, LIMIT, () -> log.lines().toString());
            List<String> ours = ours(log);
            assertThat(ours).hasSize(3);
            assertThat(ours.get(0)).contains("endpoint primary is ejected: 5 calls in a row failed");
            assertThat(ours.get(1)).isEqualTo("endpoint primary has recovered: slow start of 200 ms");
            assertThat(ours.get(2)).isEqualTo("endpoint primary is available");
        }
    }

    /**
     * The lines of this test's endpoint. Parallel tests also have an endpoint named {@code primary}: it is held back and
     * comes back slowly for half a minute, or it is the only endpoint and has lines of its own.
     */
    private static List<String> ours(CapturedLog log) {
        return log.lines().stream()
                .filter(line -> line.matches("endpoint primary (is ejected|has recovered|is available).*"))
                .filter(line -> !line.matches(".* for at least [0-9]{4,} ms|.* of [0-9]{4,} ms"))
                .toList();
    }

    @Test
    void meters_show_each_endpoint() {
        near.close();
        for (int i = 0; i < 5; i++) {
            bundle.ask("How deep is sea " + i + "?");
        }

        assertThat(bundle.meter("claude.endpoint.state", "endpoint", "primary")).isEqualTo(2);
        assertThat(bundle.meter("claude.endpoint.state", "endpoint", "second")).isZero();
        assertThat(bundle.meter("claude.endpoint.quota.left", "endpoint", "second"))
                .isEqualTo(1);
        assertThat(bundle.meter("claude.endpoint.time.to.first.token", "endpoint", "second"))
                .isPositive();
        assertThat(bundle.meter("claude.call.failovers")).isGreaterThanOrEqualTo(5);
    }

    @Test
    void a_session_that_had_to_move_goes_on_where_it_moved() {
        Map<String, Object> session = Map.of(ClaudeHeaders.SESSION, "s-1");
        near.next(Fault.status(529));

        List<Object> endpoints = List.of(
                endpoint(bundle.send("One?", session)),
                endpoint(bundle.send("Two?", session)),
                endpoint(bundle.send("Three?")));

        assertThat(endpoints).containsExactly("second", "second", "primary");
    }

    @Test
    void quota_that_is_used_up_at_one_endpoint_is_taken_from_the_other() {
        bundle.with("claude.endpoints.primary.requests-per-minute", "2");

        List<Object> endpoints =
                List.of(endpoint(bundle.send("One?")), endpoint(bundle.send("Two?")), endpoint(bundle.send("Three?")));

        assertThat(endpoints).containsExactly("primary", "primary", "second");
    }

    @Test
    void a_credential_that_its_server_refuses_hands_the_request_to_an_endpoint_with_another() {
        bundle.with("claude.credentials.client.kind", "client-credentials")
                .with("claude.credentials.client.token-url", near.url() + "/oauth2/token")
                .with("claude.credentials.client.client-id", "client")
                .with("claude.credentials.client.key", "secret-of-client")
                .with("claude.endpoints.primary.credential", "client");
        near.nextToken(times(50, Fault.status(401)));

        assertThat(endpoint(bundle.send("How deep is the sea?"))).isEqualTo("second");
    }

    @Test
    void the_deadline_of_a_request_cuts_a_call_whose_head_has_not_come() {
        bundle.with("claude.call.deadline", "3s");
        near.next(new Fault.StallBeforeHeaders(Fault.FOREVER));

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).isInstanceOf(ClaudeException.TimedOut.class).hasMessageContaining("claude.call.deadline");
    }
}
