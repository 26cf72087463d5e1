package io.clauderoutes.call.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.TestEndpoints;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.EndpointOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EndpointChoiceTest {

    private static final int MANY = 10_000;

    private final SplittableRandom random = new SplittableRandom(7);
    private final List<Endpoint> endpoints = new ArrayList<>();
    private long now;

    private void endpoint(String name, int priority, int weight) {
        var settings = TestEndpoints.settings(priority, weight);
        endpoints.add(new Endpoint(
                name,
                settings,
                null,
                null,
                null,
                Endpoint.Limits.of(name, settings, () -> now),
                new EndpointHealth(name, settings.availability().health(), false, () -> {}, () -> 0, () -> now)));
    }

    private EndpointChoice choice(EndpointOrder order) {
        return new EndpointChoice(
                order, endpoints, new Sessions(Duration.ofMinutes(10), () -> now), random::nextDouble, () -> now);
    }

    private static Prompt prompt() {
        return prompt(Optional.empty());
    }

    private static Prompt prompt(Optional<String> session) {
        return new Prompt(
                "prompt-1",
                new MessageJson().request("How deep?", "", "m", 10, true),
                new Prompt.Options("default", session, Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                Map.of());
    }

    private int index(Endpoint endpoint) {
        return endpoints.indexOf(endpoint);
    }

    private int first(EndpointChoice choice) {
        return first(choice, prompt());
    }

    private int first(EndpointChoice choice, Prompt prompt) {
        return index(choice.first(prompt));
    }

    private EndpointHealth health(int index) {
        return endpoints.get(index).health();
    }

    private void answersWithin(int index, long millis) {
        for (int i = 0; i < 20; i++) {
            health(index).began(now);
            health(index).firstToken(Duration.ofMillis(millis).toNanos(), true);
            health(index).ended();
        }
    }

    private Map<Integer, Integer> chosen(EndpointChoice choice) {
        Map<Integer, Integer> times = new HashMap<>();
        for (int i = 0; i < MANY; i++) {
            times.merge(index(choice.first(prompt())), 1, Integer::sum);
        }
        return times;
    }

    private void goesOut(int index) {
        health(index).breakerOpened();
    }

    private void comesBack(int index) {
        now = health(index).state().untilNanos();
        health(index).probedWell();
        health(index).probedWell();
        health(index).probedWell();
    }

    @Test
    void the_nearest_gets_the_calls() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 300);
        answersWithin(1, 100);

        assertThat(chosen(choice(EndpointOrder.NEAREST))).containsOnlyKeys(1);
    }

    @Test
    void one_that_was_never_measured_is_tried() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 300);

        assertThat(first(choice(EndpointOrder.NEAREST))).isEqualTo(1);
    }

    @Test
    void equal_endpoints_share_the_calls_in_flight() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 100);
        answersWithin(1, 110);
        EndpointChoice choice = choice(EndpointOrder.NEAREST);

        for (int i = 0; i < 40; i++) {
            health(first(choice)).began(now);
        }

        assertThat(health(0).inFlight()).isBetween(19, 22);
    }

    @Test
    void a_slow_endpoint_gets_calls_where_the_fast_one_is_busy() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 100);
        answersWithin(1, 300);
        EndpointChoice choice = choice(EndpointOrder.NEAREST);

        for (int i = 0; i < 40; i++) {
            health(first(choice)).began(now);
        }

        assertThat(health(1).inFlight()).isBetween(9, 11);
    }

    @Test
    void an_endpoint_that_was_slow_long_ago_is_tried_again() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        EndpointChoice choice = choice(EndpointOrder.NEAREST);
        answersWithin(1, 300);
        now += Duration.ofSeconds(31).toNanos();
        answersWithin(0, 100);

        assertThat(first(choice)).isEqualTo(1);
    }

    @Test
    void an_endpoint_whose_calls_fail_fast_does_not_draw_the_calls() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 100);
        answersWithin(1, 100);
        for (int i = 0; i < 4; i++) {
            health(1).failed(new ClaudeException.Overloaded(ApiError.ours(529, "overloaded_error", "busy")));
            health(0).succeeded();
        }

        assertThat(chosen(choice(EndpointOrder.NEAREST))).containsOnlyKeys(0);
    }

    @Test
    void calls_that_wait_without_a_sign_of_life_make_an_endpoint_far_before_they_end() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 100);
        answersWithin(1, 200);
        for (int i = 0; i < 5; i++) {
            health(0).began(now);
        }
        now += Duration.ofMillis(400).toNanos();

        assertThat(first(choice(EndpointOrder.NEAREST))).isEqualTo(1);
    }

    @Test
    void the_lowest_priority_goes_first_however_far_it_is() {
        endpoint("a", 2, 1);
        endpoint("b", 1, 1);
        answersWithin(0, 10);
        answersWithin(1, 1000);

        assertThat(chosen(choice(EndpointOrder.PRIORITY))).containsOnlyKeys(1);
    }

    @Test
    void the_next_priority_goes_when_the_first_is_out() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        goesOut(0);

        assertThat(chosen(choice(EndpointOrder.PRIORITY))).containsOnlyKeys(1);
    }

    @Test
    void weights_are_shares() {
        endpoint("a", 1, 3);
        endpoint("b", 1, 1);
        endpoint("c", 1, 0);

        Map<Integer, Integer> chosen = chosen(choice(EndpointOrder.WEIGHT));

        assertThat(chosen.get(0)).isCloseTo(MANY * 3 / 4, within(MANY / 50));
        assertThat(chosen).containsOnlyKeys(0, 1);
    }

    @Test
    void a_weight_of_nothing_is_for_need() {
        endpoint("a", 1, 1);
        endpoint("b", 1, 0);
        goesOut(0);

        assertThat(first(choice(EndpointOrder.WEIGHT))).isEqualTo(1);
    }

    @Test
    void one_that_comes_back_gets_a_tenth_of_its_share_at_first() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        goesOut(0);
        comesBack(0);

        assertThat(chosen(choice(EndpointOrder.PRIORITY)).get(0)).isCloseTo(MANY / 10, within(MANY / 50));
    }

    @Test
    void a_session_stays_where_it_was_answered() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        EndpointChoice choice = choice(EndpointOrder.PRIORITY);
        choice.replied(prompt(Optional.of("s")), endpoints.get(1));

        assertThat(first(choice, prompt(Optional.of("s")))).isEqualTo(1);
        assertThat(first(choice, prompt(Optional.of("other")))).isZero();
    }

    @Test
    void a_session_moves_when_its_endpoint_is_out_and_stays_where_it_moved() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        EndpointChoice choice = choice(EndpointOrder.PRIORITY);
        Prompt prompt = prompt(Optional.of("s"));
        choice.replied(prompt, endpoints.get(0));
        goesOut(0);
        int moved = first(choice, prompt);
        choice.replied(prompt, endpoints.get(moved));
        comesBack(0);
        now += Duration.ofSeconds(30).toNanos();
        health(0).look(true);

        assertThat(moved).isEqualTo(1);
        assertThat(first(choice, prompt)).isEqualTo(1);
    }

    @Test
    void a_session_is_forgotten_when_it_was_not_heard_of_for_long() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        EndpointChoice choice = choice(EndpointOrder.PRIORITY);
        choice.replied(prompt(Optional.of("s")), endpoints.get(1));
        now += Duration.ofMinutes(11).toNanos();

        assertThat(first(choice, prompt(Optional.of("s")))).isZero();
    }

    @Test
    void a_pause_of_one_model_sends_that_model_alone_elsewhere() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        endpoints.get(0).quotas().of("other").pause(Duration.ofSeconds(10), prompt().request(), Map.of());
        EndpointChoice choice = choice(EndpointOrder.PRIORITY);
        int before = first(choice);
        endpoints.get(0).quotas().of("m").pause(Duration.ofSeconds(10), prompt().request(), Map.of());

        assertThat(before).isZero();
        assertThat(first(choice)).isEqualTo(1);
    }

    @Test
    void with_nobody_in_there_is_still_a_choice() {
        endpoint("a", 1, 1);
        endpoint("b", 2, 1);
        goesOut(0);
        goesOut(1);
        EndpointChoice choice = choice(EndpointOrder.PRIORITY);

        assertThat(first(choice)).isZero();
        assertThat(index(choice.again(prompt(), endpoints.get(0)))).isEqualTo(1);
        assertThat(choice.next(prompt(), List.of())).isEmpty();
    }
}
