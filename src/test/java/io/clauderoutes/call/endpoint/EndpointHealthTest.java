package io.clauderoutes.call.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.TestEndpoints;
import io.clauderoutes.call.endpoint.EndpointState.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EndpointHealthTest {

    private final ClaudeException overloaded = ClaudeException.of(ApiError.ours(529, "overloaded_error", "Overloaded"));

    private long now;
    private int resets;
    private final EndpointHealth health =
            new EndpointHealth("a", TestEndpoints.HEALTH, false, () -> resets++, () -> 0, () -> now);

    private void pass(Duration time) {
        now += time.toNanos();
        health.look(true);
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            health.failed(overloaded);
        }
    }

    private void probeWell(int times) {
        for (int i = 0; i < times; i++) {
            health.probedWell();
        }
    }

    private Kind kind() {
        return health.state().kind();
    }

    private void goOutAndComeBack() {
        fail(5);
        pass(Duration.ofNanos(health.state().untilNanos() - now));
        probeWell(3);
        assertThat(kind()).isEqualTo(Kind.SLOW_START);
    }

    @Test
    void four_failures_in_a_row_are_patience() {
        fail(4);

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void the_fifth_puts_it_out_and_says_why() {
        fail(5);

        assertThat(health.state().tell(now))
                .isEqualTo("ejected: 5 calls in a row failed, the last with overloaded_error; for at least 30 s");
    }

    @Test
    void a_good_call_between_begins_the_count_anew() {
        fail(4);
        health.succeeded();
        fail(4);

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void an_open_breaker_puts_it_out() {
        health.breakerOpened();

        assertThat(health.state().why()).isEqualTo("its circuit breaker is open");
    }

    @Test
    void good_probes_do_not_shorten_the_hold() {
        fail(5);
        pass(Duration.ofSeconds(29));

        probeWell(10);

        assertThat(kind()).isEqualTo(Kind.EJECTED);
    }

    @Test
    void the_end_of_the_hold_is_not_enough_without_good_probes() {
        fail(5);
        pass(Duration.ofMinutes(5));

        probeWell(2);

        assertThat(kind()).isEqualTo(Kind.EJECTED);
    }

    @Test
    void a_bad_probe_between_begins_the_count_anew() {
        fail(5);
        pass(Duration.ofMinutes(5));
        probeWell(2);
        health.probedBadly("status 503");
        probeWell(2);

        assertThat(kind()).isEqualTo(Kind.EJECTED);
    }

    @Test
    void after_the_hold_and_three_good_probes_its_share_grows_from_a_tenth_to_all() {
        goOutAndComeBack();
        double atFirst = health.state().share(now);
        pass(Duration.ofSeconds(15));
        double halfWay = health.state().share(now);
        pass(Duration.ofSeconds(15));

        assertThat(atFirst).isEqualTo(0.1, within(0.001));
        assertThat(halfWay).isEqualTo(0.55, within(0.001));
        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
        assertThat(resets).isEqualTo(1);
    }

    @Test
    void in_a_slow_start_the_second_failure_puts_it_out_for_twice_as_long() {
        goOutAndComeBack();

        fail(2);

        assertThat(health.state().hold()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void each_relapse_doubles_the_hold_up_to_its_bound() {
        for (int i = 0; i < 10; i++) {
            goOutAndComeBack();
        }

        fail(2);

        assertThat(health.state().hold()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void who_has_been_in_for_as_long_as_the_hold_was_begins_with_the_first_hold() {
        goOutAndComeBack();
        pass(Duration.ofSeconds(30));
        pass(Duration.ofSeconds(31));

        fail(5);

        assertThat(health.state().hold()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void probes_that_fail_put_it_out_before_a_call_has_to() {
        health.probedBadly("status 503");
        health.probedBadly("status 503");
        health.probedBadly("status 503");

        assertThat(health.state().why()).isEqualTo("3 probes failed, the last with status 503");
    }

    private void isUsedToAnswerWithin(Duration time) {
        for (int i = 0; i < 50; i++) {
            health.began(now);
            now += time.toNanos();
            health.firstToken(time.toNanos(), true);
        }
    }

    private void callsWait(int calls) {
        for (int i = 0; i < calls; i++) {
            health.began(now);
        }
    }

    @Test
    void silence_while_five_calls_wait_puts_it_out_and_gives_those_calls_up() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        long left = now;
        callsWait(5);

        pass(Duration.ofMillis(1001));

        assertThat(kind()).isEqualTo(Kind.EJECTED);
        assertThat(health.hasGivenUp(left)).isTrue();
        assertThat(health.hasGivenUp(now)).isFalse();
    }

    @Test
    void a_call_that_left_while_it_went_out_for_silence_is_given_up_too() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        callsWait(5);
        pass(Duration.ofMillis(1001));
        long left = now;
        callsWait(1);
        for (int i = 0; i < 5; i++) {
            health.gaveNoToken();
        }

        pass(Duration.ofMillis(1001));

        assertThat(health.hasGivenUp(left)).isTrue();
    }

    @Test
    void four_waiting_calls_prove_no_silence() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        callsWait(4);

        pass(Duration.ofSeconds(10));

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void what_is_usual_for_it_is_no_silence() {
        isUsedToAnswerWithin(Duration.ofSeconds(4));
        callsWait(100);

        pass(Duration.ofSeconds(5));

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void one_first_token_ends_the_silence_for_all() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        callsWait(100);
        pass(Duration.ofMillis(900));
        health.firstToken(1, true);

        pass(Duration.ofMillis(900));

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void what_is_not_heard_while_the_process_stands_still_is_no_silence() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        callsWait(5);
        now += Duration.ofSeconds(20).toNanos();

        health.stoodStill();
        pass(Duration.ofMillis(100));

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void silence_of_the_last_one_standing_is_left_to_the_timeouts() {
        isUsedToAnswerWithin(Duration.ofMillis(100));
        callsWait(100);
        now += Duration.ofSeconds(10).toNanos();

        health.look(false);

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
    }

    @Test
    void it_is_probed_seldom_while_idle_and_often_while_out() {
        pass(Duration.ofSeconds(29));
        boolean early = health.isProbeDue(0, 1);
        pass(Duration.ofSeconds(2));
        boolean idle = health.isProbeDue(0, 1);
        health.succeeded();
        boolean busy = health.isProbeDue(0, 1);
        fail(5);
        boolean out = health.isProbeDue(now - Duration.ofSeconds(5).toNanos(), 1);

        assertThat(early).isFalse();
        assertThat(idle).isTrue();
        assertThat(busy).isFalse();
        assertThat(out).isTrue();
    }

    @Test
    void an_endpoint_without_others_is_always_in() {
        EndpointHealth alone = new EndpointHealth("a", TestEndpoints.HEALTH, true, () -> {}, () -> 0, () -> now);

        for (int i = 0; i < 50; i++) {
            alone.failed(overloaded);
        }

        assertThat(alone.takesCalls()).isTrue();
    }

    @Test
    void it_is_probed_for_an_operator_only_while_the_operator_looks_and_nobody_calls_it() {
        pass(Duration.ofSeconds(10));
        assertThat(health.isWatchProbeDue(0)).isFalse();

        health.watch(now + Duration.ofSeconds(3).toNanos());
        assertThat(health.isWatchProbeDue(0)).isTrue();
        assertThat(health.isWatchProbeDue(now)).isFalse();

        health.succeeded();
        assertThat(health.isWatchProbeDue(0)).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(health.isWatchProbeDue(0)).isTrue();

        pass(Duration.ofSeconds(2));
        assertThat(health.isWatchProbeDue(0)).isFalse();
    }

    @Test
    void probes_for_an_operator_eject_nothing() {
        health.watch(now + Duration.ofSeconds(3).toNanos());
        for (int i = 0; i < 10; i++) {
            health.watchedBadly("no answer");
        }

        assertThat(kind()).isEqualTo(Kind.AVAILABLE);
        assertThat(health.failedProbes().orElseThrow().count()).isEqualTo(10);
        health.watchedWell();
        assertThat(health.failedProbes()).isEmpty();
    }

    @Test
    void an_operator_who_comes_later_sees_no_old_probes() {
        health.watch(now + 1);
        health.watchedBadly("no answer");
        pass(Duration.ofHours(1));

        health.watch(now + 1);

        assertThat(health.failedProbes()).isEmpty();
    }
}
