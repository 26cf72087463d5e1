package io.clauderoutes.ledger.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.row.BookedUsage;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.row.UnknownCall.Outcome;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What calls cost that may have been billed, as far as the API's report can tell. */
class UnknownCallsTest {

    private static final String MODEL = "claude-sonnet-5-5";
    private static final long HOUR = 498_000;

    private static UnknownCall call(long number, long hour, OptionalLong reserved, boolean batch) {
        return new UnknownCall(1, number, hour, MODEL, reserved, batch);
    }

    private static UnknownCall call(long number, long reserved) {
        return call(number, HOUR, OptionalLong.of(reserved), false);
    }

    private static HourUsage used(long input) {
        return new HourUsage(input, 0, 0, 0, 0);
    }

    private static HourUsage.Key at(long hour, String model) {
        return new HourUsage.Key(hour, model);
    }

    private static List<Outcome> outcomes(
            Map<HourUsage.Key, BookedUsage> booked,
            Map<HourUsage.Key, HourUsage> reported,
            long end,
            UnknownCall... calls) {
        return new UnknownCalls(booked, reported, end, 0, PriceTable.packaged()).outcomes(List.of(calls));
    }

    @Test
    void cost_nothing_where_the_report_has_what_the_ledger_has() {
        Map<HourUsage.Key, BookedUsage> booked = Map.of(at(HOUR, MODEL), new BookedUsage(used(70), 0, 1));

        assertThat(outcomes(booked, Map.of(at(HOUR, MODEL), used(70)), HOUR + 3, call(1, 500)))
                .containsExactly(new Outcome(call(1, 500), 0));
    }

    @Test
    void share_what_the_report_has_more_and_never_cost_more_than_was_reserved() {
        Map<HourUsage.Key, HourUsage> reported = Map.of(at(HOUR, MODEL), used(100));

        assertThat(outcomes(Map.of(), reported, HOUR + 3, call(1, 900), call(2, 100)))
                .extracting(Outcome::costMicroUsd)
                .containsExactly(198L, 22L);
        assertThat(outcomes(Map.of(), reported, HOUR + 3, call(1, 90), call(2, 10)))
                .extracting(Outcome::costMicroUsd)
                .containsExactly(90L, 10L);
    }

    @Test
    void may_be_counted_in_the_hours_after_they_began() {
        assertThat(outcomes(Map.of(), Map.of(at(HOUR + 2, MODEL), used(100)), HOUR + 3, call(1, 900)))
                .extracting(Outcome::costMicroUsd)
                .containsExactly(220L);
        assertThat(outcomes(Map.of(), Map.of(), HOUR + 2, call(1, 900))).isEmpty();
    }

    @Test
    void of_batches_may_be_counted_a_day_later() {
        UnknownCall item = call(1, HOUR, OptionalLong.of(900), true);

        assertThat(outcomes(Map.of(), Map.of(), HOUR + 26, item)).isEmpty();
        assertThat(outcomes(Map.of(), Map.of(), HOUR + 27, item)).hasSize(1);
    }

    @Test
    void may_be_counted_under_another_name_of_the_model() {
        assertThat(outcomes(Map.of(), Map.of(at(HOUR, MODEL + "-20260928"), used(100)), HOUR + 3, call(1, 900)))
                .extracting(Outcome::costMicroUsd)
                .containsExactly(220L);
    }

    @Test
    void without_a_budget_stay_unknown_where_something_was_billed() {
        UnknownCall free = call(1, HOUR, OptionalLong.empty(), false);

        assertThat(outcomes(Map.of(), Map.of(at(HOUR, MODEL), used(1)), HOUR + 3, free))
                .isEmpty();
        assertThat(outcomes(Map.of(), Map.of(), HOUR + 3, free)).hasSize(1);
    }
}
