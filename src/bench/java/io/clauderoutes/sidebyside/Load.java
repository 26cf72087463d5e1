package io.clauderoutes.sidebyside;

import java.util.Locale;

/** What the callers ask for. */
enum Load {
    /** The answer in one piece. */
    WHOLE("whole replies", false, ""),
    /** 50 deltas, as fast as they can be written. */
    STREAM("streams of 50 deltas, each event in a write of its own", true, " Answer piece by piece."),
    /** The same, but all that matters is what a proxy does with them. */
    BURST("streams of 50 deltas, all events in one write", true, " Answer at once."),
    /** 50 deltas, the first at once and then one every few milliseconds, as a model writes. */
    PACED("streams of 50 deltas, spaced in time", true, "");

    private final String title;
    private final boolean stream;
    private final String wish;

    Load(String title, boolean stream, String wish) {
        this.title = title;
        this.stream = stream;
        this.wish = wish;
    }

    String title() {
        return title;
    }

    boolean stream() {
        return stream;
    }

    /** What the prompt says to {@link FixedReplies}. */
    String wish(int callers) {
        return this == PACED ? " Answer every " + spacingMillis(callers) + " ms." : wish;
    }

    /** Time between two deltas of a {@link #PACED} stream: longer for many callers, so that nobody is saturated. */
    static int spacingMillis(int callers) {
        return callers == 1 ? 2 : callers <= 10 ? 5 : 20;
    }

    /** Name on the command line. */
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }
}
