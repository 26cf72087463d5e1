package io.clauderoutes.redact;

import java.util.Arrays;
import java.util.List;

/**
 * Redacts one text that comes in pieces; what it gives out does not depend on where the pieces were cut. It holds text
 * back only from the earliest place where a match may still be under way. Not for use by two threads.
 */
public final class TextRedactor implements PieceRedactor {

    /** A match that has not shown itself within so many characters is not looked for any longer. */
    static final int LONGEST_RUN = 512;

    private static final int SLICE = 4096;
    private static final int FIRST_ROOM = 256;
    private static final int NONE = -1;

    private static final int AFTER_BORDER = 0;
    private static final int AFTER_LETTER = 1;
    private static final int AFTER_DIGIT = 2;
    private static final int AFTER_BACKSLASH = 3;
    private static final Rule.Before[] BEFORE = {
        Rule.Before.BORDER, Rule.Before.LETTER, Rule.Before.DIGIT, Rule.Before.BORDER
    };

    private final RuleTable rules;
    private final UserPatternScan[] scans;
    private final int firstUserPattern;
    private final List<RedactionPlaceholder> replacements;
    private final RedactionListener listener;
    private final RedactionWindow trail = new RedactionWindow();
    /** The plain characters of the text from {@link #matchFrom} to {@link #matchTo}. */
    private final StringBuilder match = new StringBuilder(0);

    private int matchFrom = NONE;
    private int matchTo = NONE;

    /** The text from {@link #given} on is held; the characters before it are kept only as context. */
    private char[] text = {};

    private int end;
    private int given;
    /** Everything before it is decided. */
    private int start;
    /** What stands before {@link #start}: a border, a letter, a digit or a backslash. */
    private int before = AFTER_BORDER;

    private boolean running;
    private int at;
    private int state;
    /** Whether the character before {@link #at} was a visible one, so that a match may end here. */
    private boolean afterVisible;
    /** Whether the run has met other characters than plain ones: what hides something is not harmless. */
    private boolean hasLookAlikes;

    private int best = NONE;
    private int bestEnd;
    /** Numbers that end before here lie in harmless text. */
    private int harmlessTo;

    /** The rule whose match was already replaced and still takes in what fits, or NONE. */
    private int swallowing = NONE;

    private long changes;
    private long steps;

    TextRedactor(
            RuleTable rules,
            List<UserPattern> patterns,
            List<RedactionPlaceholder> replacements,
            RedactionListener listener) {
        this.rules = rules;
        scans = new UserPatternScan[patterns.size()];
        for (int i = 0; i < scans.length; i++) {
            scans[i] = new UserPatternScan(patterns.get(i));
        }
        firstUserPattern = replacements.size() - scans.length;
        this.replacements = replacements;
        this.listener = listener;
    }

    /** Takes in a piece of the text and adds to {@code out} what is now safe. */
    public void append(CharSequence delta, StringBuilder out) {
        append(delta, RedactedText.into(out));
    }

    @Override
    public void append(CharSequence delta, RedactedText out) {
        for (int from = 0; from < delta.length(); from += SLICE) {
            take(delta, from, Math.min(delta.length(), from + SLICE));
            advance(false, out);
            giveOut(out);
        }
    }

    /** Takes in the first {@code length} of these characters. */
    void append(char[] piece, int length, RedactedText out) {
        if (end + length > text.length) {
            makeRoom(length);
        }
        System.arraycopy(piece, 0, text, end, length);
        end += length;
        advance(false, out);
        giveOut(out);
    }

