package io.clauderoutes.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatorSettingsTest {

    private final SimulatorSettings instant = SimulatorSettings.instant();

    @Nested
    class When_a_value_is_out_of_range {

        @Test
        void a_port_is_told_its_range() {
            assertThatThrownBy(() -> instant.withPort(70_000))
                    .hasMessage("port must be from 0 (any free one) to 65535, but is 70000");
        }

        @Test
        void the_percentile_is_not_below_the_median() {
            assertThatThrownBy(() -> instant.withLatency(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                    .hasMessage("latencyP99 must not be below latencyMedian, but PT1S is below PT2S");
        }

        @Test
        void faults_are_not_more_than_all() {
            assertThatThrownBy(() -> instant.withFaults(Map.of(new Fault.Gzip(), 60.0, new Fault.ByteByByte(), 50.0)))
                    .hasMessage("the percentages of all faults together must not exceed 100, but are 110.0");
        }

        @Test
        void a_percentage_is_one() {
            assertThatThrownBy(() -> instant.withFaults(Map.of(Fault.status(529), -1.0)))
                    .hasMessage("the percentage of the fault status-529 must be from 0 to 100, but is -1.0");
        }

        @Test
        void slots_are_not_negative() {
            assertThatThrownBy(() -> Capacity.unlimited().withSlots(-1))
                    .hasMessage("slots and replyTokens must not be negative (0 for none), but are -1 and 0");
        }

        @Test
        void a_straggler_is_not_faster() {
            assertThatThrownBy(() -> Capacity.unlimited().withStragglers(2, 0.5))
                    .hasMessage("stragglerFactor must be from 1 to 100, but is 0.5");
        }

        @Test
        void a_delta_has_a_character() {
            assertThatThrownBy(() -> instant.withDeltaChars(0)).hasMessage("deltaChars must be at least 1, but is 0");
        }
    }

    @Test
    void keys_are_not_shown() {
        assertThat(instant.withAcceptedKeys(Set.of("sk-secret"))).asString().doesNotContain("sk-secret");
    }

    @Nested
    class When_a_latency_is_drawn {

        private final Latency latency = new Latency(Duration.ofMillis(100), Duration.ofMillis(900));
        private final SplittableRandom random = new SplittableRandom(3);
        private final double[] sorted = DoubleStream.generate(
                        () -> latency.next(random).toNanos() / 1e6)
                .limit(50_000)
                .sorted()
                .toArray();

        @Test
        void half_are_below_the_median() {
            assertThat(sorted[25_000]).isBetween(97.0, 103.0);
        }

        @Test
        void one_of_a_hundred_is_above_the_percentile() {
            assertThat(sorted[49_500]).isBetween(840.0, 960.0);
        }
    }

    @Nested
    class When_a_fault_is_named {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ok",
                    "status-529",
                    "html-502",
                    "redirect-307",
                    "reset-before-headers",
                    "reset-before-headers-billed",
                    "stall-before-headers",
                    "reset-4",
                    "end-4",
                    "error-4",
                    "junk-4",
                    "unknown-event-4",
                    "stall-4",
                    "huge-line-4",
                    "refusal-4",
                    "byte-by-byte",
                    "gzip",
                    "broken",
                    "slow"
                })
        void it_has_that_name(String name) {
            assertThat(Fault.named(name).name()).isEqualTo(name);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "status-", "status-x", "nonsense", "nonsense-4"})
        void another_name_is_refused_with_a_list(String name) {
            assertThatThrownBy(() -> Fault.named(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a fault must be one of [broken, byte-by-byte, end, error, gzip,");
        }

        @Test
        void a_status_is_an_error() {
            assertThatThrownBy(() -> Fault.named("status-200")).hasMessageContaining("but has 200");
        }

        @Test
        void a_field_that_it_does_not_have_is_refused() {
            assertThatThrownBy(() -> Fault.fromJson("{\"fault\":\"stall\",\"secs\":3}"))
                    .hasMessage("the fault stall must have only the fields [after_deltas, ms], but has secs");
        }

        @Test
        void a_duration_is_in_milliseconds_and_for_ever_if_left_out() {
            assertThat(Fault.fromJson("[{\"fault\":\"stall\",\"after_deltas\":1,\"ms\":50},\"stall-1\"]"))
                    .containsExactly(new Fault.Stall(1, Duration.ofMillis(50)), new Fault.Stall(1, Fault.FOREVER));
        }
    }
}
