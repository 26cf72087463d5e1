package io.clauderoutes.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.FrameLog;
import io.clauderoutes.stream.ReplyStream;
import io.clauderoutes.support.Bundle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SharedReplyTest {

    private static final StreamEvent TEXT = new StreamEvent.TextDelta(0, "Deep.", Optional.empty());
    private static final byte[] ODD =
            "{\"type\":\"content_block_delta\", \"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\u0041h\"}}"
                    .getBytes(StandardCharsets.UTF_8);
    private static final StreamEvent STOP = new StreamEvent.MessageStop(Optional.empty());

    private final MessageJson json = new MessageJson();
    private final SharedReply shared = new SharedReply(json);

    private static List<StreamEvent> all(ReplyStream stream) {
        List<StreamEvent> events = new ArrayList<>();
        stream.forEachRemaining(events::add);
        return events;
    }

    @Test
    void who_joins_before_during_and_after_gets_the_same() {
        ReplyStream before = shared.join();
        shared.add(TEXT);
        ReplyStream during = shared.join();
        shared.add(STOP);

        assertThat(List.of(all(before), all(during), all(shared.join()))).containsOnly(List.of(TEXT, STOP));
    }

    @Test
    void an_event_that_came_as_a_frame_is_told_to_all_as_that_frame() throws Exception {
        StreamEvent odd = json.event(ODD);
        shared.add(odd);
        ReplyStream along = shared.join();
        StreamEvent live = along.next();
        shared.add(TEXT);
        shared.add(STOP);

        assertThat(live).isSameAs(odd);
        StreamEvent written = json.known(json.bytes(TEXT));
        assertThat(all(along)).containsExactly(written, STOP);
        assertThat(all(shared.join())).containsExactly(odd, written, STOP);
    }

    @Test
    void its_frames_are_those_that_came_and_else_written_now() throws Exception {
        List<StreamEvent> framed = List.of(json.event(ODD), TEXT, STOP);
        List<StreamEvent> bare = List.of(TEXT, TEXT, STOP);

        assertThat(frames(framed)).containsExactly(ODD, json.bytes(TEXT), json.bytes(STOP));
        assertThat(frames(bare)).containsExactly(json.bytes(TEXT), json.bytes(TEXT), json.bytes(STOP));
    }

    private List<byte[]> frames(List<StreamEvent> events) {
        SharedReply reply = new SharedReply(json);
        events.forEach(reply::add);
        List<byte[]> frames = new ArrayList<>();
        FrameLog.Reader reader = reply.frames().reader();
        while (reader.hasNext()) {
            frames.add(reader.next());
        }
        return frames;
    }

    @Test
    void a_reader_waits_for_what_has_not_come() throws Exception {
        ReplyStream reader = shared.join();
        Thread[] waiting = new Thread[1];
        Future<StreamEvent> next = CompletableFuture.supplyAsync(() -> {
            waiting[0] = Thread.currentThread();
            return reader.next();
        });
        Bundle.until(() -> waiting[0] != null && waiting[0].getState() == Thread.State.TIMED_WAITING);

        shared.add(TEXT);

        assertThat(next.get()).isEqualTo(TEXT);
    }

    @Test
    void a_failure_comes_after_the_events_before_it_and_only_once() {
        shared.add(TEXT);
        ReplyStream reader = shared.join();
        ClaudeException failure = ClaudeException.of(ApiError.ours(500, "api_error", "Oh"));

        shared.fail(failure);

        assertThat(reader.next()).isEqualTo(TEXT);
        assertThatThrownBy(reader::next).isSameAs(failure);
        assertThat(reader.hasNext()).isFalse();
        assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void one_who_leaves_takes_nothing_from_the_others() {
        ReplyStream leaving = shared.join();
        ReplyStream staying = shared.join();
        leaving.close();
        shared.add(STOP);

        assertThat(leaving.hasNext()).isFalse();
        assertThat(all(staying)).containsExactly(STOP);
    }
}
