package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.stream.Flight;
import io.clauderoutes.stream.SinkFailed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EndpointBalancerTest {

    private static final long DEADLINE_SECONDS = 60;

    private final DefaultCamelContext context = new DefaultCamelContext(false);
    private final List<Duration> waits = new ArrayList<>();
    private final Deque<Exception> outcomes = new ArrayDeque<>();
    private final List<String> called = new ArrayList<>();
    private boolean deliversContent;
    private long now;

    @AfterEach
    void nothing_is_left_over() {
        assertThat(outcomes).isEmpty();
        context.stop();
    }

    private ClaudeSettings.Call settings(int attempts, int budgetPercent) {
        return new ClaudeSettings.Call(
                attempts,
                Duration.ofMillis(100),
                Duration.ofMillis(300),
                Duration.ofSeconds(30),
                budgetPercent,
                Duration.ofSeconds(DEADLINE_SECONDS));
    }

    private EndpointBalancer balancer(ClaudeSettings.Call settings, String... names) {
        RandomGenerator highest = new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public long nextLong(long bound) {
                return bound - 1;
            }
        };
        List<Quota> quotas = new ArrayList<>();
        for (String name : names) {
            quotas.add(new Quota(name, new ClaudeSettings.Quota(0, 0, 0), () -> now));
        }
        EndpointBalancer balancer = new EndpointBalancer(
                settings,
                List.of(names),
                quotas,
                new ClaudeMeters(new SimpleMeterRegistry(), () -> now),
                () -> now,
                wait -> {
                    waits.add(wait);
                    now += wait.toNanos();
                },
                () -> highest);
        for (String name : names) {
            balancer.addProcessor(new DelegateAsyncProcessor(exchange -> play(exchange, name)));
        }
        return balancer;
    }

    private void play(Exchange exchange, String name) throws Exception {
        called.add(name);
        Flight flight = exchange.getProperty(ClaudeHeaders.FLIGHT, Flight.class);
        assertThat(exchange.getMessage().getBody()).isSameAs(flight.prompt());
        exchange.getMessage().setBody("something of call " + called.size());
        if (deliversContent) {
            flight.delivered(now);
        }
        Exception outcome = outcomes.pop();
        if (outcome != fine) {
            throw outcome;
        }
    }

    private final Exception fine = new Exception("fine");

    private Exception call(EndpointBalancer balancer) {
        Prompt prompt = new Prompt(
                "prompt-1",
                new MessageJson().request("How deep?", "", "m", 10, true),
                new Prompt.Options(
                        "default", Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                Map.of());
        Exchange exchange = new DefaultExchange(context);
        exchange.setProperty(ClaudeHeaders.FLIGHT, new Flight(prompt, now));
        exchange.getMessage().setBody(prompt);
        balancer.process(exchange, done -> {});
        return exchange.getException();
    }

    private static ApiError error(int status) {
        return ApiError.ours(status, "api_error", "Oh");
    }

    private static Exception status(int status) {
        return ClaudeException.of(error(status));
    }

    private static Exception after(int status, Duration wait) {
        return ClaudeException.of(error(status).withRetryAfter(wait));
    }

    private void outcomes(Exception... next) {
        outcomes.addAll(List.of(next));
    }

    @Test
    void a_call_that_succeeds_is_the_only_one() {
        outcomes(fine);

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).isNull();
        assertThat(waits).isEmpty();
    }

    @Test
    void waits_double_up_to_their_bound() {
        outcomes(status(500), status(529), status(503), status(504), fine);

        Exception failure = call(balancer(settings(5, 100), "a"));

        assertThat(failure).isNull();
        assertThat(waits)
                .containsExactly(
                        Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(300), Duration.ofMillis(300));
    }

    @Test
    void the_wait_that_the_endpoint_asks_for_counts() {
        outcomes(after(529, Duration.ofMillis(2500)), after(529, Duration.ZERO), fine);

        call(balancer(settings(3, 100), "a"));

        assertThat(waits).containsExactly(Duration.ofMillis(2500), Duration.ZERO);
    }

    @Test
    void a_limit_pauses_its_endpoint_once_and_not_twice() {
        outcomes(after(429, Duration.ofSeconds(2)), fine);

        call(balancer(settings(3, 100), "a"));

        assertThat(waits).containsExactly(Duration.ofSeconds(2));
    }

    @Test
    void too_long_a_wait_is_not_waited_for() {
        outcomes(after(429, Duration.ofSeconds(31)));

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.RateLimited.class);
        assertThat(waits).isEmpty();
    }

    @Test
    void a_wait_beyond_the_deadline_is_not_waited_for() {
        outcomes(
                after(529, Duration.ofSeconds(29)),
                after(529, Duration.ofSeconds(29)),
                after(529, Duration.ofSeconds(29)));

        Exception failure = call(balancer(settings(10, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class);
        assertThat(waits).hasSize(2);
    }

    @Test
    void the_last_failure_is_what_is_told() {
        outcomes(status(500), status(529));

        Exception failure = call(balancer(settings(2, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class);
    }

    @Test
    void after_content_there_is_no_second_call() {
        deliversContent = true;
        outcomes(status(529));

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class);
    }

    @Test
    void a_sinks_failure_is_no_reason_for_a_second_call() {
        outcomes(new SinkFailed("answers", new IllegalStateException("full")));

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).isInstanceOf(SinkFailed.class);
    }

    @Test
    void a_mistake_of_ours_is_none_either() {
        outcomes(new IllegalStateException("oh"));

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).hasMessage("oh");
    }

    @Test
    void the_next_endpoint_gets_the_next_call() {
        outcomes(status(500), status(500), fine);

        call(balancer(settings(3, 100), "a", "b"));

        assertThat(called).containsExactly("a", "b", "a");
    }

    @Test
    void what_cannot_succeed_is_not_tried_elsewhere() {
        outcomes(status(400));

        Exception failure = call(balancer(settings(3, 100), "a", "b"));

        assertThat(failure).isInstanceOf(ClaudeException.Rejected.class);
    }

    @Test
    void a_budget_that_is_used_up_ends_second_calls() {
        EndpointBalancer balancer = balancer(settings(2, 0), "a");
        for (int i = 0; i < 10; i++) {
            outcomes(status(500), status(500));
            call(balancer);
        }
        outcomes(status(500));

        call(balancer);

        assertThat(called).hasSize(21);
    }

    @Test
    void first_calls_fill_the_budget_again() {
        EndpointBalancer balancer = balancer(settings(2, 50), "a");
        for (int i = 0; i < 20; i++) {
            outcomes(status(500), status(500));
            call(balancer);
        }
        outcomes(status(500));
        call(balancer);
        outcomes(status(500), fine);

        Exception failure = call(balancer);

        assertThat(failure).isNull();
    }
}
