package io.clauderoutes.redact;

import io.clauderoutes.message.StreamEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The events of a reply in their order. Each leaves when it and all before it are decided, so that none overtakes another.
 * A delta in which nothing is replaced leaves as the object that it came as.
 */
final class HeldEvents {

    private final Deque<Slot> slots = new ArrayDeque<>();

    /** Makes an event of a text that is not as it came. */
    @FunctionalInterface
    interface Delta {
        StreamEvent of(String text);
    }

    /** The place of one event. */
    private abstract static sealed class Slot {

        abstract boolean isDecided();

        abstract Optional<StreamEvent> event();
    }

    private static final class Plain extends Slot {
        private final StreamEvent event;

        Plain(StreamEvent event) {
            this.event = event;
        }

        @Override
        boolean isDecided() {
            return true;
        }

        @Override
        Optional<StreamEvent> event() {
            return Optional.of(event);
        }
    }

    private static final class Text extends Slot {
        private final Delta delta;
        private final StreamEvent event;
        private final String text;
        /** Characters that are decided, from the start of the text. */
        private int decided;
        /** What is decided, once it is not as it came. */
        private StringBuilder changed;

        Text(StreamEvent event, String text, Delta delta) {
            this.event = event;
            this.text = text;
            this.delta = delta;
        }

        @Override
        boolean isDecided() {
            return decided == text.length();
        }

        int undecided() {
            return text.length() - decided;
        }

        void keep(int length) {
            if (changed != null) {
                changed.append(text, decided, decided + length);
            }
            decided += length;
        }

        void replace(int length, String by) {
            if (changed == null) {
                changed = new StringBuilder().append(text, 0, decided);
            }
            changed.append(by);
            decided += length;
        }

        @Override
        Optional<StreamEvent> event() {
            if (changed == null) {
                return Optional.of(event);
            }
            return changed.length() == 0 ? Optional.empty() : Optional.of(delta.of(changed.toString()));
        }
    }

    /** An event that needs no decision. */
    void add(StreamEvent event) {
        slots.add(new Plain(event));
    }

    /** A text of several events, of which each leaves in its own place. */
    Block block(PieceRedactor redactor) {
        return new Block(redactor);
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    void clear() {
        slots.clear();
    }

    /** The next event that may leave. */
    Optional<StreamEvent> poll() {
        while (!slots.isEmpty() && slots.element().isDecided()) {
            Optional<StreamEvent> event = slots.remove().event();
            if (event.isPresent()) {
                return event;
            }
        }
        return Optional.empty();
    }

    /** Redacts the text of one block. */
    final class Block implements RedactedText {
        private final PieceRedactor redactor;
        private final Deque<Text> open = new ArrayDeque<>(2);

        private Block(PieceRedactor redactor) {
            this.redactor = redactor;
        }

        /** Takes in the next event of the block. */
        void add(StreamEvent event, String text, Delta delta) {
            Text slot = new Text(event, text, delta);
            slots.add(slot);
            open.add(slot);
            redactor.append(text, this);
        }

        /** Ends the text of the block. */
        void end() {
            redactor.flush(this);
        }

        @Override
        public void keep(char[] text, int from, int to) {
            int left = to - from;
            while (left > 0) {
                Text slot = next();
                int length = Math.min(left, slot.undecided());
                slot.keep(length);
                left -= length;
            }
        }

        @Override
        public void replace(int length, String text) {
            int left = length;
            String by = text;
            while (left > 0) {
                Text slot = next();
                int part = Math.min(left, slot.undecided());
                slot.replace(part, by);
                by = "";
                left -= part;
            }
        }

        private Text next() {
            while (open.element().isDecided()) {
                open.remove();
            }
            return open.element();
        }
    }
}