    /**
     * Takes in a piece of the text and returns what is now safe: the very same string, if nothing was held before and
     * nothing is held or replaced now.
     */
    public String append(String delta) {
        if (delta.isEmpty()) {
            return delta;
        }
        if (swallowing != NONE || delta.length() > SLICE) {
            StringBuilder out = new StringBuilder(held() + delta.length());
            append(delta, out);
            return out.toString();
        }
        boolean nothingHeld = held() == 0;
        long changesBefore = changes;
        take(delta, 0, delta.length());
        StringBuilder out = new StringBuilder(0);
        RedactedText into = RedactedText.into(out);
        advance(false, into);
        if (changes != changesBefore) {
            giveOut(into);
            return out.toString();
        }
        int from = given;
        int safe = start - from;
        given = start;
        if (nothingHeld) {
            return safe == delta.length() ? delta : delta.substring(0, safe);
        }
        return safe == 0 ? "" : new String(text, from, safe);
    }

    /** Ends the text: adds to {@code out} all that was held. The redactor is then as new. */
    public void flush(StringBuilder out) {
        flush(RedactedText.into(out));
    }

    @Override
    public void flush(RedactedText out) {
        advance(true, out);
        giveOut(out);
        begin();
    }

    private void begin() {
        end = 0;
        given = 0;
        start = 0;
        before = AFTER_BORDER;
        harmlessTo = 0;
        matchFrom = NONE;
        trail.clear();
        for (UserPatternScan scan : scans) {
            scan.clear();
        }
    }

    /**
     * Redacts a whole text, as {@link #append(CharSequence, StringBuilder)} and then {@link #flush} do: the very same string, if
     * nothing is replaced in it.
     */
    public String redact(String whole) {
        long changesBefore = changes;
        if (held() > 0 || swallowing != NONE || whole.length() > SLICE) {
            StringBuilder out = new StringBuilder(held() + whole.length() + 16);
            append(whole, out);
            flush(out);
            return changes == changesBefore && out.length() == whole.length() ? whole : out.toString();
        }
        take(whole, 0, whole.length());
        StringBuilder out = new StringBuilder(0);
        RedactedText into = RedactedText.into(out);
        advance(true, into);
        if (changes != changesBefore) {
            giveOut(into);
        }
        begin();
        return changes == changesBefore ? whole : out.toString();
    }

    /** How many characters are held back at present. */
    public int held() {
        return end - given;
    }

    long changes() {
        return changes;
    }

    /** How many characters were looked at, counting again those that were looked at again. */
    long steps() {
        return steps;
    }

    private void take(CharSequence delta, int from, int to) {
        int length = to - from;
        if (end + length > text.length) {
            makeRoom(length);
        }
        if (delta instanceof String string) {
            string.getChars(from, to, text, end);
        } else {
            for (int i = from; i < to; i++) {
                text[end + i - from] = delta.charAt(i);
            }
        }
        end += length;
    }

    private void makeRoom(int length) {
        int by = Math.max(0, given - 1);
        int kept = end - by;
        System.arraycopy(text, by, text, 0, kept);
        trail.shift(by, kept);
        for (UserPatternScan scan : scans) {
            scan.shift(by);
        }
        end -= by;
        given -= by;
        start -= by;
        at -= by;
        bestEnd -= by;
        harmlessTo -= by;
        matchFrom = NONE;
        if (end + length > text.length) {
            int needed = end + length;
            text = Arrays.copyOf(text, Math.max(FIRST_ROOM, end == 0 ? needed : needed * 3 / 2));
            trail.resize(text.length);
        }
    }

    private void giveOut(RedactedText out) {
        if (start > given) {
            out.keep(text, given, start);
            given = start;
        }
    }

    /** Decides as much of the text as can be decided. */
    private void advance(boolean last, RedactedText out) {
        while (true) {
            if (swallowing != NONE) {
                if (!swallow(last, out)) {
                    return;
                }
            } else if (running || seek(last)) {
                if (!run(last)) {
                    return;
                }
                settle(out);
            } else {
                return;
            }
        }
    }

