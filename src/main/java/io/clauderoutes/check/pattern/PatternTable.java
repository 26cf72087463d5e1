package io.clauderoutes.check.pattern;

import dk.brics.automaton.Automaton;
import dk.brics.automaton.State;
import dk.brics.automaton.Transition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A non-deterministic automaton as a table: the states that each state leads to by each class of characters. State 0 is the first one.
 * Immutable; the arrays are never handed out to be changed.
 */
final class PatternTable {

    private static final int MOST_STATES = 5_000;
    private static final int[] NOWHERE = {};

    private final Border before;
    private final Border after;
    /** The first character of each class. */
    private final char[] classes;

    private final int[][][] next;
    private final boolean[] accepts;

    PatternTable(PatternParser.Alternative alternative) {
        this.before = alternative.before();
        this.after = alternative.after();
        List<State> states = states(alternative.automaton());
        if (states.size() > MOST_STATES) {
            throw new IllegalArgumentException("the pattern is too large: it needs " + states.size() + " states, and "
                    + MOST_STATES + " are possible. Make the counts in braces smaller");
        }
        Map<State, Integer> numbers = new HashMap<>();
        states.forEach(state -> numbers.put(state, numbers.size()));
        this.classes = classes(states);
        this.next = new int[states.size()][][];
        this.accepts = new boolean[states.size()];
        for (State state : states) {
            int number = numbers.get(state);
            accepts[number] = state.isAccept();
            next[number] = row(state, numbers);
        }
    }

    private static List<State> states(Automaton automaton) {
        List<State> states = new ArrayList<>(List.of(automaton.getInitialState()));
        Map<State, Boolean> seen = new HashMap<>(Map.of(automaton.getInitialState(), true));
        for (int i = 0; i < states.size(); i++) {
            for (Transition transition : states.get(i).getTransitions()) {
                if (seen.put(transition.getDest(), true) == null) {
                    states.add(transition.getDest());
                }
            }
        }
        return states;
    }

    private static char[] classes(List<State> states) {
        TreeSet<Character> begins = new TreeSet<>(List.of('\0'));
        for (State state : states) {
            for (Transition transition : state.getTransitions()) {
                begins.add(transition.getMin());
                if (transition.getMax() < Character.MAX_VALUE) {
                    begins.add((char) (transition.getMax() + 1));
                }
            }
        }
        char[] classes = new char[begins.size()];
        int i = 0;
        for (char begin : begins) {
            classes[i] = begin;
            i++;
        }
        return classes;
    }

    private int[][] row(State state, Map<State, Integer> numbers) {
        int[][] row = new int[classes.length][];
        Arrays.fill(row, NOWHERE);
        for (Transition transition : state.getTransitions()) {
            int target = numbers.get(transition.getDest());
            for (int c = classOf(transition.getMin()); c <= classOf(transition.getMax()); c++) {
                int[] longer = Arrays.copyOf(row[c], row[c].length + 1);
                longer[row[c].length] = target;
                row[c] = longer;
            }
        }
        return row;
    }

    int size() {
        return next.length;
    }

    Border before() {
        return before;
    }

    Border after() {
        return after;
    }

    int classOf(char c) {
        int found = Arrays.binarySearch(classes, c);
        return found >= 0 ? found : -found - 2;
    }

    int[] next(int state, int characterClass) {
        return next[state][characterClass];
    }

    boolean accepts(int state) {
        return accepts[state];
    }
}
