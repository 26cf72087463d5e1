package io.clauderoutes.check;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.TextDelta;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The events of a reply that are not handed on yet, in their order. Of a delta of text a part can leave before the rest. */
final class CheckedSlots implements CheckedText {

    private final Deque<Slot> slots = new ArrayDeque<>();
    /** The slots of these texts, the first of which is not decided to its end. */
    private final Deque<Slot> undecided = new ArrayDeque<>();

    private boolean changed;

    /** One event, and how much of its text is decided. */
    private static final class Slot {
        private final StreamEvent event;
        private final String text;
        private int decided;
        private boolean changed;
        /** Text that is decided and has not left. */
        private final StringBuilder ready = new StringBuilder();

        private boolean hasLeft;

        Slot(StreamEvent event, String text) {
            this.event = event;
            this.text = text;
        }

        boolean isDecided() {
            return decided == text.length();
        }

        void keep(int length) {
            ready.append(text, decided, decided + length);
            decided += length;
        }

        void replace(int length, String by) {
            ready.append(by);
            decided += length;
            changed = true;
        }

        /** What may leave now. */
        Optional<StreamEvent> poll() {
            if (isDecided() && !hasLeft && !changed) {
                return Optional.of(event);
            }
            int length = ready.length();
            if (!isDecided() && length > 0 && Character.isHighSurrogate(ready.charAt(length - 1))) {
                length--;
            }
            if (length == 0 || !(event instanceof TextDelta delta)) {
                return Optional.empty();
            }
            hasLeft = true;
            StreamEvent part = new TextDelta(delta.index(), ready.substring(0, length), Optional.empty());
            ready.delete(0, length);
            return Optional.of(part);
        }
    }

    /** Adds an event whose text is not decided. */
    void add(StreamEvent event, String text) {
        Slot slot = new Slot(event, text);
        slots.add(slot);
        if (!text.isEmpty()) {
            undecided.add(slot);
        }
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** Whether a text has been replaced. */
    boolean isChanged() {
        return changed;
    }

    /** The next event that may leave. */
    Optional<StreamEvent> poll() {
        while (!slots.isEmpty()) {
            Slot slot = slots.element();
            boolean isDecided = slot.isDecided();
            Optional<StreamEvent> event = slot.poll();
            if (isDecided) {
                slots.remove();
            }
            if (event.isPresent() || !isDecided) {
                return event;
            }
        }
        return Optional.empty();
    }

    @Override
    public void release(int length) {
        int left = length;
        while (left > 0) {
            Slot slot = undecided.element();
            int part = Math.min(left, slot.text.length() - slot.decided);
            slot.keep(part);
            left -= part;
            dropDecided();
        }
    }

    @Override
    public void replace(int length, String text) {
        changed = true;
        int left = length;
        String by = text;
        while (left > 0) {
            Slot slot = undecided.element();
            int part = Math.min(left, slot.text.length() - slot.decided);
            slot.replace(part, by);
            by = "";
            left -= part;
            dropDecided();
        }
    }

    private void dropDecided() {
        while (!undecided.isEmpty() && undecided.element().isDecided()) {
            undecided.remove();
        }
    }

    /** All text is verified as it is. */
    void releaseAll() {
        while (!undecided.isEmpty()) {
            Slot slot = undecided.remove();
            slot.keep(slot.text.length() - slot.decided);
        }
    }

    /** Nothing that is not decided will leave, and no event behind it. */
    void dropUndecided() {
        if (!undecided.isEmpty()) {
            Slot last = undecided.element();
            while (!slots.isEmpty() && slots.peekLast() != last) {
                slots.removeLast();
            }
            slots.removeLast();
            undecided.clear();
            last.poll().ifPresent(begin -> add(begin, ""));
        }
    }

    void clear() {
        slots.clear();
        undecided.clear();
    }
}
