package io.clauderoutes.batch;

import java.util.Locale;

/** How far a batch has come. */
enum BatchState {
    /** Put together, and known not to be at the API. */
    READY,
    /** About to be created, or its creation was not answered: it may be at the API. */
    SENDING,
    /** At the API, which works on it. */
    SENT,
    /** Its results are there, and not all have been handed on. */
    ENDED,
    /** Each item has been delivered, sent again or put to the dead letters. */
    DONE;

    /** The word for it in the file and in reports. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static BatchState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
