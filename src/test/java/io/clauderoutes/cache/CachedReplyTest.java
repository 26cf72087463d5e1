package io.clauderoutes.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.SharedReply;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CachedReplyTest {

    private static final String MESSAGE = "{\"id\": \"msg_1\",\"type\":\"message\", \"content\":["
            + "{\"type\":\"text\",\"text\":\"\\u0041h.\"},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"a\":1}}],"
            + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":9,\"output_tokens\":2}}\n";

    private final MessageJson json = new MessageJson();

    private StreamEvent event(String frame) {
        try {
            return json.event(frame.getBytes(UTF_8));
        } catch (MessageJson.JunkFrame junk) {
            throw new AssertionError(junk);
        }
    }

    private Reply folded(Iterable<StreamEvent> events, Optional<Frame> whole) {
        ReplyAssembler assembler = new ReplyAssembler(json);
        events.forEach(assembler::accept);
        return assembler.reply(whole);
    }

    private CachedReply remembered(List<StreamEvent> events, Optional<Frame> whole) {
        SharedReply recording = new SharedReply(json);
        events.forEach(recording::add);
        return CachedReply.of(folded(events, whole), recording, 0);
    }

    private static List<StreamEvent> all(ReplyStream stream) {
        List<StreamEvent> events = new ArrayList<>();
        stream.forEachRemaining(events::add);
        return events;
    }

    private List<StreamEvent> streamed() {
        return List.of(
                event("{\"type\":\"message_start\", \"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":9}}}"),
                event("{\"type\":\"ping\"}"),
                event(
                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"),
                event(
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"V\\u0065ry \"}}"),
                event("{\"type\":\"something_new\",\"field\":[1.50]}"),
                event(
                        "{\"type\":\"content_block_delta\",\"index\":0, \"delta\":{\"type\":\"text_delta\",\"text\":\"deep.\"}}"),
                event("{\"type\":\"content_block_stop\",\"index\":0}"),
                event(
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}"),
                event("{\"type\":\"message_stop\"}"));
    }

    @Nested
    class When_a_message_came_whole_and_nothing_in_it_was_changed {

        private final Frame frame = Frame.of(MESSAGE);
        private final List<StreamEvent> events = json.events(frame.bytes());
        private final CachedReply reply = remembered(events, Optional.of(frame));

        @Test
        void it_leaves_as_its_very_bytes() {
            assertThat(reply.replay(json).whole()).containsSame(frame);
        }

        @Test
        void it_is_told_as_the_same_events_each_time() {
            assertThat(all(reply.replay(json))).isEqualTo(events);
            assertThat(all(reply.replay(json))).isEqualTo(events);
        }

        @Test
        void it_takes_the_room_of_its_bytes() {
            assertThat(reply.weight()).isBetween(frame.length(), frame.length() + 100);
        }
    }

    @Nested
    class When_a_message_came_whole_and_was_changed {

        private final List<StreamEvent> events = json.events(MESSAGE.getBytes(UTF_8));
        private final CachedReply reply = remembered(events, Optional.empty());

        @Test
        void it_means_the_same() {
            List<StreamEvent> replayed = all(reply.replay(json));

            Reply told = folded(replayed, Optional.empty());

            Reply before = folded(events, Optional.empty());
            assertThat(told.message()).isEqualTo(before.message());
            assertThat(List.of(told.text(), told.usage(), told.stopReason()))
                    .isEqualTo(List.of(before.text(), before.usage(), before.stopReason()));
        }

        @Test
        void its_old_bytes_do_not_come_back() {
            assertThat(reply.replay(json).whole()).isEmpty();
        }
    }

    @Nested
    class When_a_reply_was_streamed {

        @Test
        void each_event_comes_again_as_it_came_with_its_frame() {
            CachedReply reply = remembered(streamed(), Optional.empty());

            assertThat(all(reply.replay(json))).isEqualTo(streamed());
            assertThat(all(reply.replay(json))).isEqualTo(streamed());
        }

        @Test
        void an_event_that_was_changed_comes_again_as_it_was_written() {
            List<StreamEvent> events = new ArrayList<>(streamed());
            events.set(3, new StreamEvent.TextDelta(0, "Half \ud83d \"[EMAIL]\" ", Optional.empty()));
            CachedReply reply = remembered(events, Optional.empty());

            List<StreamEvent> replayed = all(reply.replay(json));

            assertThat(written(replayed)).isEqualTo(written(events));
            assertThat(folded(replayed, Optional.empty()).text()).isEqualTo("Half \ud83d \"[EMAIL]\" deep.");
        }

        private List<String> written(List<StreamEvent> events) {
            return events.stream()
                    .map(event -> new String(json.bytes(event), UTF_8))
                    .toList();
        }

        @Test
        void it_takes_little_more_room_than_what_its_events_do_not_share() {
            int before = remembered(streamed(), Optional.empty()).weight();
            List<StreamEvent> longer = new ArrayList<>(streamed());
            longer.addAll(6, Collections.nCopies(100, longer.get(5)));

            assertThat(remembered(longer, Optional.empty()).weight() - before).isLessThanOrEqualTo(400);
        }

        @Test
        void nothing_comes_after_its_end() {
            ReplyStream replayed = remembered(streamed(), Optional.empty()).replay(json);
            all(replayed);

            assertThatThrownBy(replayed::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Nested
    class When_a_gateway_told_no_tokens {

        @Test
        void they_stay_unknown() {
            PromptDialect dialect = new PromptDialect(json);
            List<StreamEvent> events = new ArrayList<>(dialect.begin("id", "m"));
            events.add(dialect.text("Deep."));
            events.addAll(dialect.end());

            Reply told = folded(all(remembered(events, Optional.empty()).replay(json)), Optional.empty());

            Reply before = folded(events, Optional.empty());
            assertThat(told.usage()).isEqualTo(before.usage());
            assertThat(told.message()).isEqualTo(before.message());
        }
    }
}
