package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.TextDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What leaves says what a redacted text says, and what nothing was replaced in leaves as the object that it came as. */
class HeldEventsTest {

    private static final RedactionPolicy POLICY = new RedactionPolicy(RedactionSettings.all());

    private final HeldEvents held = new HeldEvents();
    private final HeldEvents.Block texts = held.block(POLICY.redactor());
    private final HeldEvents.Block inputs = held.block(new JsonRedactor(POLICY, RedactionListener.NONE));

    private static TextDelta text(String text) {
        return new TextDelta(0, text, Optional.empty());
    }

    private static InputJsonDelta input(String json) {
        return new InputJsonDelta(0, json, Optional.empty());
    }

    private static String said(Iterable<StreamEvent> events) {
        StringBuilder said = new StringBuilder();
        events.forEach(event ->
                said.append(event instanceof TextDelta delta ? delta.text() : ((InputJsonDelta) event).partialJson()));
        return said.toString();
    }

    /** What of these events leaves at once. */
    private List<StreamEvent> take(TextDelta... deltas) {
        for (TextDelta delta : deltas) {
            texts.add(delta, delta.text(), HeldEventsTest::text);
        }
        return left(held);
    }

    private List<StreamEvent> take(InputJsonDelta... deltas) {
        for (InputJsonDelta delta : deltas) {
            inputs.add(delta, delta.partialJson(), HeldEventsTest::input);
        }
        return left(held);
    }

    private List<StreamEvent> end(HeldEvents.Block block) {
        block.end();
        return left(held);
    }

    private static List<StreamEvent> left(HeldEvents held) {
        return Stream.generate(held::poll)
                .takeWhile(Optional::isPresent)
                .map(Optional::orElseThrow)
                .toList();
    }

    private static void isTheSame(List<StreamEvent> left, StreamEvent... events) {
        assertThat(left).usingElementComparator((a, b) -> a == b ? 0 : 1).containsExactly(events);
    }

    @Nested
    class When_nothing_is_replaced {

        @Test
        void a_delta_leaves_as_soon_as_its_last_word_is_known_to_be_none_of_ours() {
            TextDelta deep = text(" deep");
            TextDelta blue = text(" blue");

            assertThat(take(deep)).isEmpty();
            isTheSame(take(blue), deep);
            isTheSame(end(texts), blue);
        }

        @Test
        void a_delta_that_ends_between_words_does_not_wait() {
            TextDelta deep = text("deep and ");

            isTheSame(take(deep), deep);
        }

        @Test
        void a_delta_of_no_text_stays_where_it_is() {
            TextDelta deep = text("deep");
            TextDelta none = text("");
            TextDelta blue = text(" blue ");

            assertThat(take(deep, none)).isEmpty();
            isTheSame(take(blue), deep, none, blue);
        }

        @Test
        void what_looked_like_a_secret_leaves_piece_by_piece_as_it_came() {
            TextDelta[] digits = {text("4111-"), text("1111-"), text("1111-"), text("11")};

            assertThat(take(digits)).isEmpty();
            isTheSame(end(texts), digits);
        }

        @Test
        void a_tools_input_keeps_its_escapes() {
            InputJsonDelta city = input("{\"city\":\"Malm\\u00f");
            InputJsonDelta street = input("6\",\"street\":\"a\\/b");
            InputJsonDelta number = input(" 12\",\"n\":1");
            InputJsonDelta end = input("2}");

            assertThat(take(city)).isEmpty();
            isTheSame(take(street), city);
            isTheSame(take(number), street);
            isTheSame(take(end), number, end);
            assertThat(end(inputs)).isEmpty();
        }
    }

    @Nested
    class When_something_is_replaced {

        @Test
        void the_deltas_that_it_lies_in_leave_as_one_and_their_neighbours_as_they_were() {
            TextDelta before = text("Charge");
            TextDelta after = text(" and wait");

            assertThat(take(before)).isEmpty();
            isTheSame(take(text(" card 4111-1111")), before);
            assertThat(take(text("-1111-1111"))).isEmpty();
            assertThat(take(after)).containsExactly(text(" card [REDACTED]"));
            isTheSame(end(texts), after);
        }

        @Test
        void a_delta_that_begins_in_it_is_cut() {
            assertThat(take(text("Card 4111-1111-11"), text("11-1111, paid"))).containsExactly(text("Card [REDACTED]"));
            assertThat(end(texts)).containsExactly(text(", paid"));
        }

        @Test
        void what_belongs_to_it_and_comes_later_leaves_no_delta() {
            TextDelta after = text(" is the key. ");

            List<StreamEvent> left =
                    take(text("sk-ant-api03-" + "a".repeat(60)), text("b".repeat(20)), text("c".repeat(20)), after);

            assertThat(said(left)).isEqualTo("[KEY] is the key. ");
            assertThat(left.get(left.size() - 1)).isSameAs(after);
        }

        @Test
        void a_tools_input_is_as_it_was_but_for_that() {
            InputJsonDelta after = input(",\"n\":1}");

            List<StreamEvent> left = take(input("{\"card\":\"4111-1111"), input("-1111-1111\""), after);

            assertThat(said(left)).isEqualTo("{\"card\":\"[REDACTED]\",\"n\":1}");
            assertThat(left.get(left.size() - 1)).isSameAs(after);
        }
    }

    static Stream<RedactionPolicy> policies() {
        return RedactStreamTest.policies();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void whatever_the_text_and_its_cuts_no_word_is_lost_doubled_or_early(RedactionPolicy policy) {
        Random random = new Random(11);
        for (String text : RedactStreamTest.texts(11)) {
            HeldEvents events = new HeldEvents();
            HeldEvents.Block block = events.block(policy.redactor());
            TextRedactor plain = policy.redactor();
            StringBuilder decided = new StringBuilder();
            List<StreamEvent> left = new ArrayList<>();

            for (String piece : RedactStreamTest.pieces(text, RedactStreamTest.randomCuts(text, random))) {
                block.add(text(piece), piece, HeldEventsTest::text);
                plain.append(piece, decided);
                left.addAll(left(events));
                assertThat(decided.toString()).as(text).startsWith(said(left));
            }
            block.end();
            left.addAll(left(events));

            assertThat(said(left)).as(text).isEqualTo(policy.redactor().redact(text));
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void a_text_with_nothing_in_it_leaves_as_the_objects_that_it_came_as(RedactionPolicy policy) {
        Random random = new Random(12);
        List<String> plain = RedactStreamTest.texts(12).stream()
                .filter(text -> policy.redactor().redact(text).equals(text))
                .collect(Collectors.toList());
        assertThat(plain).isNotEmpty();
        for (String text : plain) {
            HeldEvents events = new HeldEvents();
            HeldEvents.Block block = events.block(policy.redactor());
            TextDelta[] came = RedactStreamTest.pieces(text, RedactStreamTest.randomCuts(text, random)).stream()
                    .map(HeldEventsTest::text)
                    .toArray(TextDelta[]::new);
            for (TextDelta delta : came) {
                block.add(delta, delta.text(), HeldEventsTest::text);
            }
            block.end();

            isTheSame(left(events), came);
        }
    }
}
