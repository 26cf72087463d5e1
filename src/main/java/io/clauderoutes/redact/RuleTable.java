package io.clauderoutes.redact;

import dk.brics.automaton.Automaton;
import dk.brics.automaton.BasicAutomata;
import dk.brics.automaton.BasicOperations;
import dk.brics.automaton.RegExp;
import dk.brics.automaton.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All rules as one deterministic automaton, kept as a dense table over classes of characters. It has two start states:
 * after a word border every rule can begin, within a word only some.
 */
final class RuleTable {

    /** Stands for {@link Fold#LETTER} in patterns. */
    static final char LETTER = '\ue000';

    static final int DEAD = 0;
    static final int ROW_BITS = 7;

    private static final char AFTER_BORDER = '\ue001';
    private static final char WITHIN_WORD = '\ue002';
    private static final char FIRST_MARK = '\ue100';
    private static final int CHARACTERS = 128;

    private final List<Rule> rules;
    private final byte[] classes;
    private final char[] next;
    private final int[] accepted;
    private final int afterBorder;
    private final int withinWord;

    RuleTable(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        if (rules.isEmpty()) {
            classes = new byte[CHARACTERS + 1];
            next = new char[1 << ROW_BITS];
            accepted = new int[1];
            afterBorder = DEAD;
            withinWord = DEAD;
            return;
        }
        State start = automaton(rules).getInitialState();
        List<State> states = new ArrayList<>();
        Map<State, Integer> numbers = new HashMap<>();
        states.add(new State());
        afterBorder = number(start.step(AFTER_BORDER), states, numbers);
        withinWord = number(start.step(WITHIN_WORD), states, numbers);
        List<char[]> rows = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            char[] row = new char[CHARACTERS + 1];
            for (int c = 0; c < row.length; c++) {
                State target = states.get(i).step(c == CHARACTERS ? LETTER : (char) c);
                row[c] = (char) number(target, states, numbers);
            }
            rows.add(row);
        }
        accepted = new int[states.size()];
        for (int i = 0; i < accepted.length; i++) {
            for (int rule = 0; rule < rules.size(); rule++) {
                if (states.get(i).step((char) (FIRST_MARK + rule)) != null) {
                    accepted[i] |= 1 << rule;
                }
            }
        }
        classes = new byte[CHARACTERS + 1];
        next = compress(rows, classes);
    }

    private static int number(State state, List<State> states, Map<State, Integer> numbers) {
        if (state == null) {
            return DEAD;
        }
        return numbers.computeIfAbsent(state, added -> {
            states.add(added);
            return states.size() - 1;
        });
    }

    /** Each rule ends in a mark of its own, so that a state of the whole can tell which rules it ends. */
    private static Automaton automaton(List<Rule> rules) {
        List<Automaton> all = new ArrayList<>();
        List<Automaton> within = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            Automaton rule = new RegExp(rules.get(i).pattern(), RegExp.NONE).toAutomaton(true);
            Automaton marked = rule.concatenate(BasicAutomata.makeChar((char) (FIRST_MARK + i)));
            all.add(marked);
            if (rules.get(i).border() == Rule.Border.NONE) {
                within.add(marked);
            }
        }
        Automaton both = BasicOperations.union(List.of(
                BasicAutomata.makeChar(AFTER_BORDER).concatenate(BasicOperations.union(all)),
                BasicAutomata.makeChar(WITHIN_WORD)
                        .concatenate(within.isEmpty() ? BasicAutomata.makeEmpty() : BasicOperations.union(within))));
        both.minimize();
        return both;
    }

    /** Characters that every state treats alike share a class. */
    private static char[] compress(List<char[]> rows, byte[] classes) {
        Map<String, Integer> numbers = new HashMap<>();
        char[] table = new char[rows.size() << ROW_BITS];
        for (int c = 0; c < classes.length; c++) {
            char[] column = new char[rows.size()];
            for (int state = 0; state < column.length; state++) {
                column[state] = rows.get(state)[c];
            }
            int number = numbers.computeIfAbsent(new String(column), unseen -> numbers.size());
            classes[c] = (byte) number;
            for (int state = 0; state < column.length; state++) {
                table[(state << ROW_BITS) + number] = column[state];
            }
        }
        return table;
    }

    /** The class of each plain character, and at its end that of {@link Fold#LETTER}. */
    byte[] classes() {
        return classes;
    }

    char[] next() {
        return next;
    }

    /** For each state the rules that end in it, one bit a rule. */
    int[] accepted() {
        return accepted;
    }

    Rule rule(int number) {
        return rules.get(number);
    }

    int start(boolean border) {
        return border ? afterBorder : withinWord;
    }

    int states() {
        return accepted.length;
    }

    int characterClasses() {
        byte[] sorted = classes.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length - 1] + 1;
    }
}
