package io.clauderoutes.check.pattern;

import java.util.Arrays;
import java.util.List;

/** Looks for a pattern in one text, character by character. Not thread-safe. */
public final class PatternSearch {

    private static final int NO_START = Integer.MAX_VALUE;

    private final List<Run> runs;
    private int position;
    private int last = Border.NOTHING;
    private boolean found;

    /** The states in which an alternative can be, each with the earliest begin of a match that leads there. */
    private static final class Run {
        private final PatternTable table;
        private int[] starts;
        private int[] nextStarts;
        private int[] states = new int[8];
        private int count;
        private int[] nextStates = new int[8];
        /** The earliest begin of a match that ends here if its border follows. */
        private int ended = NO_START;

        Run(PatternTable table) {
            this.table = table;
            this.starts = new int[table.size()];
            this.nextStarts = new int[table.size()];
            Arrays.fill(starts, NO_START);
            Arrays.fill(nextStarts, NO_START);
        }

        /** Whether a match is certain with the next character. */
        boolean accept(char c, int position, int before) {
            if (ended != NO_START && table.after().isAt(before, c)) {
                return true;
            }
            ended = NO_START;
            int characterClass = table.classOf(c);
            int nextCount = 0;
            for (int i = 0; i < count; i++) {
                nextCount = step(states[i], starts[states[i]], characterClass, nextCount);
                starts[states[i]] = NO_START;
            }
            if (table.before().isAt(c, before)) {
                nextCount = step(0, position, characterClass, nextCount);
            }
            swap(nextCount);
            return ended != NO_START && table.after() == Border.NONE;
        }

        private int step(int state, int start, int characterClass, int counted) {
            int nextCount = counted;
            for (int target : table.next(state, characterClass)) {
                if (nextStarts[target] == NO_START) {
                    if (nextCount == nextStates.length) {
                        nextStates = Arrays.copyOf(nextStates, nextCount * 2);
                    }
                    nextStates[nextCount] = target;
                    nextCount++;
                }
                nextStarts[target] = Math.min(nextStarts[target], start);
                if (table.accepts(target)) {
                    ended = Math.min(ended, start);
                }
            }
            return nextCount;
        }

        private void swap(int nextCount) {
            int[] oldStates = states;
            states = nextStates;
            nextStates = oldStates;
            int[] oldStarts = starts;
            starts = nextStarts;
            nextStarts = oldStarts;
            count = nextCount;
        }

        boolean end(int before) {
            return ended != NO_START && table.after().isAt(before, Border.NOTHING);
        }

        int possibleFrom() {
            int from = ended;
            for (int i = 0; i < count; i++) {
                from = Math.min(from, starts[states[i]]);
            }
            return from;
        }
    }

    PatternSearch(List<PatternTable> tables) {
        this.runs = tables.stream().map(Run::new).toList();
    }

    /**
     * Takes in the next character.
     *
     * @return whether the text holds a match, whatever follows
     */
    public boolean accept(char c) {
        if (!found) {
            for (Run run : runs) {
                found |= run.accept(c, position, last);
            }
            position++;
            last = c;
        }
        return found;
    }

    /** The text has ended: whether it holds a match. */
    public boolean end() {
        for (Run run : runs) {
            found |= run.end(last);
        }
        return found;
    }

    /** The earliest place from which on a match is possible: the number of characters so far if none has begun. */
    public int possibleFrom() {
        int from = position;
        for (Run run : runs) {
            from = Math.min(from, run.possibleFrom());
        }
        return from;
    }
}
