package io.clauderoutes.redact;

import io.clauderoutes.message.StreamEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.function.Function;

/**
 * Redacts the deltas of one block. A delta in which nothing is replaced leaves as the event that it came as, once all of it
 * is decided; those that a replacement touches leave as one.
 */
final class DeltaRedactor {

    private final PieceRedactor pieces;
    private final Function<String, StreamEvent> delta;
    private final Deque<Waiting> waiting = new ArrayDeque<>(2);
    /** Characters of all that wait. */
    private int length;
    /** Characters of the first that waits that are decided, and stay as they are. */
    private int decided;

    private record Waiting(String text, StreamEvent event) {}

    /** @param delta makes an event of a text that is not as it came */
    DeltaRedactor(PieceRedactor pieces, Function<String, StreamEvent> delta) {
        this.pieces = pieces;
        this.delta = delta;
    }

    /**
     * Takes in a delta and adds to {@code out} what may leave.
     *
     * @param text that of the event
     * @param atOnce whether it is cut rather than held where only a part of it is decided
     */
    void append(StreamEvent event, String text, boolean atOnce, Queue<StreamEvent> out) {
        long before = pieces.changes();
        String safe = pieces.append(text);
        if (waiting.isEmpty() && pieces.held() == 0 && pieces.changes() == before) {
            out.add(event);
            return;
        }
        waiting.add(new Waiting(text, event));
        length += text.length();
        if (pieces.changes() == before) {
            leave(out, atOnce);
        } else {
            replace(safe, out);
        }
    }

    /** Ends the block's text and adds to {@code out} all that was held. */
    void flush(Queue<StreamEvent> out) {
        long before = pieces.changes();
        String safe = pieces.flush();
        if (pieces.changes() == before) {
            leave(out, false);
        } else {
            replace(safe, out);
        }
    }

    /** Nothing was replaced: lets those go that are decided. */
    private void leave(Queue<StreamEvent> out, boolean atOnce) {
        Deque<Waiting> whole = takeDecided();
        whole.forEach(one -> out.add(one.event()));
        if (atOnce && whole.isEmpty() && decided > 0) {
            out.add(delta.apply(waiting.element().text().substring(0, decided)));
            cut();
        }
    }

    /** Something was replaced: by their text it is told which deltas around it are as they were. */
    private void replace(String safe, Queue<StreamEvent> out) {
        String now = decided == 0 ? safe : waiting.element().text().substring(0, decided) + safe;
        Deque<Waiting> whole = takeDecided();
        if (decided > 0) {
            String begun = waiting.element().text().substring(0, decided);
            if (now.endsWith(begun)) {
                now = now.substring(0, now.length() - decided);
            } else {
                cut();
            }
        }
        while (!whole.isEmpty() && now.startsWith(whole.getFirst().text())) {
            now = now.substring(whole.getFirst().text().length());
            out.add(whole.removeFirst().event());
        }
        Deque<StreamEvent> behind = new ArrayDeque<>(2);
        while (!whole.isEmpty() && now.endsWith(whole.getLast().text())) {
            now = now.substring(0, now.length() - whole.getLast().text().length());
            behind.addFirst(whole.removeLast().event());
        }
        if (!now.isEmpty()) {
            out.add(delta.apply(now));
        }
        out.addAll(behind);
    }

    /** Those that are decided from end to end. */
    private Deque<Waiting> takeDecided() {
        Deque<Waiting> whole = new ArrayDeque<>(2);
        int known = length - pieces.held();
        while (!waiting.isEmpty() && waiting.element().text().length() <= known) {
            known -= waiting.element().text().length();
            length -= waiting.element().text().length();
            whole.add(waiting.remove());
        }
        decided = known;
        return whole;
    }

    /** What is not decided of the first that waits is an event of its own. */
    private void cut() {
        String rest = waiting.remove().text().substring(decided);
        waiting.addFirst(new Waiting(rest, delta.apply(rest)));
        length -= decided;
        decided = 0;
    }
}