    /** Moves to the next place where something may begin; false if there is none yet. */
    private boolean seek(boolean last) {
        int bound = end;
        int user = NONE;
        for (int i = 0; i < scans.length; i++) {
            UserPatternScan scan = scans[i];
            scan.look(text, start, end, last);
            bound = Math.min(bound, scan.clearedTo());
            if (scan.matchStart() >= start && (user == NONE || comesFirst(scan, scans[user]))) {
                user = i;
            }
        }
        int userStart = user == NONE ? NONE : scans[user].matchStart();
        int i = start;
        int left = before;
        boolean found = false;
        while (i < bound) {
            int folded = text[i];
            int width = 1;
            if (folded >= 0x80) {
                if (isCutOff(i, last)) {
                    break;
                }
                int codePoint = Character.codePointAt(text, i, end);
                width = Character.charCount(codePoint);
                folded = Normalization.of(codePoint);
            }
            boolean escape = left == AFTER_BACKSLASH && isEscape(folded);
            boolean alive = !escape && rules.step(rules.start(BEFORE[left]), folded) != RuleTable.DEAD;
            if (alive || i == userStart) {
                found = true;
                break;
            }
            left = width == 1 && text[i] < 0x80 ? after(text[i], escape) : AFTER_BORDER;
            i += width;
        }
        steps += i - start;
        start = i;
        before = left;
        if (found) {
            running = true;
            at = i;
            state = left == AFTER_BACKSLASH && isEscape(text[i]) ? RuleTable.DEAD : rules.start(BEFORE[left]);
            afterVisible = false;
            hasLookAlikes = false;
            best = i == userStart ? firstUserPattern + user : NONE;
            bestEnd = i == userStart ? scans[user].matchEnd() : i;
        }
        return found;
    }

    private static boolean comesFirst(UserPatternScan one, UserPatternScan other) {
        return one.matchStart() == other.matchStart()
                ? one.matchEnd() > other.matchEnd()
                : one.matchStart() < other.matchStart();
    }

    /** Runs the automaton from where it stands; false if the text ran out before it ended. */
    private boolean run(boolean last) {
        int i = at;
        int current = state;
        boolean visible = afterVisible;
        int done = 0;
        boolean committed = false;
        while (true) {
            if (current == RuleTable.DEAD) {
                trail.died(i);
                break;
            }
            if (isCutOff(i, last)) {
                at = i;
                state = current;
                afterVisible = visible;
                steps += done;
                return false;
            }
            if (rules.accepted(current) != 0 && visible && accept(rules.accepted(current), i)) {
                committed = true;
                break;
            }
            if (i == end || trail.leadsNowhere(i, current)) {
                trail.died(i);
                break;
            }
            if (i - start >= LONGEST_RUN) {
                trail.full(start, i, current, visible, hasLookAlikes);
                break;
            }
            if (trail.leadsToFull(i, current)) {
                i = trail.fullAt();
                current = trail.fullState();
                visible = trail.fullAfterVisible();
                hasLookAlikes |= trail.fullHasLookAlikes();
                continue;
            }
            trail.visit(i, current);
            done++;
            int folded = text[i];
            int width = 1;
            if (folded >= 0x80) {
                int codePoint = Character.codePointAt(text, i, end);
                width = Character.charCount(codePoint);
                folded = Normalization.of(codePoint);
                hasLookAlikes = true;
            }
            if (folded == Normalization.NOTHING) {
                visible = false;
            } else {
                current = rules.step(current, folded);
                visible = true;
            }
            i += width;
        }
        steps += done;
        at = i;
        state = current;
        afterVisible = visible;
        swallowing = committed ? best : NONE;
        return true;
    }

    /** Notes the first of these rules that really matches up to here; true if it is to be acted upon at once. */
    private boolean accept(int mask, int to) {
        if (to < bestEnd) {
            return false;
        }
        for (int bits = mask; bits != 0; bits &= bits - 1) {
            int number = Integer.numberOfTrailingZeros(bits);
            Rule rule = rules.rule(number);
            if (to - start < rule.shortest()) {
                continue;
            }
            if (!rule.isHarmless() || hasLookAlikes) {
                trail.accepted(to);
            }
            if (mayEnd(rule, to)
                    && !(hasLookAlikes && rule.isHarmless())
                    && (to > harmlessTo || !rule.isNumber())
                    && (rule.check() == Check.NONE || rule.check().passes(folded(start, to)))) {
                best = number;
                bestEnd = to;
                return !rule.isCheckedAtEnd();
            }
        }
        return false;
    }

