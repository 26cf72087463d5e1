package io.clauderoutes.agent.memory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The turns that are sent with a prompt: the newest that the limits allow, cut before a turn that begins a conversation, so that the
 * request is valid.
 *
 * @param turns from the oldest to the newest
 * @param left turns before them that are not sent
 */
record HistoryWindow(List<HistoryTurn> turns, List<HistoryTurn> left) {

    private static final int BYTES_OF_TOKEN = 4;

    HistoryWindow {
        turns = List.copyOf(turns);
        left = List.copyOf(left);
    }

    /**
     * Cuts a history.
     *
     * @param all from the oldest to the newest, without a summary
     * @param next the messages that follow
     */
    static HistoryWindow of(List<HistoryTurn> all, ArrayNode next, long maxMessages, long maxTokens) {
        List<HistoryTurn> valid = valid(all, next);
        Deque<HistoryTurn> recent = new ArrayDeque<>();
        long messages = 0;
        long bytes = 0;
        for (int i = valid.size() - 1; i >= 0; i--) {
            HistoryTurn turn = valid.get(i);
            messages += turn.messages().size();
            bytes += turn.bytes();
            if (messages > maxMessages || bytes > maxTokens * BYTES_OF_TOKEN) {
                break;
            }
            recent.addFirst(turn);
        }
        while (!recent.isEmpty() && !recent.peekFirst().opens()) {
            recent.removeFirst();
        }
        return new HistoryWindow(List.copyOf(recent), valid.subList(0, valid.size() - recent.size()));
    }

    /** Number of the first turn that a later prompt can need. Another bundle may have added turns after those that were read. */
    long firstKept() {
        if (!turns.isEmpty()) {
            return turns.get(0).number();
        }
        return left.isEmpty() ? 0 : last(left).number() + 1;
    }

    /** Without calls of tools that have no results, and without results that have no call. */
    private static List<HistoryTurn> valid(List<HistoryTurn> all, ArrayNode next) {
        List<HistoryTurn> valid = new ArrayList<>(all.size());
        for (HistoryTurn turn : all) {
            if (!valid.isEmpty() && last(valid).callsTools() && !turn.answersTools()) {
                valid.remove(valid.size() - 1);
            }
            if (!turn.answersTools() || (!valid.isEmpty() && last(valid).callsTools())) {
                valid.add(turn);
            }
        }
        while (!valid.isEmpty() && last(valid).callsTools() && !HistoryTurn.answersTools(next)) {
            valid.remove(valid.size() - 1);
        }
        return valid;
    }

    private static HistoryTurn last(List<HistoryTurn> turns) {
        return turns.get(turns.size() - 1);
    }
}
