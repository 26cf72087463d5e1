package io.clauderoutes.check.pattern;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dk.brics.automaton.Automaton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes automata of a regular expression in RE2 syntax. Borders ({@code \b}, {@code ^}, {@code $}) are possible at the begin and at the end of an alternative.
 * RE2/J checks the syntax and decides which characters a class holds.
 */
final class PatternParser {

    private static final int LONGEST = 2_000;
    private static final int MOST_REPEATS = 1_000;
    private static final String CLASS_ESCAPES = "dDwWsSpP";
    private static final String ESCAPES_WITHOUT_A_CHARACTER = "bBAzCQE";

    /** Unicode has assigned the planes 0 to 3, some tags and the private use areas. */
    private static final int UNASSIGNED = 0x40000;

    private static final int TAGS = 0xE0000;
    private static final int AFTER_TAGS = 0xE1000;
    private static final int PRIVATE_USE = 0xF0000;

    private final String pattern;
    private final Map<String, Automaton> classes = new HashMap<>();
    private int at;
    private String flags = "";

    /** One alternative of a pattern. */
    record Alternative(Border before, Automaton automaton, Border after) {}

    private PatternParser(String pattern) {
        this.pattern = pattern;
    }

    /**
     * The alternatives of a pattern.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static List<Alternative> parse(String pattern) {
        if (pattern.length() > LONGEST) {
            throw new IllegalArgumentException("the pattern is longer than " + LONGEST + " characters");
        }
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException mistake) {
            throw new IllegalArgumentException(
                    "expected a regular expression in RE2 syntax: " + mistake.getMessage(), mistake);
        }
        return new PatternParser(pattern).alternatives();
    }

    private List<Alternative> alternatives() {
        flags();
        int end = pattern.length();
        if (isOneGroup()) {
            group();
            end--;
        }
        List<Alternative> alternatives = new ArrayList<>();
        while (true) {
            alternatives.add(alternative());
            if (at >= end) {
                return alternatives;
            }
            at++;
        }
    }

    /** Flags at the begin hold for the whole pattern. */
    private void flags() {
        if (pattern.startsWith("(?") && pattern.indexOf(')') > 0) {
            String given = pattern.substring(2, pattern.indexOf(')'));
            if (given.matches("[imsU]+")) {
                flags = given.replace("U", "");
                at = given.length() + 3;
            }
        }
    }

    /** Whether the rest of the pattern is one group, so that the alternatives in it are those of the pattern. */
    private boolean isOneGroup() {
        if (at >= pattern.length() || pattern.charAt(at) != '(') {
            return false;
        }
        int before = at;
        try {
            group();
            skipGroup();
            return at == pattern.length();
        } catch (IllegalArgumentException borderWithin) {
            return false;
        } finally {
            at = before;
        }
    }

    /** Goes to the end of the group whose begin was read. */
    private void skipGroup() {
        int depth = 1;
        while (depth > 0) {
            char c = pattern.charAt(at);
            if (c == '[') {
                bracket();
            } else if (pattern.startsWith("\\Q", at)) {
                int end = pattern.indexOf("\\E", at);
                at = end < 0 ? pattern.length() - 1 : end + 2;
            } else if (c == '\\') {
                at += 2;
            } else {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                at++;
            }
        }
    }

