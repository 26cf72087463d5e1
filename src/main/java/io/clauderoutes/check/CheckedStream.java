package io.clauderoutes.check;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.MessageDelta;
import io.clauderoutes.settings.CheckSettings.Mode;
import io.clauderoutes.stream.ReplyStream;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * A reply whose text is checked while it arrives. Text that was handed on is never taken back: a reply that fails ends with a failure after
 * the text that was verified (mode hold) or accepted (mode stop).
 */
final class CheckedStream implements ReplyStream {

    /** The model waits for something: the text before it is not the reply. */
    private static final Set<String> NOT_FINAL = Set.of("tool_use", "pause_turn");

    private final ReplyStream events;
    private final ReplyCheck.Run run;
    private final Mode mode;
    private final Outcome outcome;
    private final CheckedSlots slots = new CheckedSlots();
    private final StringBuilder handedOn = new StringBuilder();
    /** The text of a reply of which nothing is handed on before it has passed. */
    private final StringBuilder held = new StringBuilder();
    /** Text that was handed on before a slow check has seen it. */
    private String unseen = "";

    /** Characters of the text so far. */
    private long received;

    private boolean over;
    private boolean passed;
    /** The endpoint's own failure. */
    private ClaudeException broken;

    /** What becomes of the check. */
    interface Outcome {
        /** The reply has passed. */
        void passed();

        /**
         * The reply fails before its end, and its call is closed.
         *
         * @param characters of its text so far
         */
        void stopped(long characters);

        /**
         * Makes the failure of a reply that fails.
         *
         * @param handedOn the text that was handed on
         * @param held the text of which nothing is handed on
         */
        ClaudeException failed(String reason, String handedOn, String held);
    }

    CheckedStream(ReplyStream events, ReplyCheck.Run run, Mode mode, Outcome outcome) {
        this.events = events;
        this.run = run;
        this.mode = mode;
        this.outcome = outcome;
    }

    @Override
    public boolean hasNext() {
        return !slots.isEmpty() || over || events.hasNext();
    }

    @Override
    public StreamEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the reply has ended");
        }
        while (true) {
            Optional<StreamEvent> ready = mode == Mode.WHOLE && !passed ? Optional.empty() : slots.poll();
            if (ready.isPresent()) {
                handedOn.append(ready.get().addedText());
                return ready.get();
            }
            if (broken != null) {
                throw broken;
            }
            if (over) {
                throw outcome.failed(run.failure().orElseThrow(), handedOn.toString(), held.toString());
            }
            pull();
        }
    }

    private void pull() {
        if (!unseen.isEmpty()) {
            String text = unseen;
            unseen = "";
            run.accept(text, Ignored.INSTANCE);
            if (run.failure().isPresent()) {
                stop();
                return;
            }
        }
        StreamEvent event;
        try {
            event = events.next();
        } catch (ClaudeException failure) {
            broken = failure;
            over = true;
            slots.dropUndecided();
            return;
        }
        String text = event.addedText();
        if (!text.isEmpty()) {
            received += text.length();
            slots.add(event, text);
            check(text);
            return;
        }
        if (!passed && isEnd(event)) {
            end(event);
        }
        if (!over) {
            slots.add(event, "");
        }
    }

    private void check(String text) {
        if (passed) {
            slots.releaseAll();
            return;
        }
        if (mode == Mode.STOP && run.isSlow()) {
            slots.releaseAll();
            unseen = text;
            return;
        }
        if (mode == Mode.WHOLE) {
            held.append(text);
        }
        int accepted = run.accept(text, mode == Mode.STOP ? Ignored.INSTANCE : slots);
        if (mode == Mode.STOP) {
            slots.release(accepted);
        }
        if (run.failure().isPresent()) {
            stop();
        }
    }

    private void stop() {
        fail();
        outcome.stopped(received);
    }

    private static boolean isEnd(StreamEvent event) {
        return event.isEnd()
                || (event instanceof MessageDelta delta
                        && !delta.delta().path("stop_reason").asText("").isEmpty());
    }

    private void end(StreamEvent event) {
        boolean isFinal = !(event instanceof MessageDelta delta)
                || !NOT_FINAL.contains(delta.delta().path("stop_reason").asText());
        if (isFinal) {
            run.end(mode == Mode.STOP ? Ignored.INSTANCE : slots);
        }
        if (run.failure().isPresent()) {
            fail();
        } else {
            passed = true;
            slots.releaseAll();
            if (isFinal) {
                outcome.passed();
            }
        }
    }

    /** The endpoint's work ends at once, whenever the text before is read. */
    private void fail() {
        over = true;
        events.close();
        if (mode == Mode.WHOLE) {
            slots.clear();
        } else {
            slots.dropUndecided();
        }
    }

    @Override
    public Optional<Frame> whole() {
        return slots.isChanged() ? Optional.empty() : events.whole();
    }

    @Override
    public void close() {
        events.close();
        slots.clear();
    }

    /** Text that has left already cannot be held or changed. */
    private enum Ignored implements CheckedText {
        INSTANCE;

        @Override
        public void release(int length) {
            // it has left
        }

        @Override
        public void replace(int length, String text) {
            // it has left
        }
    }
}
