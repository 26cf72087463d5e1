package io.clauderoutes.ledger.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.support.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceTableTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final PriceTable packaged = PriceTable.packaged();

    private static Tokens tokens(long input, long output, long read, long write5m, long write1h) {
        return new Tokens(
                OptionalLong.of(input),
                OptionalLong.of(output),
                OptionalLong.of(read),
                OptionalLong.of(write5m),
                OptionalLong.of(write1h),
                OptionalLong.empty());
    }

    private static Optional<Long> cost(PriceTable table, Consumption used) {
        return table.cost(used, NOW).map(Cost::microUsd);
    }

    private static Consumption terms(String model, Tokens tokens, boolean us, boolean fast, boolean batch) {
        return new Consumption(List.of(new Consumption.Part(model, tokens)), us, fast, batch, false);
    }

    @Test
    void every_class_of_tokens_has_its_own_price() {
        Tokens tokens = tokens(100, 10, 1_000, 600_000, 400_000);

        assertThat(cost(packaged, Consumption.of("claude-opus-5", tokens)))
                .contains(100 * 5 + 10 * 25 + 500L + 600_000 * 25 / 4 + 400_000 * 10);
    }

    @Test
    void a_price_counts_from_its_day_on() {
        Consumption used = Consumption.of("claude-sonnet-5-5", tokens(0, 0, 1_000_000, 0, 0));

        assertThat(packaged.cost(used, Instant.parse("2026-10-06T23:59:59Z")).map(Cost::microUsd))
                .contains(200_000L);
        assertThat(packaged.cost(used, Instant.parse("2026-10-07T00:00:00Z")).map(Cost::microUsd))
                .contains(100_000L);
    }

    @Test
    void before_its_first_day_a_model_has_no_price() {
        Consumption used = Consumption.of("claude-haiku-5-5", Tokens.of(1, 1));

        assertThat(packaged.cost(used, Instant.parse("2026-10-06T00:00:00Z"))).isEmpty();
    }

    @Test
    void the_band_of_a_long_prompt_counts_cached_input_too() {
        Consumption shorter = Consumption.of("claude-haiku-5-5", tokens(50_000, 0, 50_000, 0, 0));
        Consumption longer = Consumption.of("claude-haiku-5-5", tokens(50_000, 0, 50_001, 0, 0));

        assertThat(cost(packaged, shorter)).contains(5_500L);
        assertThat(cost(packaged, longer)).contains(27_500L);
    }

    @Test
    void a_batch_costs_half() {
        Tokens tokens = tokens(1_000, 100, 2_000, 400, 40);
        long whole = cost(packaged, terms("claude-opus-5", tokens, false, false, false))
                .orElseThrow();

        assertThat(cost(packaged, terms("claude-opus-5", tokens, false, false, true)))
                .contains(whole / 2);
    }

    @Test
    void geography_speed_and_batch_multiply() {
        Tokens tokens = tokens(1_000_000, 0, 0, 0, 0);

        assertThat(cost(packaged, terms("claude-opus-5-5", tokens, true, false, false)))
                .contains(4_400_000L);
        assertThat(cost(packaged, terms("claude-opus-5-5", tokens, false, true, false)))
                .contains(8_000_000L);
        assertThat(cost(packaged, terms("claude-opus-5-5", tokens, true, true, true)))
                .contains(4_400_000L);
    }

    @Test
    void a_speed_that_is_not_offered_has_no_price() {
        assertThat(cost(packaged, terms("claude-haiku-4-5", Tokens.of(1, 1), false, true, false)))
                .isEmpty();
    }

    @Test
    void half_a_micro_dollar_is_rounded_up_once_for_the_whole_call() {
        assertThat(cost(packaged, Consumption.of("claude-haiku-5-5", Tokens.of(4, 0))))
                .contains(0L);
        assertThat(cost(packaged, Consumption.of("claude-haiku-5-5", Tokens.of(5, 0))))
                .contains(1L);
        assertThat(cost(packaged, Consumption.of("claude-haiku-5-5", Tokens.of(4, 1))))
                .contains(1L);
    }

    @Test
    void iterations_are_priced_each_by_its_own_model() {
        Consumption used = new Consumption(
                List.of(
                        new Consumption.Part("claude-sonnet-5-5", Tokens.of(100, 10)),
                        new Consumption.Part("claude-opus-5", Tokens.of(200, 20))),
                false,
                false,
                false,
                false);

        assertThat(cost(packaged, used)).contains(100L * 2 + 10 * 10 + 200 * 5 + 20 * 25);
    }

    @Test
    void web_searches_are_priced_beside_the_tokens() {
        Tokens tokens = new Tokens(
                OptionalLong.of(0),
                OptionalLong.of(0),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.of(3));

        assertThat(cost(packaged, Consumption.of("claude-sonnet-5-5", tokens))).contains(30_000L);
    }

    @Test
    void what_is_not_billed_costs_nothing() {
        Consumption refusal = new Consumption(
                List.of(new Consumption.Part("claude-sonnet-5-5", Tokens.of(100, 10))), false, false, false, true);

        assertThat(cost(packaged, refusal)).contains(0L);
    }

    @Test
    void a_count_that_nobody_told_makes_the_cost_unknown() {
        assertThat(cost(packaged, Consumption.of("claude-sonnet-5-5", Tokens.UNKNOWN)))
                .isEmpty();
    }

    @Test
    void a_dated_snapshot_has_the_price_of_its_model() {
        assertThat(cost(packaged, Consumption.of("claude-haiku-4-5-20251001", Tokens.of(7, 0))))
                .contains(7L);
    }

    @Test
    void the_largest_counts_do_not_overflow() {
        Tokens tokens = tokens(1_000_000_000L, 1_000_000_000L, 0, 0, 0);

        assertThat(cost(packaged, terms("claude-fable-5-2", tokens, true, true, false)))
                .contains(48_000_000_000L * 22 / 10);
    }

    @Test
    void a_model_without_a_price_has_no_cost_and_is_warned_of_once() {
        try (CapturedLog log = new CapturedLog(PriceTable.class.getName(), Level.WARN)) {
            assertThat(cost(packaged, Consumption.of("claude-unpriced-1", Tokens.of(1, 1))))
                    .isEmpty();
            assertThat(cost(packaged, Consumption.of("claude-unpriced-1", Tokens.of(1, 1))))
                    .isEmpty();

            assertThat(log.lines())
                    .filteredOn(line -> line.contains("claude-unpriced-1"))
                    .singleElement()
                    .asString()
                    .contains("claude-unpriced-1")
                    .contains("claude.ledger.prices");
        }
    }

    @TempDir
    private Path folder;

    private Path file(String... rows) throws IOException {
        return Files.write(folder.resolve("prices.csv"), List.of(rows));
    }

    @Test
    void a_model_in_a_file_of_ones_own_is_priced_by_that_file_alone() throws IOException {
        PriceTable own = PriceTable.with(file("# ours", "claude-sonnet-5-5,2026-01-01,0,1,5,1,1,0.01,100,0,50,10"));

        assertThat(cost(own, Consumption.of("claude-sonnet-5-5", Tokens.of(10, 10))))
                .contains(60L);
        assertThat(cost(own, Consumption.of("claude-haiku-4-5", Tokens.of(10, 0))))
                .contains(10L);
    }

    @Test
    void every_mistake_in_a_file_is_told_with_its_line() throws IOException {
        Path file = file(
                "claude-a,2026-01-01,0,one,5,1,1,0.01,100,0,50,10",
                "claude-b,yesterday,0,1,5,1,1,0.01,100,0,50,10",
                "claude-c,2026-01-01,0,1");

        assertThatThrownBy(() -> PriceTable.with(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("line 1: one: expected US dollars")
                .hasMessageContaining("line 2")
                .hasMessageContaining("line 3: expected the columns model,from");
    }

    @Test
    void a_file_that_is_not_there_is_told_with_its_setting() {
        assertThatThrownBy(() -> PriceTable.with(folder.resolve("none.csv")))
                .hasMessageContaining("claude.ledger.prices=");
    }
}
