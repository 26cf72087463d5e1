package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Sessions;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.credential.Token;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.settings.BreakerSettings;
import io.clauderoutes.settings.CallSettings;
import io.clauderoutes.settings.EndpointOrder;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.support.TestThreads;
import io.clauderoutes.tracing.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.hc.core5.http.HttpRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EndpointBalancerTest {

    private static final CallPorts PORTS =
            new CallPorts(CallRecorder.NONE, ReplyPredictions.NONE, () -> 0, Tracing.OFF);

    private static final long DEADLINE_SECONDS = 60;

    private static final BreakerSettings NEVER_OPENS =
            new BreakerSettings(100, 1000, 1000, Duration.ofSeconds(10), Duration.ofSeconds(30), 3);

    private final DefaultCamelContext context = new DefaultCamelContext(false);
    private final List<Duration> waits = new ArrayList<>();
    private final Deque<Exception> outcomes = new ArrayDeque<>();
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final Set<String> withoutCredential = new HashSet<>();
    private final List<String> called = new ArrayList<>();
    private ClaudeException nothingToShow;
    private boolean deliversContent;
    private long now;

    @AfterEach
    void nothing_is_left_over() {
        assertThat(outcomes).isEmpty();
        context.stop();
    }

    private CallSettings settings(int attempts, int budgetPercent) {
        return new CallSettings(
                new CallSettings.Retry(
                        attempts,
                        Duration.ofMillis(100),
                        Duration.ofMillis(300),
                        Duration.ofSeconds(30),
                        budgetPercent),
                Duration.ofSeconds(DEADLINE_SECONDS),
                new CallSettings.Hedge(Optional.of(Duration.ZERO), 0),
                EndpointOrder.PRIORITY,
                Duration.ofMinutes(1),
                Duration.ofSeconds(10));
    }

    private EndpointBalancer balancer(CallSettings settings, String... names) {
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
        endpoints.clear();
        for (String name : names) {
            endpoints.add(endpoint(name, names.length == 1));
        }
        BundleRuntime runtime = new BundleRuntime(
                Clock.systemUTC(),
                () -> now,
                wait -> {
                    waits.add(wait);
                    now += wait.toNanos();
                    return true;
                },
                () -> highest,
                new TestThreads(null));
        EndpointChoice choice = new EndpointChoice(
                settings.order(), endpoints, new Sessions(settings.stickiness(), () -> now), () -> 0.5, () -> now);
        ClaudeMeters meters = new ClaudeMeters(new SimpleMeterRegistry(), () -> now);
        EndpointBalancer balancer = new EndpointBalancer(
                endpoints,
                new CallLoop(
                        settings,
                        choice,
                        new RetryRule(settings, runtime),
                        new Hedging(settings, PORTS, runtime),
                        meters,
                        runtime),
                new EndpointCall(settings, names.length == 1, PORTS, meters, runtime));
        for (String name : names) {
            balancer.addProcessor(new DelegateAsyncProcessor(exchange -> play(exchange, name)));
        }
        return balancer;
    }

    private Endpoint endpoint(String name, boolean alone) {
        EndpointSettings settings = TestEndpoints.settings();
        return new Endpoint(
                name,
                settings,
                new Shown(name),
                null,
                new EndpointBreaker(name, NEVER_OPENS, () -> {}, () -> now),
                Endpoint.Limits.of(name, settings, () -> now),
                new EndpointHealth(name, settings.availability().health(), alone, () -> {}, () -> 0, () -> now));
    }

    private void play(Exchange exchange, String name) throws Exception {
        called.add(name);
        Request request = Request.of(exchange);
        assertThat(exchange.getMessage().getBody()).isSameAs(request.prompt());
        exchange.getMessage().setBody("something of call " + called.size());
        if (deliversContent) {
            request.progress().delivered(now);
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
        new Request(prompt, now, "direct").putOn(exchange);
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
    void another_endpoint_is_called_at_once_and_the_same_one_after_a_wait() {
        outcomes(status(500), status(500), fine);

        call(balancer(settings(3, 100), "a", "b"));

        assertThat(waits).containsExactly(Duration.ofMillis(200));
    }

    @Test
    void another_endpoint_is_called_without_the_retry_budget() {
        EndpointBalancer balancer = balancer(settings(2, 0), "a", "b");

        for (int i = 0; i < 30; i++) {
            outcomes(status(500), fine);
            endpoints.get(0).health().succeeded();
            assertThat(call(balancer)).isNull();
        }
    }

    @Test
    void a_limit_pauses_its_endpoint_and_no_other() {
        EndpointBalancer balancer = balancer(settings(3, 100), "a", "b");
        outcomes(after(429, Duration.ofSeconds(287_441)), fine, fine);

        call(balancer);
        call(balancer);

        assertThat(called).containsExactly("a", "b", "b");
        assertThat(waits).isEmpty();
    }

    @Test
    void limits_everywhere_are_waited_for_where_it_is_shortest() {
        outcomes(after(429, Duration.ofSeconds(2)), after(429, Duration.ofSeconds(20)), fine);

        Exception failure = call(balancer(settings(3, 100), "a", "b"));

        assertThat(failure).isNull();
        assertThat(called).containsExactly("a", "b", "a");
        assertThat(waits).containsExactly(Duration.ofSeconds(2));
    }

    @Test
    void limits_everywhere_that_are_too_long_to_wait_for_end_the_request_at_once() {
        outcomes(after(429, Duration.ofSeconds(287_441)), after(429, Duration.ofSeconds(287_441)));

        Exception failure = call(balancer(settings(3, 100), "a", "b"));

        assertThat(failure).isInstanceOf(ClaudeException.RateLimited.class);
        assertThat(waits).isEmpty();
    }

    @Test
    void a_spend_limit_is_told_and_no_other_endpoint_is_called() {
        outcomes(ClaudeException.of(new ApiError(
                429,
                "rate_limit_error",
                "limit",
                Optional.of("enforced_spend_limit_reached"),
                Optional.empty(),
                Optional.empty(),
                new ApiError.ErrorResponse(Map.of(), Optional.empty()))));

        Exception failure = call(balancer(settings(3, 100), "a", "b"));

        assertThat(failure).isInstanceOf(ClaudeException.RateLimited.class);
        assertThat(called).containsExactly("a");
    }

    @Test
    void an_endpoint_whose_credential_has_nothing_to_show_hands_the_request_on() {
        nothingToShow = new ClaudeException.Unauthorized(error(401), "Check it");
        withoutCredential.add("a");
        outcomes(fine);

        Exception failure = call(balancer(settings(1, 100), "a", "b"));

        assertThat(failure).isNull();
        assertThat(called).containsExactly("b");
    }

    @Test
    void after_five_failures_in_a_row_an_endpoint_is_not_called_any_more() {
        EndpointBalancer balancer = balancer(settings(3, 100), "a", "b");
        for (int i = 0; i < 5; i++) {
            outcomes(status(529), fine);
            call(balancer);
        }
        called.clear();
        outcomes(fine);

        call(balancer);

        assertThat(called).containsExactly("b");
    }

    @Test
    void one_failure_or_two_put_nothing_out() {
        EndpointBalancer balancer = balancer(settings(1, 100), "a", "b");
        outcomes(status(529), status(529), fine);
        call(balancer);
        call(balancer);

        call(balancer);

        assertThat(called).containsExactly("a", "a", "a");
    }

    @Test
    void with_all_endpoints_out_calls_are_made_all_the_same() {
        EndpointBalancer balancer = balancer(settings(2, 100), "a", "b");
        for (int i = 0; i < 10; i++) {
            outcomes(status(503), status(503));
            call(balancer);
        }
        called.clear();
        outcomes(fine);

        Exception failure = call(balancer);

        assertThat(failure).isNull();
        assertThat(called).hasSize(1);
    }

    @Test
    void what_cannot_succeed_is_not_tried_elsewhere() {
        outcomes(status(400));

        Exception failure = call(balancer(settings(3, 100), "a", "b"));

        assertThat(failure).isInstanceOf(ClaudeException.Rejected.class);
    }

    private static Exception refusedAndRenewed() {
        return new ClaudeException.Unauthorized(error(401), "Check it", true);
    }

    @Test
    void a_refused_credential_that_was_renewed_is_worth_one_more_call_at_once_beside_the_attempts() {
        outcomes(refusedAndRenewed(), fine);

        Exception failure = call(balancer(settings(1, 0), "a", "b"));

        assertThat(failure).isNull();
        assertThat(called).containsExactly("a", "a");
        assertThat(waits).isEmpty();
    }

    @Test
    void a_second_refusal_ends_it_however_many_attempts_are_left() {
        outcomes(refusedAndRenewed(), refusedAndRenewed());

        Exception failure = call(balancer(settings(5, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.Unauthorized.class);
    }

    @Test
    void a_refused_credential_without_a_successor_is_not_tried_again() {
        outcomes(status(401));

        Exception failure = call(balancer(settings(5, 100), "a"));

        assertThat(failure).isInstanceOf(ClaudeException.Unauthorized.class);
    }

    @Test
    void no_endpoint_is_called_without_something_to_show() {
        nothingToShow = new ClaudeException.Unauthorized(error(401), "Check it");

        Exception failure = call(balancer(settings(3, 100), "a"));

        assertThat(failure).isSameAs(nothingToShow);
        assertThat(called).isEmpty();
    }

    /** A credential that is there, or is not. */
    private final class Shown implements Credential {
        private final String endpoint;

        private Shown(String endpoint) {
            this.endpoint = endpoint;
        }

        private boolean isMissing() {
            return nothingToShow != null && (withoutCredential.isEmpty() || withoutCredential.contains(endpoint));
        }

        @Override
        public void await(long deadlineNanos) {
            if (isMissing()) {
                throw nothingToShow;
            }
        }

        @Override
        public Optional<Token> sign(HttpRequest request) {
            return Optional.empty();
        }

        @Override
        public boolean answered(Token shown, Answer answer) {
            return false;
        }

        @Override
        public void look() {
            // nothing changes
        }

        @Override
        public Health health() {
            return new Health(!isMissing(), "");
        }
    }

    @Test
    void a_budget_that_is_used_up_ends_second_calls() {
        EndpointBalancer balancer = balancer(settings(2, 1), "a");
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
