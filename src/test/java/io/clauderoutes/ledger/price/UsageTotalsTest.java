package io.clauderoutes.ledger.price;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTotalsTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final MessageJson json = new MessageJson();
    private final UsageTotals tally = new UsageTotals("claude-asked", false);

    private static ObjectNode object(String text) {
        try {
            return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException mistake) {
            throw new IllegalArgumentException(mistake);
        }
    }

    private void start(String usage) {
        ObjectNode message = object("{'model':'claude-told','usage':" + usage + "}");
        tally.saw(new StreamEvent.MessageStart(message, json.usage(message.path("usage")), Optional.empty()));
    }

    private void delta(String usage) {
        delta("end_turn", usage);
    }

    private void delta(String stopReason, String usage) {
        ObjectNode counts = object(usage);
        tally.saw(new StreamEvent.MessageDelta(
                object("{'stop_reason':'" + stopReason + "'}"), counts, json.usage(counts), Optional.empty()));
    }

    private void text(String text) {
        tally.saw(new StreamEvent.TextDelta(0, text, Optional.empty()));
    }

    @Test
    void running_totals_replace_one_another() {
        start("{'input_tokens':9,'cache_read_input_tokens':1,'output_tokens':1}");
        delta("{'input_tokens':9,'cache_read_input_tokens':1,'output_tokens':5}");
        delta("{'input_tokens':9,'cache_read_input_tokens':1,'output_tokens':12}");

        assertThat(tally.used().tokens().input()).hasValue(9);
        assertThat(tally.used().tokens().cacheRead()).hasValue(1);
        assertThat(tally.used().tokens().output()).hasValue(12);
    }

    @ParameterizedTest
    @CsvSource({
        "absent,absent,-1", "absent,null,-1", "absent,0,0", "absent,7,7",
        "null,absent,-1", "null,null,-1", "null,0,0", "null,7,7",
        "0,absent,0", "0,null,0", "0,0,0", "0,7,7",
        "3,absent,3", "3,null,3", "3,0,0", "3,7,7"
    })
    void nothing_told_keeps_what_was_told_before_and_zero_is_told(String first, String then, long known) {
        start("{" + count(first) + "}");
        delta("{" + count(then) + "}");

        assertThat(tally.used().tokens().input()).isEqualTo(known < 0 ? OptionalLong.empty() : OptionalLong.of(known));
    }

    private static String count(String told) {
        return told.equals("absent") ? "" : "'input_tokens':" + told;
    }

    @Test
    void cache_writes_are_told_apart_by_their_lifetime() {
        start("{'input_tokens':1,'cache_creation_input_tokens':100,"
                + "'cache_creation':{'ephemeral_5m_input_tokens':60,'ephemeral_1h_input_tokens':40}}");

        assertThat(tally.used().tokens().cacheWrite5m()).hasValue(60);
        assertThat(tally.used().tokens().cacheWrite1h()).hasValue(40);
    }

    @Test
    void cache_writes_without_a_lifetime_live_five_minutes() {
        start("{'input_tokens':1,'cache_creation_input_tokens':100}");

        assertThat(tally.used().tokens().cacheWrite5m()).hasValue(100);
        assertThat(tally.used().tokens().cacheWrite1h()).isEmpty();
    }

    @Test
    void terms_come_from_the_beginning_of_the_reply() {
        start("{'input_tokens':1,'inference_geo':'us','speed':'fast','service_tier':'batch'}");
        delta("{'output_tokens':5}");

        Consumption used = tally.used();
        assertThat(used.inUs()).isTrue();
        assertThat(used.fast()).isTrue();
        assertThat(used.batch()).isTrue();
    }

    @Test
    void iterations_count_each_and_instead_of_their_sum() {
        start("{'input_tokens':1}");
        delta("{'input_tokens':10,'output_tokens':2,'iterations':["
                + "{'type':'message','input_tokens':10,'output_tokens':2},"
                + "{'type':'compaction','model':'claude-other','input_tokens':100,'output_tokens':20}]}");

        assertThat(tally.used().parts())
                .containsExactly(
                        new Consumption.Part("claude-told", Tokens.of(10, 2)),
                        new Consumption.Part("claude-other", Tokens.of(100, 20)));
        assertThat(tally.used().tokens()).isEqualTo(Tokens.of(110, 22));
    }

    @Test
    void a_refusal_before_any_content_is_free() {
        start("{'input_tokens':10}");
        delta("refusal", "{'output_tokens':3}");

        assertThat(tally.used().free()).isTrue();
    }

    @Test
    void a_refusal_amid_the_content_is_not() {
        start("{'input_tokens':10}");
        text("So");
        delta("refusal", "{'output_tokens':3}");

        assertThat(tally.used().free()).isFalse();
    }

    @Nested
    class Of_a_reply_that_broke_off {

        @Test
        void output_is_guessed_from_the_text_that_was_seen() {
            start("{'input_tokens':10,'output_tokens':1}");
            text("a".repeat(41));

            assertThat(tally.usedSoFar().tokens()).isEqualTo(Tokens.of(10, 11));
        }

        @Test
        void output_is_at_least_what_the_beginning_told() {
            start("{'input_tokens':10,'output_tokens':66}");
            text("a");

            assertThat(tally.usedSoFar().tokens().output()).hasValue(66);
        }

        @Test
        void nothing_is_guessed_where_the_final_count_was_told() {
            start("{'input_tokens':10,'output_tokens':1}");
            text("a".repeat(400));
            delta("{'output_tokens':30}");

            assertThat(tally.usedSoFar().tokens().output()).hasValue(30);
        }

        @Test
        void thinking_and_tool_input_count_too() {
            start("{'input_tokens':10}");
            tally.saw(new StreamEvent.ThinkingDelta(0, "abcd", Optional.empty()));
            tally.saw(new StreamEvent.InputJsonDelta(1, "{\"a\":1}", Optional.empty()));

            assertThat(tally.usedSoFar().tokens().output()).hasValue(3);
        }
    }
}
