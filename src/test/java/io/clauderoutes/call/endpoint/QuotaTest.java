package io.clauderoutes.call.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.Usage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.settings.QuotaSettings;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QuotaTest {

    private final AtomicLong now = new AtomicLong(-1_000_000);
    private final MessageJson json = new MessageJson();

    private Quota quota(long requests, long input, long output) {
        return new Quota("primary", new QuotaSettings(requests, input, output), now::get);
    }

    private MessagesRequest request(long maxTokens) {
        return json.request("How deep?", "", "m", maxTokens, false);
    }

    private Quota.Reservation reserve(Quota quota, long maxTokens) {
        return quota.reserve(request(maxTokens), now.get(), () -> false);
    }

    private static Usage used(long input, long output) {
        return new Usage(OptionalLong.of(input), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(output));
    }

    @Test
    void without_limits_everything_goes() {
        Quota quota = quota(0, 0, 0);

        assertThat(reserve(quota, 1_000_000).output()).isEqualTo(1_000_000);
    }

    @Test
    void requests_are_counted_and_the_setting_is_named() {
        Quota quota = quota(1, 0, 0);
        reserve(quota, 1);

        assertThatThrownBy(() -> reserve(quota, 1))
                .isInstanceOf(RateLimited.class)
                .hasMessageContaining("claude.endpoints.primary.requests-per-minute");
    }

    @Test
    void they_come_back_within_a_minute() {
        Quota quota = quota(2, 0, 0);
        reserve(quota, 1);
        reserve(quota, 1);
        now.addAndGet(Duration.ofSeconds(30).toNanos());

        reserve(quota, 1);

        assertThatThrownBy(() -> reserve(quota, 1)).isInstanceOf(RateLimited.class);
    }

    @Test
    void what_was_reserved_and_not_used_is_given_back_when_it_is_settled() {
        Quota quota = quota(0, 0, 100);
        Quota.Reservation reservation = reserve(quota, 100);

        quota.settle(reservation, used(1, 40));

        reserve(quota, 60);
        assertThatThrownBy(() -> reserve(quota, 1)).isInstanceOf(RateLimited.class);
    }

    @Test
    void what_was_used_beyond_it_is_taken() {
        Quota quota = quota(0, 0, 100);
        Quota.Reservation reservation = reserve(quota, 10);

        quota.settle(reservation, used(1, 50));

        assertThatThrownBy(() -> reserve(quota, 51)).isInstanceOf(RateLimited.class);
        reserve(quota, 50);
    }

    @Test
    void what_nobody_told_stays_as_reserved() {
        Quota quota = quota(0, 0, 100);
        Quota.Reservation reservation = reserve(quota, 100);

        quota.settle(reservation, Usage.UNKNOWN);

        assertThatThrownBy(() -> reserve(quota, 1)).isInstanceOf(RateLimited.class);
    }

    @Test
    void a_refused_call_gives_its_tokens_back() {
        Quota quota = quota(0, 1000, 100);
        Quota.Reservation reservation = reserve(quota, 100);

        quota.giveBack(reservation);

        reserve(quota, 100);
    }

    @Test
    void who_is_turned_away_by_one_limit_has_taken_nothing_of_the_others() {
        Quota quota = quota(1, 1000, 100);

        assertThatThrownBy(() -> reserve(quota, 101)).hasMessageContaining("output-tokens-per-minute");

        reserve(quota, 100);
    }

    @Test
    void the_endpoint_is_believed_when_it_says_that_less_is_left() {
        Quota quota = quota(10, 0, 100);

        quota.told(Map.of(
                "anthropic-ratelimit-requests-remaining", "1",
                "anthropic-ratelimit-output-tokens-remaining", "5"));

        assertThatThrownBy(() -> reserve(quota, 6)).hasMessageContaining("output-tokens-per-minute");
        reserve(quota, 5);
        assertThatThrownBy(() -> reserve(quota, 0)).hasMessageContaining("requests-per-minute");
    }

    @Test
    void it_is_not_believed_that_more_is_left_nor_what_is_no_number() {
        Quota quota = quota(1, 0, 0);
        reserve(quota, 1);

        quota.told(Map.of("anthropic-ratelimit-requests-remaining", "1000"));
        quota.told(Map.of("anthropic-ratelimit-requests-remaining", "many"));

        assertThatThrownBy(() -> reserve(quota, 1)).isInstanceOf(RateLimited.class);
    }

    @Test
    void the_longest_pause_counts_until_it_is_over() {
        Quota quota = quota(0, 0, 0);

        quota.pause(Duration.ofSeconds(5), request(1), Map.of());
        quota.pause(Duration.ofSeconds(1), request(1), Map.of());
        Duration before = quota.pause(request(1));
        now.addAndGet(Duration.ofSeconds(6).toNanos());

        assertThat(before).isEqualTo(Duration.ofSeconds(5));
        assertThat(quota.pause(request(1))).isZero();
    }

    @Test
    void a_pause_for_tokens_does_not_hold_for_smaller_requests() {
        Quota quota = quota(0, 0, 0);
        MessagesRequest large = json.request("How deep? ".repeat(1000), "", "m", 1, false);

        quota.pause(Duration.ofSeconds(5), large, Map.of("anthropic-ratelimit-requests-remaining", "7"));

        assertThat(quota.pause(request(1))).isZero();
        assertThat(quota.pause(large)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void a_pause_for_requests_holds_for_all() {
        Quota quota = quota(0, 0, 0);
        MessagesRequest large = json.request("How deep? ".repeat(1000), "", "m", 1, false);

        quota.pause(Duration.ofSeconds(5), large, Map.of("anthropic-ratelimit-requests-remaining", "0"));

        assertThat(quota.pause(request(1))).isEqualTo(Duration.ofSeconds(5));
    }
}