    /** Whether more text is needed to know what stands here. */
    private boolean isCutOff(int i, boolean last) {
        return !last && (i == end || (i + 1 == end && Character.isHighSurrogate(text[i])));
    }

    private boolean mayEnd(Rule rule, int to) {
        return switch (rule.border()) {
            case BOTH -> to == end || !isWord(text[to]);
            case DIGITS -> to == end || !isDigit(text[to]);
            case START, NONE -> true;
        };
    }

    /** The plain characters of this part. One that begins where the last one did is only made longer. */
    private CharSequence folded(int from, int to) {
        int i = from;
        if (from == matchFrom && to >= matchTo) {
            i = matchTo;
        } else {
            match.setLength(0);
        }
        while (i < to) {
            char c = text[i];
            if (c < 0x80) {
                match.append(c);
                i++;
            } else {
                int codePoint = Character.codePointAt(text, i, to);
                int folded = Normalization.of(codePoint);
                if (folded >= 0) {
                    match.append((char) folded);
                }
                i += Character.charCount(codePoint);
            }
        }
        matchFrom = from;
        matchTo = to;
        return match;
    }

    /** Replaces what the run has found, or steps over the place from which it found nothing. */
    private void settle(RedactedText out) {
        running = false;
        if (best != NONE && best < firstUserPattern && rules.rule(best).isHarmless()) {
            harmlessTo = Math.max(harmlessTo, bestEnd);
            best = NONE;
        }
        if (best == NONE) {
            int width = Character.charCount(Character.codePointAt(text, start, end));
            char first = text[start];
            before = width == 1 && first < 0x80
                    ? after(first, before == AFTER_BACKSLASH && isEscape(first))
                    : AFTER_BORDER;
            start += width;
            return;
        }
        RedactionPlaceholder replacement = replacements.get(best);
        giveOut(out);
        out.matched(replacement);
        out.replace(bestEnd - start, replacement.text());
        listener.replaced(replacement.label());
        changes++;
        start = bestEnd;
        given = bestEnd;
        before = AFTER_BORDER;
        best = NONE;
    }

    /** Drops what still belongs to a match that is already replaced; false if the text ran out before its end. */
    private boolean swallow(boolean last, RedactedText out) {
        int bit = 1 << swallowing;
        while (true) {
            if (state == RuleTable.DEAD) {
                break;
            }
            if (isCutOff(at, last)) {
                return false;
            }
            if (afterVisible && (rules.accepted(state) & bit) != 0) {
                if (at > given) {
                    changes++;
                    out.replace(at - given, "");
                }
                start = at;
                given = at;
            }
            if (at == end || at - start >= LONGEST_RUN) {
                break;
            }
            int codePoint = Character.codePointAt(text, at, end);
            int folded = Normalization.of(codePoint);
            afterVisible = folded != Normalization.NOTHING;
            if (afterVisible) {
                state = rules.step(state, folded);
            }
            at += Character.charCount(codePoint);
            steps++;
        }
        swallowing = NONE;
        return true;
    }

    private static int after(char c, boolean escape) {
        if (isWord(c)) {
            return escape ? AFTER_BORDER : isDigit(c) ? AFTER_DIGIT : AFTER_LETTER;
        }
        return c == '\\' ? AFTER_BACKSLASH : AFTER_BORDER;
    }

    /** The letter of an escaped line break or tab belongs to no word: what comes after it begins one. */
    private static boolean isEscape(int c) {
        return c == 'n' || c == 'r' || c == 't';
    }

    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
