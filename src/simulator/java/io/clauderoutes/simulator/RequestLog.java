package io.clauderoutes.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last requests, bounded by their number and by the size of their bodies together. */
final class RequestLog {

    private static final long MOST_CHARS = 64L * 1024 * 1024;

    private final int most;
    private final Deque<ReceivedRequest> kept = new ArrayDeque<>();
    private long chars;

    RequestLog(int most) {
        this.most = most;
    }

    boolean keepsNothing() {
        return most == 0;
    }

    synchronized void add(ReceivedRequest request) {
        kept.addLast(request);
        chars += request.body().length();
        while (kept.size() > most || (chars > MOST_CHARS && kept.size() > 1)) {
            chars -= kept.removeFirst().body().length();
        }
    }

    synchronized List<ReceivedRequest> all() {
        return List.copyOf(kept);
    }
}
