package io.clauderoutes.redact;

import dk.brics.automaton.Automaton;
import dk.brics.automaton.RegExp;
import dk.brics.automaton.State;
import dk.brics.automaton.Transition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes one table of many rules. Each rule becomes a small automaton of its own; a state of the table is a set of
 * theirs. (To let the library determinize their union takes ten times
 * as long.)
 */
final class RuleCompiler {

    private final List<Rule> rules;
    /** For each state of each rule, the state that each class leads to, or NOWHERE. */
    private final List<char[]> parts = new ArrayList<>();

    private final List<Integer> endsRule = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private final byte[] classes = new byte[RuleTable.CHARACTERS];
    private final List<Integer> firstOfClass = new ArrayList<>();

    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> sets = new ArrayList<>();

    private static final char NOWHERE = Character.MAX_VALUE;
    private static final int MOST_RULES = 31;

    private RuleCompiler(List<Rule> rules) {
        if (rules.size() > MOST_RULES) {
            throw new IllegalArgumentException("at most " + MOST_RULES + " rules, but there are " + rules.size());
        }
        this.rules = List.copyOf(rules);
    }

    static RuleTable compile(List<Rule> rules) {
        return new RuleCompiler(rules).table();
    }

    private RuleTable table() {
        List<List<State>> automata = new ArrayList<>();
        for (Rule rule : rules) {
            Automaton automaton = new RegExp(rule.pattern(), RegExp.NONE).toAutomaton(false);
            automaton.minimize();
            automata.add(statesOf(automaton));
        }
        classify(automata);
        for (int rule = 0; rule < automata.size(); rule++) {
            addParts(rule, automata.get(rule));
        }

        number("");
        Rule.Before[] places = Rule.Before.values();
        int[] startStates = new int[places.length];
        for (Rule.Before before : places) {
            startStates[before.number()] = number(startsOf(before));
        }
        List<char[]> rows = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            rows.add(row(sets.get(i)));
        }

        char[] next = new char[rows.size() << RuleTable.ROW_BITS];
        int[] accepted = new int[rows.size()];
        for (int state = 0; state < rows.size(); state++) {
            System.arraycopy(rows.get(state), 0, next, state << RuleTable.ROW_BITS, firstOfClass.size());
            String set = sets.get(state);
            for (int i = 0; i < set.length(); i++) {
                accepted[state] |= endsRule.get(set.charAt(i));
            }
        }
        return new RuleTable(rules, classes, next, accepted, startStates);
    }

    /** The states that can be reached, the initial one first. */
    private static List<State> statesOf(Automaton automaton) {
        Map<State, Boolean> seen = new HashMap<>();
        List<State> states = new ArrayList<>();
        states.add(automaton.getInitialState());
        seen.put(automaton.getInitialState(), true);
        for (int i = 0; i < states.size(); i++) {
            for (Transition transition : states.get(i).getTransitions()) {
                if (seen.put(transition.getDest(), true) == null) {
                    states.add(transition.getDest());
                }
            }
        }
        return states;
    }

    /** Characters that no transition tells apart share a class. */
    private void classify(List<List<State>> automata) {
        boolean[] begins = new boolean[RuleTable.CHARACTERS + 1];
        begins[0] = true;
        begins[RuleTable.OTHER_LETTER] = true;
        for (List<State> states : automata) {
            for (State state : states) {
                for (Transition transition : state.getTransitions()) {
                    begins[Math.min(transition.getMin(), RuleTable.OTHER_LETTER)] = true;
                    begins[Math.min(transition.getMax() + 1, RuleTable.OTHER_LETTER)] = true;
                }
            }
        }
        for (int c = 0; c < RuleTable.CHARACTERS; c++) {
            if (begins[c]) {
                firstOfClass.add(c);
            }
            classes[c] = (byte) (firstOfClass.size() - 1);
        }
    }

    private void addParts(int rule, List<State> states) {
        int offset = parts.size();
        starts.add(offset);
        Map<State, Integer> places = new HashMap<>();
        for (State state : states) {
            places.put(state, offset + places.size());
        }
        for (State state : states) {
            char[] targets = new char[firstOfClass.size()];
            Arrays.fill(targets, NOWHERE);
            for (Transition transition : state.getTransitions()) {
                char target = (char) places.get(transition.getDest()).intValue();
                for (int c = 0; c < targets.length; c++) {
                    int first = firstOfClass.get(c);
                    int character = first == RuleTable.OTHER_LETTER ? RuleTable.LETTER : first;
                    if (transition.getMin() <= character && character <= transition.getMax()) {
                        targets[c] = target;
                    }
                }
            }
            parts.add(targets);
            endsRule.add(state.isAccept() ? 1 << rule : 0);
        }
    }

    private String startsOf(Rule.Before before) {
        StringBuilder set = new StringBuilder();
        for (int rule = 0; rule < rules.size(); rule++) {
            if (rules.get(rule).mayBegin(before)) {
                set.append((char) starts.get(rule).intValue());
            }
        }
        return set.toString();
    }

    private char[] row(String set) {
        char[] row = new char[firstOfClass.size()];
        StringBuilder targets = new StringBuilder();
        String former = "";
        for (int c = 0; c < row.length; c++) {
            targets.setLength(0);
            for (int i = 0; i < set.length(); i++) {
                char target = parts.get(set.charAt(i))[c];
                if (target != NOWHERE) {
                    targets.append(target);
                }
            }
            if (!former.contentEquals(targets)) {
                former = targets.toString();
            }
            row[c] = (char) number(former);
        }
        return row;
    }

    /** Each rule has at most one state in a set and the rules keep their order, so equal sets are equal strings. */
    private int number(String set) {
        return numbers.computeIfAbsent(set, added -> {
            sets.add(added);
            return sets.size() - 1;
        });
    }
}