    private Alternative alternative() {
        Border before = border(true);
        List<Automaton> parts = new ArrayList<>();
        Border after = Border.NONE;
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            after = border(false);
            if (after != Border.NONE) {
                break;
            }
            parts.add(repeated());
        }
        if (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            throw borderWithin();
        }
        Automaton automaton = Automaton.concatenate(parts);
        if (automaton.run("")) {
            throw new IllegalArgumentException("the pattern matches the empty text, so every text matches");
        }
        return new Alternative(before, automaton, after);
    }

    private static IllegalArgumentException borderWithin() {
        return new IllegalArgumentException(
                "\\b, \\B, ^, $, \\A and \\z are possible at the begin and at the end of an alternative only");
    }

    /** The border that stands here, if one does. */
    private Border border(boolean first) {
        if (at >= pattern.length()) {
            return Border.NONE;
        }
        char c = pattern.charAt(at);
        if (c == (first ? '^' : '$')) {
            at++;
            return flags.contains("m") ? Border.LINE : Border.TEXT;
        }
        if (c != '\\' || at + 1 == pattern.length()) {
            return Border.NONE;
        }
        char escaped = pattern.charAt(at + 1);
        Border border = escaped == 'b'
                ? Border.WORD
                : escaped == 'B' ? Border.NOT_WORD : escaped == (first ? 'A' : 'z') ? Border.TEXT : Border.NONE;
        at += border == Border.NONE ? 0 : 2;
        return border;
    }

    private Automaton union() {
        List<Automaton> alternatives = new ArrayList<>();
        while (true) {
            List<Automaton> parts = new ArrayList<>();
            while (pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
                parts.add(repeated());
            }
            alternatives.add(Automaton.concatenate(parts));
            at++;
            if (pattern.charAt(at - 1) == ')') {
                return Automaton.union(alternatives);
            }
        }
    }

    private Automaton repeated() {
        Automaton part = part();
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
            if (c == '*') {
                part = part.repeat();
            } else if (c == '+') {
                part = part.repeat(1);
            } else if (c == '?') {
                part = part.optional();
            } else if (c == '{' && isCount()) {
                part = counted(part);
            } else {
                return part;
            }
            at++;
            if (at < pattern.length() && pattern.charAt(at) == '?') {
                at++;
            }
        }
        return part;
    }

    private boolean isCount() {
        int end = pattern.indexOf('}', at);
        return end > 0 && pattern.substring(at, end + 1).matches("\\{[0-9]+(,[0-9]*)?}");
    }

    private Automaton counted(Automaton part) {
        int end = pattern.indexOf('}', at);
        String[] bounds = pattern.substring(at + 1, end).split(",", -1);
        at = end;
        int least = Integer.parseInt(bounds[0]);
        if (bounds.length == 1) {
            return part.repeat(least, least);
        }
        return bounds[1].isEmpty()
                ? part.repeat(least)
                : part.repeat(least, Math.min(MOST_REPEATS, Integer.parseInt(bounds[1])));
    }

    private Automaton part() {
        char c = pattern.charAt(at);
        return switch (c) {
            case '(' -> {
                group();
                yield union();
            }
            case '[' -> characters(bracket());
            case '\\' -> escape();
            case '^', '$' -> throw borderWithin();
            default -> literal(c);
        };
    }

    private Automaton literal(char c) {
        int length = Character.charCount(pattern.codePointAt(at));
        at += length;
        String literal = pattern.substring(at - length, at);
        return c == '.' || flags.contains("i") ? characters(literal) : Automaton.makeString(literal);
    }

    /** Reads the begin of a group. */
    private void group() {
        at++;
        if (pattern.charAt(at) != '?') {
            return;
        }
        if (pattern.startsWith("?:", at)) {
            at += 2;
        } else if (pattern.startsWith("?P<", at) || pattern.startsWith("?<", at)) {
            at = pattern.indexOf('>', at) + 1;
        } else {
            throw new IllegalArgumentException("flags are possible at the begin of the pattern only, such as (?i)");
        }
    }

    /** The text of a class in brackets. */
    private String bracket() {
        int begin = at;
        at++;
        if (pattern.charAt(at) == '^') {
            at++;
        }
        boolean first = true;
        while (first || pattern.charAt(at) != ']') {
            first = false;
            if (pattern.charAt(at) == '\\') {
                at += pattern.startsWith("\\Q", at) ? pattern.length() : 2;
            } else if (pattern.startsWith("[:", at) && pattern.indexOf(":]", at) > 0) {
                at = pattern.indexOf(":]", at) + 2;
            } else {
                at++;
            }
        }
        at++;
        return pattern.substring(begin, at);
    }

    private Automaton escape() {
        char escaped = pattern.charAt(at + 1);
        if (escaped == 'Q') {
            int end = pattern.indexOf("\\E", at);
            String text = pattern.substring(at + 2, end < 0 ? pattern.length() : end);
            at = end < 0 ? pattern.length() : end + 2;
            return quoted(text);
        }
        if (ESCAPES_WITHOUT_A_CHARACTER.indexOf(escaped) >= 0) {
            throw borderWithin();
        }
        int begin = at;
        at += 2;
        if ((escaped == 'p' || escaped == 'P' || escaped == 'x') && pattern.startsWith("{", at)) {
            at = pattern.indexOf('}', at) + 1;
        } else if (escaped == 'x') {
            at += 2;
        } else if (escaped == 'p' || escaped == 'P') {
            at++;
        } else if (escaped >= '0' && escaped <= '7') {
            while (at < pattern.length() && at < begin + 4 && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '7') {
                at++;
            }
        }
        String atom = pattern.substring(begin, at);
        boolean isPunctuation = !Character.isLetterOrDigit(escaped);
        return isPunctuation && !CLASS_ESCAPES.contains(atom.substring(1))
                ? Automaton.makeChar(escaped)
                : characters(atom);
    }

    private Automaton quoted(String text) {
        if (!flags.contains("i")) {
            return Automaton.makeString(text);
        }
        List<Automaton> parts = new ArrayList<>();
        text.codePoints().forEach(c -> parts.add(characters(Pattern.quote(Character.toString(c)))));
        return Automaton.concatenate(parts);
    }

    /** The characters that an atom matches: RE2/J says which. */
    private Automaton characters(String atom) {
        return classes.computeIfAbsent(atom, added -> {
                    Pattern runs = Pattern.compile("(?:" + added + ")+", flagBits());
                    List<Automaton> ranges = new ArrayList<>();
                    addRuns(ranges, runs, 0, Character.MIN_SURROGATE);
                    addRuns(ranges, runs, Character.MAX_SURROGATE + 1, Character.MIN_SUPPLEMENTARY_CODE_POINT);
                    if (added.length() > 1 || added.equals(".")) {
                        addRuns(ranges, runs, Character.MIN_SUPPLEMENTARY_CODE_POINT, UNASSIGNED);
                        addIfMatched(ranges, runs, UNASSIGNED, TAGS);
                        addRuns(ranges, runs, TAGS, AFTER_TAGS);
                        addIfMatched(ranges, runs, AFTER_TAGS, PRIVATE_USE);
                        addIfMatched(ranges, runs, PRIVATE_USE, Character.MAX_CODE_POINT + 1);
                    }
                    return Automaton.union(ranges);
                })
                .clone();
    }

    private int flagBits() {
        return (flags.contains("i") ? Pattern.CASE_INSENSITIVE : 0) | (flags.contains("s") ? Pattern.DOTALL : 0);
    }

    private static void addRuns(List<Automaton> ranges, Pattern runs, int from, int to) {
        StringBuilder all = new StringBuilder((to - from) * Character.charCount(from));
        for (int c = from; c < to; c++) {
            all.appendCodePoint(c);
        }
        Matcher matcher = runs.matcher(all);
        while (matcher.find()) {
            ranges.add(range(all.codePointAt(matcher.start()), all.codePointBefore(matcher.end())));
        }
    }

    /** Adds a range whose characters have no properties that differ. */
    private static void addIfMatched(List<Automaton> ranges, Pattern runs, int from, int to) {
        if (runs.matches(Character.toString(from))) {
            ranges.add(range(from, to - 1));
        }
    }

    private static Automaton range(int first, int last) {
        if (last < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
            return Automaton.makeCharRange((char) first, (char) last);
        }
        char high = Character.highSurrogate(first);
        char lastHigh = Character.highSurrogate(last);
        char low = Character.lowSurrogate(first);
        char lastLow = Character.lowSurrogate(last);
        if (high == lastHigh) {
            return pair(high, high, low, lastLow);
        }
        List<Automaton> parts = new ArrayList<>();
        parts.add(pair(high, high, low, Character.MAX_LOW_SURROGATE));
        if (high + 1 < lastHigh) {
            parts.add(pair(
                    (char) (high + 1),
                    (char) (lastHigh - 1),
                    Character.MIN_LOW_SURROGATE,
                    Character.MAX_LOW_SURROGATE));
        }
        parts.add(pair(lastHigh, lastHigh, Character.MIN_LOW_SURROGATE, lastLow));
        return Automaton.union(parts);
    }

    private static Automaton pair(char high, char lastHigh, char low, char lastLow) {
        return Automaton.makeCharRange(high, lastHigh).concatenate(Automaton.makeCharRange(low, lastLow));
    }
}
