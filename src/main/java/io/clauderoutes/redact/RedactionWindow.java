package io.clauderoutes.redact;

import java.util.Arrays;

/**
 * Where earlier, fruitless runs of the automaton went. A later run that meets their state at the same place would end
 * as they did, so it need not go on; this is what keeps the work linear.
 */
final class RedactionWindow {

    private char[] states = new char[0];
    private int deadBefore;
    private int fullAt;
    private int fullState;
    private boolean fullAfterVisible;
    private boolean fullHasLookAlikes;
    private int lastAccept;

    void resize(int capacity) {
        states = Arrays.copyOf(states, capacity);
    }

    /** The text moved towards the front. */
    void shift(int by, int length) {
        System.arraycopy(states, by, states, 0, length);
        deadBefore -= by;
        fullAt -= by;
        lastAccept -= by;
    }

    void clear() {
        deadBefore = 0;
        fullAt = 0;
        lastAccept = 0;
    }

    void visit(int at, int state) {
        states[at] = (char) state;
    }

    void accepted(int at) {
        lastAccept = Math.max(lastAccept, at);
    }

    /** A run found nothing more and ended here. */
    void died(int at) {
        deadBefore = Math.max(deadBefore, at);
    }

    /** A run that began at {@code start} was still alive here, and given up for its length. */
    void full(int start, int at, int state, boolean afterVisible, boolean hasLookAlikes) {
        deadBefore = start;
        fullAt = at;
        fullState = state;
        fullAfterVisible = afterVisible;
        fullHasLookAlikes = hasLookAlikes;
    }

    /** Whether an earlier run was in this state at this place, and found nothing from there on. */
    boolean leadsNowhere(int at, int state) {
        return at < deadBefore && states[at] == state && at >= lastAccept;
    }

    /** Whether an earlier run was in this state at this place, and came to {@link #fullAt} without a match. */
    boolean leadsToFull(int at, int state) {
        return at < fullAt && at >= deadBefore && states[at] == state && at >= lastAccept;
    }

    int fullAt() {
        return fullAt;
    }

    int fullState() {
        return fullState;
    }

    boolean fullAfterVisible() {
        return fullAfterVisible;
    }

    boolean fullHasLookAlikes() {
        return fullHasLookAlikes;
    }
}
