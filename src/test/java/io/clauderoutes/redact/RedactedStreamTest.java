package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.Usage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.BlockStart;
import io.clauderoutes.message.StreamEvent.BlockStop;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.MessageDelta;
import io.clauderoutes.message.StreamEvent.SignatureDelta;
import io.clauderoutes.message.StreamEvent.TextDelta;
import io.clauderoutes.message.StreamEvent.ThinkingDelta;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactedStreamTest {

    private static final RedactionPolicy POLICY = new RedactionPolicy(RedactionSettings.all());
    private final ClaudeException cut =
            new ClaudeException.Unavailable(ApiError.ours(502, "api_error", "the connection broke"));

    private final MessageJson json = new MessageJson();

    private BlockStart start(int index, String type) {
        return new BlockStart(index, json.newObject().put("type", type), Optional.empty());
    }

    private static TextDelta text(int index, String text) {
        return new TextDelta(index, text, Optional.empty());
    }

    private static BlockStop stop(int index) {
        return new BlockStop(index, Optional.empty());
    }

    private RedactedStream redacted(ReplyStream events, boolean dropThinking) {
        return redacted(events, new RedactionRules(POLICY, true, dropThinking));
    }

    private RedactedStream redacted(ReplyStream events, RedactionRules rules) {
        return new RedactedStream(events, rules, json, RedactionListener.NONE);
    }

    private List<StreamEvent> all(StreamEvent... events) {
        List<StreamEvent> out = new ArrayList<>();
        redacted(ReplyStream.of(List.of(events)), false).forEachRemaining(out::add);
        return out;
    }

    private List<StreamEvent> withInputs(StreamEvent... events) {
        List<StreamEvent> out = new ArrayList<>();
        redacted(ReplyStream.of(List.of(events)), new RedactionRules(POLICY, false, false))
                .forEachRemaining(out::add);
        return out;
    }

    private static String texts(List<StreamEvent> events) {
        return events.stream()
                .filter(TextDelta.class::isInstance)
                .map(event -> ((TextDelta) event).text())
                .collect(Collectors.joining());
    }

    /** Hands out its events and then breaks off. */
    private ReplyStream cutAfter(StreamEvent... events) {
        Iterator<StreamEvent> left = List.of(events).iterator();
        return new ReplyStream() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public StreamEvent next() {
                if (left.hasNext()) {
                    return left.next();
                }
                throw cut;
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
    }

    @Nested
    class When_nothing_is_to_be_replaced {

        @Test
        void an_event_leaves_as_the_object_it_came_as() {
            StreamEvent delta = text(0, "Nothing to see. ");

            List<StreamEvent> out = all(start(0, "text"), delta, stop(0));

            assertThat(out.get(1)).isSameAs(delta);
        }

        @Test
        void the_first_text_leaves_as_it_came_when_all_of_it_is_decided() {
            StreamEvent first = text(0, "Down we go");
            StreamEvent second = text(0, " to the sea");

            List<StreamEvent> out = all(start(0, "text"), first, second, stop(0));

            assertThat(out).containsExactly(start(0, "text"), first, second, stop(0));
            assertThat(out.get(1)).isSameAs(first);
        }

        @Test
        void the_first_text_of_a_later_block_is_as_it_came() {
            StreamEvent later = text(1, "Down we go");

            List<StreamEvent> out = all(start(0, "text"), text(0, "So. "), stop(0), start(1, "text"), later, stop(1));

            assertThat(out.get(4)).isSameAs(later);
        }
    }

    @Nested
    class When_a_block_does_not_end {

        @Test
        void what_is_held_of_it_leaves_before_the_end_of_the_message() {
            StreamEvent text = text(0, "deep");
            StreamEvent end = new MessageDelta(json.newObject(), json.newObject(), Usage.UNKNOWN, Optional.empty());

            assertThat(all(start(0, "text"), text, end)).containsExactly(start(0, "text"), text, end);
        }
    }

    @Nested
    class When_a_message_came_whole {

        private ReplyStream whole(String message, boolean dropThinking) {
            Frame frame = Frame.of(message);
            return RedactedStream.of(
                    ReplyStream.of(json.events(frame.bytes()), Optional.of(frame)),
                    new RedactionRules(POLICY, true, dropThinking),
                    json,
                    RedactionListener.NONE);
        }

        private List<StreamEvent> told(ReplyStream stream) {
            List<StreamEvent> out = new ArrayList<>();
            stream.forEachRemaining(out::add);
            return out;
        }

        @Test
        void its_events_and_bytes_are_the_very_same_where_nothing_is_replaced() {
            String message = "{\"id\":\"msg_1\",\"type\":\"message\",\"content\":"
                    + "[{\"type\":\"text\",\"text\":\"It ends as a mail address begins\"}]}";
            Frame frame = Frame.of(message);
            ReplyStream plain = ReplyStream.of(json.events(frame.bytes()), Optional.of(frame));

            ReplyStream stream =
                    RedactedStream.of(plain, new RedactionRules(POLICY, true, false), json, RedactionListener.NONE);

            assertThat(stream).isSameAs(plain);
        }

        @Test
        void its_events_and_its_bytes_hold_the_same_replacements() {
            ReplyStream stream = whole(
                    "{\"id\":\"4111-1111-1111-1111\", \"type\":\"message\",\"content\":["
                            + "{\"type\":\"text\",\"text\":\"Card 4111-1111-1111-1111\"},"
                            + "{\"type\":\"text\",\"text\":\"1111, mail a@example.org\"},"
                            + "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\","
                            + "\"input\":{\"card\":\"4111-1111-1111-1111\"}}],"
                            + "\"stop_sequence\":\"a@example.org\"}",
                    false);

            List<StreamEvent> out = told(stream);

            assertThat(texts(out)).isEqualTo("Card [REDACTED]1111, mail [EMAIL]");
            assertThat(stream.whole())
                    .contains(Frame.of("{\"id\":\"4111-1111-1111-1111\", \"type\":\"message\",\"content\":["
                            + "{\"type\":\"text\",\"text\":\"Card [REDACTED]\"},"
                            + "{\"type\":\"text\",\"text\":\"1111, mail [EMAIL]\"},"
                            + "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\","
                            + "\"input\":{\"card\":\"4111-1111-1111-1111\"}}],"
                            + "\"stop_sequence\":\"[EMAIL]\"}"));
            assertThat(out)
                    .containsExactlyElementsOf(
                            json.events(stream.whole().orElseThrow().bytes()));
        }

        @Test
        void its_thinking_can_be_dropped() {
            ReplyStream stream = whole(
                    "{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"a\",\"signature\":\"b\"},"
                            + "{\"type\":\"text\",\"text\":\"Deep\"}]}",
                    true);

            List<StreamEvent> out = told(stream);

            assertThat(texts(out)).isEqualTo("Deep");
            assertThat(stream.whole())
                    .contains(Frame.of("{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"Deep\"}]}"));
        }

        @Test
        void its_events_as_they_came_are_read_to_the_end() {
            List<StreamEvent> read = new ArrayList<>();
            Frame frame =
                    Frame.of("{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"a@example.org\"}]}");
            List<StreamEvent> plain = json.events(frame.bytes());
            ReplyStream seen =
                    ReplyStream.of(() -> plain.stream().peek(read::add).iterator(), Optional.of(frame));

            told(RedactedStream.of(seen, new RedactionRules(POLICY, true, false), json, RedactionListener.NONE));

            assertThat(read).containsExactlyElementsOf(plain);
        }
    }

    @Nested
    class When_a_secret_is_cut_by_a_border {

        @Test
        void it_is_replaced_all_the_same() {
            List<StreamEvent> out =
                    all(start(0, "text"), text(0, "Card 4111-11"), text(0, "11-1111-1111, paid."), stop(0));

            assertThat(texts(out)).isEqualTo("Card [REDACTED], paid.");
        }

        @Test
        void what_is_held_leaves_before_its_block_ends() {
            List<StreamEvent> out = all(start(0, "text"), text(0, "Card 4111"), stop(0));

            assertThat(texts(out)).isEqualTo("Card 4111");
            assertThat(out.get(out.size() - 1)).isEqualTo(stop(0));
        }
    }

    @Nested
    class When_the_reply_breaks_off {

        @Test
        void what_is_held_leaves_before_the_failure() {
            RedactedStream stream = redacted(cutAfter(start(0, "text"), text(0, "Very")), false);
            stream.next();

            StreamEvent held = stream.next();

            assertThat(held).isEqualTo(text(0, "Very"));
            assertThat(catchThrowable(stream::next)).isSameAs(cut);
        }
    }

    @Nested
    class When_a_tool_is_called {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"card\":\"4111-1111-1111-1111\",\"n\":1}",
                    "{\"card\":\"\\u0034111-1111-1111-1111\",\"n\":1}"
                })
        void its_input_is_redacted_however_it_is_cut_and_escaped(String input) {
            for (int cut = 1; cut < input.length(); cut++) {
                List<StreamEvent> out = withInputs(
                        start(0, "tool_use"),
                        new InputJsonDelta(0, input.substring(0, cut), Optional.empty()),
                        new InputJsonDelta(0, input.substring(cut), Optional.empty()),
                        stop(0));

                assertThat(input(out)).isEqualTo("{\"card\":\"[REDACTED]\",\"n\":1}");
            }
        }

        @Test
        void a_number_that_is_a_card_becomes_a_string() {
            List<StreamEvent> out = withInputs(
                    start(0, "tool_use"),
                    new InputJsonDelta(0, "{\"card\":41111111", Optional.empty()),
                    new InputJsonDelta(0, "11111111,\"n\":-1.5e3}", Optional.empty()),
                    stop(0));

            assertThat(input(out)).isEqualTo("{\"card\":\"[REDACTED]\",\"n\":-1.5e3}");
        }

        @Test
        void its_input_stays_by_default() {
            StreamEvent input =
                    new InputJsonDelta(0, "{\"card\":\"4111-1111-1111-1111\",\"n\":536904399}", Optional.empty());

            assertThat(all(start(0, "tool_use"), input, stop(0)).get(1)).isSameAs(input);
        }

        @Test
        void a_number_that_is_no_card_stays_a_number() {
            List<StreamEvent> out = withInputs(
                    start(0, "tool_use"),
                    new InputJsonDelta(
                            0, "{\"id\":460536300,\"at\":1704067200000000,\"x\":0.123456789}", Optional.empty()),
                    stop(0));

            assertThat(input(out)).isEqualTo("{\"id\":460536300,\"at\":1704067200000000,\"x\":0.123456789}");
        }

        private String input(List<StreamEvent> events) {
            return events.stream()
                    .filter(InputJsonDelta.class::isInstance)
                    .map(event -> ((InputJsonDelta) event).partialJson())
                    .collect(Collectors.joining());
        }
    }

    @Nested
    class When_a_block_comes_whole {

        @Test
        void its_texts_are_redacted_and_its_ids_are_not() {
            BlockStart result = new BlockStart(
                    0,
                    json.newObject()
                            .put("type", "web_search_tool_result")
                            .put("tool_use_id", "4111-1111-1111-1111")
                            .put("title", "Card 4111-1111-1111-1111"),
                    Optional.empty());

            BlockStart out = (BlockStart) all(result, stop(0)).get(0);

            assertThat(out.block().path("title").asText()).isEqualTo("Card [REDACTED]");
            assertThat(out.block().path("tool_use_id").asText()).isEqualTo("4111-1111-1111-1111");
        }
    }

    @Nested
    class When_the_model_thinks {

        private final StreamEvent thought = new ThinkingDelta(0, "Card 4111-1111-1111-1111", Optional.empty());
        private final StreamEvent signature = new SignatureDelta(0, "c2ln", Optional.empty());

        @Test
        void its_thoughts_pass_unchanged() {
            List<StreamEvent> out = all(start(0, "thinking"), thought, signature, stop(0));

            assertThat(out).containsExactly(start(0, "thinking"), thought, signature, stop(0));
        }

        @Test
        void they_can_be_dropped_and_the_blocks_after_them_move_up() {
            List<StreamEvent> out = new ArrayList<>();
            redacted(
                            ReplyStream.of(List.of(
                                    start(0, "thinking"),
                                    thought,
                                    signature,
                                    stop(0),
                                    start(1, "text"),
                                    text(1, "Deep. "),
                                    stop(1))),
                            true)
                    .forEachRemaining(out::add);

            assertThat(out).startsWith(start(0, "text")).endsWith(stop(0));
            assertThat(texts(out)).isEqualTo("Deep. ");
        }
    }
}
