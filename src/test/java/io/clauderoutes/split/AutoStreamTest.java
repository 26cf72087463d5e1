package io.clauderoutes.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AutoStreamTest {

    private static final StreamEvent STOP = new StreamEvent.MessageStop(Optional.empty());

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong nanos = new AtomicLong(1);

    @AfterEach
    void no_thread_is_left() throws InterruptedException {
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private static StreamEvent.TextDelta text(String text) {
        return new StreamEvent.TextDelta(0, text, Optional.of(Frame.of("{\"" + text.length() + "\":0}")));
    }

    /** A reply whose events a test hands in. */
    private static final class Scripted implements ReplyStream {
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private final AtomicInteger read = new AtomicInteger();
        private boolean over;

        Scripted say(Object... more) {
            events.addAll(List.of(more));
            return this;
        }

        @Override
        public boolean hasNext() {
            return !over;
        }

        @Override
        public StreamEvent next() {
            try {
                Object event = events.take();
                read.incrementAndGet();
                if (event instanceof RuntimeException failure) {
                    over = true;
                    throw failure;
                }
                over = event == STOP;
                return (StreamEvent) event;
            } catch (InterruptedException stopping) {
                throw new IllegalStateException(stopping);
            }
        }

        @Override
        public void close() {
            events.add(new IllegalStateException("closed"));
        }
    }

    private AutoStream paced(ReplyStream events) {
        return new AutoStream(events, Optional.empty(), true, threads, nanos::get);
    }

    private static List<StreamEvent> all(ReplyStream stream) {
        List<StreamEvent> all = new ArrayList<>();
        try (stream) {
            stream.forEachRemaining(all::add);
        }
        return all;
    }

    private static String joined(List<StreamEvent> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.addedText()));
        return text.toString();
    }

    @Test
    void the_text_is_that_of_the_endpoint_and_other_events_keep_their_place() {
        Random random = new Random(9);
        for (int i = 0; i < 300; i++) {
            Scripted script = new Scripted();
            StringBuilder before = new StringBuilder();
            StringBuilder after = new StringBuilder();
            for (int j = 0; j < 30; j++) {
                String piece = GraphemesTest.text(random, 1 + random.nextInt(4));
                (j < 15 ? before : after).append(piece);
                script.say(text(piece));
                if (j == 14) {
                    script.say(new StreamEvent.BlockStop(0, Optional.empty()));
                }
            }
            nanos.set(1);

            List<StreamEvent> events = all(paced(script.say(STOP)));

            int block = events.indexOf(new StreamEvent.BlockStop(0, Optional.empty()));
            assertThat(joined(events.subList(0, block))).isEqualTo(before.toString());
            assertThat(joined(events.subList(block, events.size()))).isEqualTo(after.toString());
            assertThat(events.get(events.size() - 1)).isEqualTo(STOP);
        }
    }

    @Test
    void a_delta_that_is_not_cut_is_the_event_of_the_endpoint() {
        StreamEvent.TextDelta delta = text("Hello");

        assertThat(all(paced(new Scripted().say(delta, STOP))).get(0)).isSameAs(delta);
    }

    @Test
    void text_before_a_failure_is_sent_and_then_the_failure_comes() {
        AutoStream stream = paced(new Scripted().say(text("one"), text("two"), new IllegalStateException("broken")));
        List<StreamEvent> sent = new ArrayList<>();

        assertThatThrownBy(() -> {
                    while (true) {
                        sent.add(stream.next());
                    }
                })
                .hasMessage("broken");
        assertThat(joined(sent)).isEqualTo("onetwo");
        stream.close();
    }

    @Test
    void a_slow_receiver_stops_the_reading() throws InterruptedException {
        Scripted script = new Scripted();
        for (int i = 0; i < 1_000; i++) {
            script.say(text("x"));
        }
        AutoStream stream = paced(script);
        stream.next();

        CountDownLatch never = new CountDownLatch(1);
        int before;
        do {
            before = script.read.get();
        } while (!never.await(50, TimeUnit.MILLISECONDS) && script.read.get() > before);
        stream.close();

        assertThat(before).isLessThan(200);
    }

    @Test
    void a_close_ends_a_reading_that_waits_for_the_endpoint() {
        AutoStream stream = paced(new Scripted().say(text("one")));
        stream.next();

        stream.close();

        assertThat(stream.hasNext()).isFalse();
    }

    @Test
    void a_reply_that_is_whole_in_time_is_held_until_then() {
        AtomicBoolean late = new AtomicBoolean();
        StreamEvent.TextDelta one = text("one");
        StreamEvent.TextDelta two = text("two");
        AutoStream stream = new AutoStream(
                new Scripted().say(one, two, STOP),
                Optional.of(new AutoStream.Hold(Long.MAX_VALUE / 2, () -> late.set(true))),
                true,
                threads,
                nanos::get);

        assertThat(all(stream)).containsExactly(one, two, STOP);
        assertThat(late).isFalse();
    }

    @Test
    void a_reply_that_breaks_off_while_it_is_held_leaves_nothing() {
        AutoStream stream = new AutoStream(
                new Scripted().say(text("one"), new IllegalStateException("broken")),
                Optional.of(new AutoStream.Hold(Long.MAX_VALUE / 2, () -> {})),
                true,
                threads,
                nanos::get);

        assertThatThrownBy(stream::next).hasMessage("broken");
        stream.close();
    }

    @Test
    void a_reply_that_takes_longer_than_expected_is_sent_on_although_the_endpoint_is_silent() {
        AtomicBoolean late = new AtomicBoolean();
        Scripted script = new Scripted().say(text("one"));
        long start = System.nanoTime();
        AutoStream stream = new AutoStream(
                script,
                Optional.of(new AutoStream.Hold(start + TimeUnit.MILLISECONDS.toNanos(100), () -> late.set(true))),
                true,
                threads,
                System::nanoTime);

        assertThat(stream.next().addedText()).isEqualTo("one");
        assertThat(late).isTrue();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
        stream.close();
    }
}
