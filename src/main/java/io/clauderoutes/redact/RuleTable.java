package io.clauderoutes.redact;

import java.util.List;

/**
 * All rules as one deterministic automaton, kept as a dense table over classes of characters. It has a start
 * state for each of what may stand before: after a word border every rule can begin, within a word only some.
 */
final class RuleTable {

    /** Stands for {@link Normalization#LETTER} in patterns. */
    static final char LETTER = '\ue000';

    static final int DEAD = 0;
    static final int ROW_BITS = 7;

    /** The classes of characters: the ASCII characters, and one class for all other letters. */
    static final int CHARACTERS = 129;

    static final int OTHER_LETTER = CHARACTERS - 1;

    private final List<Rule> rules;
    private final byte[] classes;
    private final char[] next;
    private final int[] accepted;
    private final int[] starts;

    /** @param starts the start state for each {@link Rule.Before} */
    RuleTable(List<Rule> rules, byte[] classes, char[] next, int[] accepted, int[] starts) {
        this.rules = rules;
        this.classes = classes;
        this.next = next;
        this.accepted = accepted;
        this.starts = starts;
    }

    Rule rule(int number) {
        return rules.get(number);
    }

    /** The rules that end in this state, one bit a rule. */
    int accepted(int state) {
        return accepted[state];
    }

    /** The state in which to begin behind such a character. */
    int start(Rule.Before before) {
        return starts[before.number()];
    }

    /** The state after a folded character. */
    int step(int state, int folded) {
        int row = state << ROW_BITS;
        if (folded >= 0) {
            return next[row + classes[folded]];
        }
        return folded == Normalization.LETTER ? next[row + classes[OTHER_LETTER]] : DEAD;
    }

    int states() {
        return accepted.length;
    }
}
