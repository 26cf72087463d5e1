package io.clauderoutes.p99;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Runs whenever the benchmark is compiled: a request that fails must not improve a figure. */
class SamplesTest {

    private static Sample reply(int client, long micros) {
        return new Sample(client, micros / 4, micros / 2, micros, Sample.NEVER);
    }

    /** A hundred replies that took 1, 2 … 100 microseconds, of ten clients in turn. */
    private final List<Sample> hundred = new ArrayList<>(LongStream.rangeClosed(1, 100)
            .mapToObj(micros -> reply((int) micros % 10, micros))
            .toList());

    private long p99() {
        return new Samples(hundred).percentile(99, Sample::complete);
    }

    @Test
    void a_percentile_is_a_time_within_which_so_many_had_their_reply() {
        Samples samples = new Samples(hundred);

        assertThat(samples.percentile(50, Sample::complete)).isEqualTo(50);
        assertThat(samples.percentile(99, Sample::complete)).isEqualTo(99);
        assertThat(samples.percentile(99.9, Sample::complete)).isEqualTo(100);
        assertThat(samples.percentile(100, Sample::firstText)).isEqualTo(25);
    }

    @Test
    void a_request_that_fails_at_once_makes_it_worse() {
        hundred.set(0, Sample.failed(1));

        assertThat(p99()).isEqualTo(100);
    }

    @Test
    void with_more_failures_than_the_percentile_allows_it_is_infinite() {
        hundred.set(0, Sample.failed(1));
        hundred.set(1, Sample.failed(2));

        assertThat(p99()).isEqualTo(Sample.NEVER);
        assertThat(P99Page.seconds(p99())).isEqualTo("∞");
    }

    @Test
    void a_request_that_has_not_ended_counts_as_one_that_never_does_and_its_age_is_told() {
        hundred.add(Sample.unfinished(3, 7_000));
        hundred.add(Sample.unfinished(4, 9_000));
        Samples samples = new Samples(hundred);

        assertThat(samples.percentile(99, Sample::complete)).isEqualTo(Sample.NEVER);
        assertThat(samples.unfinished()).isEqualTo(2);
        assertThat(samples.failed()).isZero();
        assertThat(samples.oldest()).isEqualTo(9_000);
    }

    @Test
    void the_worst_client_is_not_hidden_by_the_others() {
        hundred.add(reply(77, 50_000));

        assertThat(p99()).isEqualTo(100);
        assertThat(new Samples(hundred).worstClient(99)).isEqualTo(50_000);
    }

    @Test
    void no_request_at_all_is_no_good_figure() {
        assertThat(new Samples(List.of()).percentile(99, Sample::complete)).isEqualTo(Sample.NEVER);
    }

    @Test
    void questions_by_zipfs_law_are_the_same_for_each_variant_and_few_are_asked_often() {
        Workload zipf = Workload.open(0.9).zipf(1_000);
        Questions first = zipf.questions(1);
        Questions second = zipf.questions(1);
        long often = 0;
        for (int i = 0; i < 10_000; i++) {
            long question = first.next();
            assertThat(second.next()).isEqualTo(question).isBetween(0L, 999L);
            often += question == 0 ? 1 : 0;
        }

        assertThat(often).isBetween(1_200L, 1_480L);
    }
}
