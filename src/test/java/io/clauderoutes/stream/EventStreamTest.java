package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventStreamTest {

    private static final int MAX = 1 << 20;
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final MessageJson json = new MessageJson();
    private final List<String> junk = new ArrayList<>();

    private EventStream stream(InputStream in) {
        return new EventStream(new TestReply(OpenReply.Framing.EVENTS, in), json, MAX, 8 * MAX, junk::add);
    }

    private List<StreamEvent> read(InputStream in) {
        List<StreamEvent> events = new ArrayList<>();
        try (EventStream stream = stream(in)) {
            stream.forEachRemaining(events::add);
        }
        return events;
    }

    private List<StreamEvent> read(byte[] bytes) {
        return read(TestReply.pieces(bytes, bytes.length));
    }

    private Reply folded(List<StreamEvent> events) {
        ReplyAssembler assembler = new ReplyAssembler(json);
        events.forEach(assembler::accept);
        return assembler.reply();
    }

    static Stream<Arguments> goldenStreams() {
        return Stream.of("text.sse", "tool-use.sse", "unknown.sse").flatMap(name -> {
            String golden = new String(TestReply.resource(name), UTF_8);
            return Stream.of(
                    Arguments.of(name, "LF", golden),
                    Arguments.of(name, "CRLF", golden.replace("\n", "\r\n")),
                    Arguments.of(name, "CR", golden.replace("\n", "\r")),
                    Arguments.of(name, "mixed", mixed(golden)),
                    Arguments.of(name, "a byte order mark", "\ufeff" + golden),
                    Arguments.of(name, "data without a space", golden.replace("data: ", "data:")),
                    Arguments.of(name, "comments", golden.replace("event:", ":\n: a comment\nevent:")),
                    Arguments.of(name, "no names of events", golden.replaceAll("event: .*\n", "")),
                    Arguments.of(name, "more blank lines", golden.replace("\n\n", "\n\n\n\n")),
                    Arguments.of(name, "no final blank line", golden.substring(0, golden.length() - 1)),
                    Arguments.of(name, "no final line end", golden.substring(0, golden.length() - 2)));
        });
    }

    private static String mixed(String golden) {
        String[] ends = {"\n", "\r", "\r\n"};
        StringBuilder mixed = new StringBuilder();
        int line = 0;
        for (String text : golden.split("\n", -1)) {
            mixed.append(text).append(ends[line++ % 3]);
        }
        return mixed.toString();
    }

    @ParameterizedTest(name = "{0} with {1}")
    @MethodSource("goldenStreams")
    void a_stream_is_the_same_however_it_is_framed_and_cut(String name, String form, String text) {
        List<StreamEvent> golden = read(TestReply.resource(name));
        byte[] bytes = text.getBytes(UTF_8);

        for (int at = 0; at <= bytes.length; at++) {
            assertThat(read(TestReply.cut(bytes, at))).as("cut at %d", at).isEqualTo(golden);
        }
        for (int size = 1; size <= 64; size++) {
            assertThat(read(TestReply.pieces(bytes, size)))
                    .as("in pieces of %d", size)
                    .isEqualTo(golden);
        }

        assertThat(junk).isEmpty();
    }

    @Test
    void a_text_is_folded_with_every_character_of_it() {
        Reply reply = folded(read(TestReply.resource("text.sse")));

        assertThat(reply.text()).isEqualTo("Tiefe \ud83c\udf0a gr\u00f6\u00dfer als \ud834\udd1e \n\"gedacht\"  ");
        assertThat(json.value(json.string(reply.message()))).isEqualTo(json.value("""
                        {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
                         "content": [{"type": "text", "text": "Tiefe \ud83c\udf0a gr\u00f6\u00dfer als \ud834\udd1e \\n\\"gedacht\\"  "}],
                         "stop_reason": "end_turn", "stop_sequence": null,
                         "usage": {"input_tokens": 25, "output_tokens": 15}}"""));
    }

    @Test
    void thinking_citations_and_tools_are_folded_as_a_whole_reply_has_them() {
        Reply reply = folded(read(TestReply.resource("tool-use.sse")));

        assertThat(json.string(reply.message().path("content")))
                .isEqualTo(
                        "[{\"type\":\"thinking\",\"thinking\":\"Let me see.\",\"signature\":\"EqQBCgIYAg==\"},"
                                + "{\"type\":\"text\",\"text\":\"I will look.\",\"citations\":"
                                + "[{\"type\":\"char_location\",\"cited_text\":\"deep\"}]},"
                                + "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"depth\",\"input\":{\"sea\":\"North\"}}]");
    }

    @Test
    void what_is_unknown_travels_on_unchanged() {
        List<StreamEvent> events = read(TestReply.resource("unknown.sse"));

        assertThat(events.get(1)).isInstanceOfSatisfying(StreamEvent.Unknown.class, unknown -> assertThat(
                        new String(json.bytes(unknown), UTF_8))
                .isEqualTo("{\"type\":\"something_new\",\"field\":[1,2,{\"a\":null}]}"));
        assertThat(folded(events).message().path("something_new").toString()).isEqualTo("{\"a\":[1]}");
    }

    @Test
    void a_character_of_four_bytes_survives_each_cut_through_it() {
        byte[] bytes = TestReply.resource("text.sse");
        int emoji = new String(bytes, UTF_8)
                .substring(0, new String(bytes, UTF_8).indexOf("\ud83c"))
                .getBytes(UTF_8)
                .length;

        for (int at = emoji; at <= emoji + 4; at++) {
            assertThat(folded(read(TestReply.cut(bytes, at))).text())
                    .as("cut at %d", at)
                    .contains("\ud83c\udf0a");
        }
    }

    @Nested
    class When_a_stream_is_cut_off {

        @Test
        void no_cut_passes_for_a_whole_reply_and_none_invents_an_event() {
            byte[] bytes = TestReply.resource("text.sse");
            List<StreamEvent> golden = read(bytes);
            int stop = new String(bytes, UTF_8).getBytes(UTF_8).length - "\n\n".length();

            for (int at = 0; at < stop; at++) {
                List<StreamEvent> events = new ArrayList<>();
                TestReply reply = TestReply.of(OpenReply.Framing.EVENTS, Arrays.copyOf(bytes, at));
                EventStream stream = new EventStream(reply, json, MAX, MAX, junk::add);

                ClaudeException failure =
                        catchThrowableOfType(ClaudeException.class, () -> stream.forEachRemaining(events::add));

                assertThat(failure).as("cut at %d", at).hasMessageContaining("message_stop");
                assertThat(events).isEqualTo(golden.subList(0, events.size()));
                assertThat(List.of(reply.finished, reply.aborted)).containsExactly(0, 1);
            }
            assertThat(junk).isEmpty();
        }

        @Test
        void a_broken_connection_is_told_in_the_words_of_the_caller() {
            byte[] bytes = Arrays.copyOf(TestReply.resource("text.sse"), 300);

            ClaudeException failure = catchThrowableOfType(ClaudeException.class, () -> read(TestReply.broken(bytes)));

            assertThat(failure).hasMessageContaining("broken").hasRootCauseMessage("reset");
        }

        @Test
        void after_the_failure_it_is_over() {
            EventStream stream = stream(TestReply.pieces(new byte[0], 1));
            assertThatThrownBy(stream::next).isInstanceOf(ClaudeException.class);

            assertThat(stream.hasNext()).isFalse();
            assertThat(catchThrowableOfType(NoSuchElementException.class, stream::next))
                    .isNotNull();
        }
    }

    @Nested
    class When_a_stream_ends_well {

        @Test
        void its_reply_is_finished_once_and_closing_gives_up_nothing() {
            TestReply reply = TestReply.of(OpenReply.Framing.EVENTS, TestReply.resource("text.sse"));
            EventStream stream = new EventStream(reply, json, MAX, MAX, junk::add);
            stream.forEachRemaining(event -> {});

            stream.close();
            stream.close();

            assertThat(List.of(reply.finished, reply.aborted)).containsExactly(1, 0);
        }

        @Test
        void closed_before_its_end_the_connection_is_given_up_once() {
            TestReply reply = TestReply.of(OpenReply.Framing.EVENTS, TestReply.resource("text.sse"));
            EventStream stream = new EventStream(reply, json, MAX, MAX, junk::add);
            stream.next();

            stream.close();
            stream.close();

            assertThat(List.of(reply.finished, reply.aborted)).containsExactly(0, 1);
        }

        @Test
        void nothing_is_read_before_it_is_asked_for() {
            InputStream never = new InputStream() {
                @Override
                public int read() {
                    throw new AssertionError("read");
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    throw new AssertionError("read");
                }
            };

            assertThat(stream(never).hasNext()).isTrue();
        }
    }

    @Nested
    class When_a_frame_is_odd {

        private String within(String frame) {
            String golden = new String(TestReply.resource("text.sse"), UTF_8);
            int second = golden.indexOf("\n\n") + 2;
            return golden.substring(0, second) + frame + golden.substring(second);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "data: hello\n\n",
                    "data: {\"type\":\"ping\"\n\n",
                    "data: [1]\n\n",
                    "data: 7\n\n",
                    "data:\n\n",
                    "data\n\n",
                    "data: {\"type\":\"content_block_delta\",\"index\":99999999999999999999,\"delta\":{}}\n\n"
                })
        void one_that_is_no_event_is_reported_without_its_text_and_skipped(String frame) {
            List<StreamEvent> events = read(within(frame).getBytes(UTF_8));

            assertThat(events).isEqualTo(read(TestReply.resource("text.sse")));
            assertThat(junk).singleElement().asString().startsWith("a frame of").doesNotContain("hello");
        }

        @Test
        void deep_nesting_is_junk_and_no_overflow() {
            String bomb = "data: " + "[".repeat(100_000) + "\n\n";

            List<StreamEvent> events = read(within(bomb).getBytes(UTF_8));

            assertThat(events).isEqualTo(read(TestReply.resource("text.sse")));
            assertThat(junk).hasSize(1);
        }

        @Test
        void bytes_that_are_no_text_are_junk() {
            byte[] bytes = within("data: {\"type\":\"X\"}\n\n").getBytes(UTF_8);
            int at = new String(bytes, UTF_8).indexOf("X\"}");
            bytes[at] = (byte) 0xFF;

            List<StreamEvent> events = read(bytes);

            assertThat(events).isEqualTo(read(TestReply.resource("text.sse")));
            assertThat(junk).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"database: x\n\n", "id: 1\n\n", "retry: 5\n\n", ": data: x\n\n", " data: x\n\n", "\n\n"})
        void other_fields_and_comments_say_nothing(String frame) {
            List<StreamEvent> events = read(within(frame).getBytes(UTF_8));

            assertThat(events).isEqualTo(read(TestReply.resource("text.sse")));
            assertThat(junk).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"overloaded_error 529", "api_error 500", "rate_limit_error 429", "timeout_error 504"})
        void an_error_event_is_the_failure_that_it_tells(String typeAndStatus) {
            String type = typeAndStatus.substring(0, typeAndStatus.indexOf(' '));
            String error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"" + type
                    + "\",\"message\":\"Oh\"}}\n\n";

            ClaudeException failure = catchThrowableOfType(
                    ClaudeException.class, () -> read(within(error).getBytes(UTF_8)));

            assertThat(failure.type() + " " + failure.status()).isEqualTo(typeAndStatus);
            assertThat(failure.requestId()).hasValue("req_1");
        }
    }

    @Nested
    class When_an_event_is_large {

        private byte[] event(int length) {
            String head =
                    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"";
            String tail = "\"}}";
            int fill = length - (head.length() - "data: ".length()) - tail.length();
            return (head + "x".repeat(fill) + tail + "\n\n").getBytes(UTF_8);
        }

        @Test
        void one_of_a_mebibyte_is_read() {
            EventStream stream = new EventStream(
                    TestReply.of(OpenReply.Framing.EVENTS, event(1 << 20)), json, 2 << 20, 2 << 20, junk::add);

            StreamEvent event = stream.next();

            assertThat(event).isInstanceOf(StreamEvent.TextDelta.class);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 7, 1000, 1 << 20})
        void one_beyond_the_limit_is_a_failure_however_it_comes(int pieces) {
            byte[] bytes = event(5000);
            EventStream stream = new EventStream(
                    new TestReply(OpenReply.Framing.EVENTS, TestReply.pieces(bytes, pieces)),
                    json,
                    4096,
                    MAX,
                    junk::add);

            ClaudeException failure = catchThrowableOfType(ClaudeException.class, stream::next);

            assertThat(failure).hasMessageContaining("claude.split.max-event-bytes=4096");
        }

        @Test
        void an_endless_line_takes_no_more_than_twice_the_limit() {
            long[] read = {0};
            InputStream endless = new InputStream() {
                @Override
                public int read() {
                    read[0]++;
                    return 'x';
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    Arrays.fill(into, offset, offset + length, (byte) 'x');
                    read[0] += length;
                    return length;
                }
            };

            assertThatThrownBy(stream(endless)::next).isInstanceOf(ClaudeException.class);

            assertThat(read[0]).isLessThanOrEqualTo(2L * MAX);
        }

        @Test
        void an_event_of_many_lines_beyond_the_limit_is_a_failure() {
            byte[] lines = "data: and more and more and more\n".repeat(1 << 16).getBytes(UTF_8);
            InputStream endless = TestReply.pieces(lines, 10_000);

            ClaudeException failure = catchThrowableOfType(ClaudeException.class, stream(endless)::next);

            assertThat(failure).hasMessageContaining("claude.split.max-event-bytes");
        }

        @Test
        @Timeout(60)
        void one_of_very_many_short_lines_is_read_in_linear_time() {
            byte[] bytes = ("data:\n".repeat(1 << 20) + "\n" + "data: {\"type\":\"ping\"}\n\n").getBytes(UTF_8);

            EventStream stream = stream(TestReply.pieces(bytes, bytes.length));

            stream.next();

            assertThat(junk).hasSize(1);
        }

        @Test
        void a_reply_of_more_than_it_may_have_is_a_failure() {
            byte[] bytes = TestReply.resource("text.sse");
            EventStream stream =
                    new EventStream(TestReply.of(OpenReply.Framing.EVENTS, bytes), json, MAX, 500, junk::add);

            ClaudeException failure =
                    catchThrowableOfType(ClaudeException.class, () -> stream.forEachRemaining(event -> {}));

            assertThat(failure).hasMessageContaining("claude.split.max-reply-bytes=500");
        }
    }

    @Test
    void a_byte_order_mark_within_the_stream_is_no_mark() {
        byte[] golden = TestReply.resource("text.sse");
        byte[] twice = TestReply.joined(MARK, TestReply.joined(MARK, golden));

        List<StreamEvent> events = read(twice);

        assertThat(events).isEqualTo(read(golden));
    }
}
