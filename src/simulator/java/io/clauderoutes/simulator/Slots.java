package io.clauderoutes.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** The calls that are served at the same time. Further calls wait, first come, first served. For one thread. */
final class Slots {

    private final int size;
    private final Deque<Slot> waiting = new ArrayDeque<>();
    private int used;

    /** @param size 0 for any number */
    Slots(int size) {
        this.size = size;
    }

    /** One call's slot, from its arrival to its end. */
    final class Slot {
        private final Consumer<Slot> served;
        private boolean ended;

        private Slot(Consumer<Slot> served) {
            this.served = served;
        }

        boolean isWaiting() {
            return waiting.contains(this);
        }

        /** The call has ended, or its client has left while it waited. Further calls of this method do nothing. */
        void leave() {
            if (ended) {
                return;
            }
            ended = true;
            if (!waiting.remove(this)) {
                used--;
                next();
            }
        }
    }

    /**
     * A call arrives.
     *
     * @param served gets the slot once, when there is one: at once, or when another call leaves
     */
    Slot enter(Consumer<Slot> served) {
        Slot slot = new Slot(served);
        waiting.add(slot);
        next();
        return slot;
    }

    private void next() {
        while (!waiting.isEmpty() && (size == 0 || used < size)) {
            used++;
            Slot first = waiting.remove();
            first.served.accept(first);
        }
    }
}
