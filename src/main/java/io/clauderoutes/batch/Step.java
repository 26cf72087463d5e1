package io.clauderoutes.batch;

import java.time.Duration;
import java.util.Optional;

/**
 * How one look at a batch went.
 *
 * @param forward whether the batch has come further
 * @param pause before the next look, if somebody said
 */
record Step(boolean forward, Optional<Duration> pause) {

    /** The batch has come further: what is next is done at once. */
    static final Step FORWARD = new Step(true, Optional.of(Duration.ZERO));

    /** Nothing is new: the next look is later than the last one was. */
    static final Step LATER = new Step(false, Optional.empty());

    /** The batch has come further, and there is something to see after the usual time. */
    static final Step WAIT = new Step(true, Optional.empty());

    static Step after(Optional<Duration> pause) {
        return new Step(false, pause);
    }
}
