package io.clauderoutes.split;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a text can be cut without a cut through what a reader sees as one character (UAX 29, extended grapheme clusters). */
final class Graphemes {

    private static final Pattern CLUSTER = Pattern.compile("\\X");
    /** The first combining mark: before it, each character is a cluster, but for the two of a line end. */
    private static final char FIRST_MARK = '\u0300';

    private Graphemes() {}

    /** The first place not before {@code wanted} where the text can be cut; its end counts as one. */
    static int boundary(CharSequence text, int wanted) {
        if (wanted >= text.length()) {
            return text.length();
        }
        if (isPlain(text, wanted)) {
            return wanted;
        }
        Matcher clusters = CLUSTER.matcher(text);
        int end = start(text, wanted);
        while (end < wanted && clusters.find(end)) {
            end = clusters.end();
        }
        return end;
    }

    /** Where the last cluster of the text begins; 0 for an empty text. */
    static int lastStart(CharSequence text) {
        int length = text.length();
        int last = start(text, length);
        Matcher clusters = CLUSTER.matcher(text);
        int end = last;
        while (end < length && clusters.find(end)) {
            last = end;
            end = clusters.end();
        }
        return last;
    }

    /** A place before {@code position} that is surely a boundary. */
    private static int start(CharSequence text, int position) {
        int start = Math.max(0, Math.min(position, text.length()) - 1);
        while (start > 0 && !isPlain(text, start)) {
            start--;
        }
        return start;
    }

    private static boolean isPlain(CharSequence text, int at) {
        char before = text.charAt(at - 1);
        return before < FIRST_MARK && text.charAt(at) < FIRST_MARK && !(before == '\r' && text.charAt(at) == '\n');
    }
}
