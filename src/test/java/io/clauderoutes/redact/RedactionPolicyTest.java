package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionPolicyTest {

    private static RedactionSettings users(String pattern, String replacement, int maxLength) {
        return RedactionSettings.only().with(new PatternSettings("mine", pattern, replacement, maxLength));
    }

    private static String redact(RedactionSettings settings, String text) {
        return new RedactionPolicy(settings).redactor().redact(text);
    }

    @Nested
    class Tables {

        private final RedactionSettings defaults = RedactionSettings.only(Kind.CARD, Kind.SSN, Kind.IBAN, Kind.KEY);

        @Test
        void of_the_default_kinds_are_made_once() {
            assertThat(StandardTables.of(BuiltInRules.of(defaults)))
                    .isSameAs(StandardTables.of(BuiltInRules.of(defaults.with(PatternSettings.of("mine", "a+")))));
            assertThat(StandardTables.of(BuiltInRules.ofNumbers(defaults)))
                    .isSameAs(StandardTables.of(BuiltInRules.ofNumbers(defaults)));
        }

        @Test
        void of_other_kinds_are_their_own() {
            RedactionSettings checked = defaults.with(Kind.CARD, new KindSettings(true, true, "[REDACTED]"));

            assertThat(redact(defaults, "4111111111111112")).isEqualTo("[REDACTED]");
            assertThat(redact(checked, "4111111111111112")).isEqualTo("4111111111111112");
        }
    }

    @Nested
    class Version {

        @Test
        void is_the_same_for_the_same_settings() {
            assertThat(new RedactionPolicy(RedactionSettings.all()).version())
                    .isEqualTo(new RedactionPolicy(RedactionSettings.all()).version());
        }

        @Test
        void changes_with_everything_that_changes_the_result() {
            List<RedactionSettings> different = List.of(
                    RedactionSettings.all(),
                    RedactionSettings.only(),
                    RedactionSettings.only(Kind.CARD),
                    RedactionSettings.all().with(Kind.CARD, new KindSettings(true, true, "[REDACTED]")),
                    RedactionSettings.all().with(Kind.CARD, new KindSettings(true, false, "[CARD]")),
                    users("a+", "x", 10),
                    users("b+", "x", 10),
                    users("a+", "y", 10),
                    users("a+", "x", 11));

            assertThat(different.stream().map(settings -> new RedactionPolicy(settings).version()))
                    .doesNotHaveDuplicates();
        }
    }

    @Nested
    class When_a_kind_is_off {

        @Test
        void its_text_stays() {
            assertThat(redact(RedactionSettings.only(Kind.SSN), "4111111111111111 123-45-6789"))
                    .isEqualTo("4111111111111111 [REDACTED]");
        }

        @Test
        void a_policy_without_kinds_is_empty() {
            assertThat(new RedactionPolicy(RedactionSettings.only()).isEmpty()).isTrue();
        }

        @Test
        void an_empty_policy_holds_nothing_back() {
            String delta = "jane@exam";

            assertThat(new RedactionPolicy(RedactionSettings.only()).redactor().append(delta))
                    .isSameAs(delta);
        }
    }

    @Nested
    class A_pattern_of_the_users {

        @Test
        void is_replaced_by_its_own_text() {
            assertThat(redact(users("CUST-[0-9]+", "[CUSTOMER]", 20), "for CUST-123, CUST-x"))
                    .isEqualTo("for [CUSTOMER], CUST-x");
        }

        @Test
        void may_ask_for_borders() {
            assertThat(redact(users("\\bcat\\b", "[C]", 10), "cat concat cat. cats"))
                    .isEqualTo("[C] concat [C]. cats");
        }

        @Test
        void may_ask_for_the_ends_of_the_text() {
            assertThat(redact(users("^ab|ab$", "[E]", 10), "abxabxab")).isEqualTo("[E]xabx[E]");
        }

        @Test
        void matches_no_more_than_its_longest() {
            assertThat(redact(users("a+", "[A]", 4), "aaaaaa")).isEqualTo("[A][A]");
        }

        @Test
        void that_can_only_match_more_than_its_longest_is_left() {
            assertThat(redact(users("a{6}", "[A]", 4), "aaaaaa")).isEqualTo("aaaaaa");
        }

        @Test
        void wins_where_it_is_longer_than_a_built_in_kind() {
            RedactionSettings settings = RedactionSettings.all()
                    .with(new PatternSettings("mine", "[a-z]+@corp\\.com ext [0-9]+", "[STAFF]", 60));

            assertThat(redact(settings, "jane@corp.com ext 12, joe@corp.com")).isEqualTo("[STAFF], [EMAIL]");
        }

        @Test
        void loses_where_it_is_shorter_than_a_built_in_kind() {
            RedactionSettings settings =
                    RedactionSettings.all().with(new PatternSettings("mine", "[0-9]{4}", "[PIN]", 4));

            assertThat(redact(settings, "4111111111111111 1234")).isEqualTo("[REDACTED] [PIN]");
        }

        @Test
        void is_told_by_its_name() {
            List<String> heard = new ArrayList<>();

            new RedactionPolicy(users("a", "b", 4)).redactor(heard::add).redact("a");

            assertThat(heard).containsExactly("mine");
        }

        @Test
        void never_cuts_a_pair_of_surrogates() {
            assertThat(redact(users("x.+", "[X]", 4), "x\ud83d\ude00\ud83d\ude00\ud83d\ude00"))
                    .isEqualTo("[X]\ud83d\ude00\ud83d\ude00");
        }

        @Test
        void that_does_not_compile_is_refused_by_name() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new RedactionPolicy(users("(a", "x", 10)))
                    .withMessageContaining("claude.redact.patterns.mine.pattern must be a regular expression");
        }

        @ParameterizedTest
        @ValueSource(strings = {"a*", "", "\\b", "^", "x?|y", "(a|b*)c*"})
        void that_matches_the_empty_text_is_refused_by_name(String pattern) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new RedactionPolicy(users(pattern, "x", 10)))
                    .withMessageContaining("claude.redact.patterns.mine.pattern must not match the empty text");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, -1, 4097})
        void with_a_longest_out_of_range_is_refused_by_name(int maxLength) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> users("a", "x", maxLength))
                    .withMessageContaining("claude.redact.patterns.mine.max-length must be from 1 to 4096");
        }

        @Test
        void with_a_name_given_twice_is_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> users("a", "x", 10).with(PatternSettings.of("mine", "b")))
                    .withMessageContaining("claude.redact.patterns.mine is given twice");
        }
    }
}
