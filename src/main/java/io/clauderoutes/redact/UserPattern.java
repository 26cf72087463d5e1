package io.clauderoutes.redact;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.CharBuffer;
import java.util.List;

/** A user's pattern. Whether it matches at a place depends on the next {@code maxLength} characters and no more. */
record UserPattern(PatternSettings settings, Pattern pattern) {

    private static final List<String> SAMPLES = List.of("", "a", "1", " ", "-", "a 1-", "\n");

    static UserPattern of(PatternSettings settings) {
        String setting = "claude.redact.patterns." + settings.name() + ".pattern";
        Pattern pattern;
        try {
            pattern = Pattern.compile(settings.pattern());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    setting + " must be a regular expression in RE2 syntax: " + e.getMessage(), e);
        }
        for (String sample : SAMPLES) {
            Matcher matcher = pattern.matcher(sample);
            while (matcher.find()) {
                if (matcher.end() == matcher.start()) {
                    throw new IllegalArgumentException(
                            setting + " must not match the empty text, as " + settings.pattern() + " does");
                }
            }
        }
        return new UserPattern(settings, pattern);
    }

    /** How many characters must be known after a place before it is decided upon: one more, for a border. */
    int lookAhead() {
        return settings.maxLength() + 1;
    }

    /** What a stream may hold back on its account: the look-ahead, and what comes in between two looks. */
    int longestHold() {
        return lookAhead() + lookAhead() / UserPatternScan.LOOKS_PER_WINDOW + 1;
    }

    /** The first place from {@code from} on where some match begins, of whatever length, or -1. */
    int find(char[] text, int from, int end) {
        int base = Math.max(0, from - 1);
        Matcher matcher = pattern.matcher(CharBuffer.wrap(text, base, end - base));
        return matcher.find(from - base) ? base + matcher.start() : -1;
    }

    /** The length of the match that begins exactly here, within the limit, or 0. */
    int lengthAt(char[] text, int at, int end) {
        int length = lengthWithin(text, at, Math.min(end, at + lookAhead()));
        if (length <= settings.maxLength()) {
            return length;
        }
        int cut = at + settings.maxLength();
        return lengthWithin(text, at, Character.isHighSurrogate(text[cut - 1]) ? cut - 1 : cut);
    }

    private int lengthWithin(char[] text, int at, int end) {
        int base = Math.max(0, at - 1);
        Matcher matcher = pattern.matcher(CharBuffer.wrap(text, base, end - base));
        return matcher.find(at - base) && base + matcher.start() == at ? matcher.end() - matcher.start() : 0;
    }
}
