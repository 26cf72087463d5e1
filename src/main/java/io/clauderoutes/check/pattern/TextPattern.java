package io.clauderoutes.check.pattern;

import java.util.List;

/** A regular expression that is looked for in texts that arrive in pieces. Each character costs a bounded time. Immutable. */
public final class TextPattern {

    private final List<PatternTable> tables;

    private TextPattern(List<PatternTable> tables) {
        this.tables = tables;
    }

    /**
     * Compiles a pattern in RE2 syntax.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static TextPattern compile(String pattern) {
        return new TextPattern(
                PatternParser.parse(pattern).stream().map(PatternTable::new).toList());
    }

    /** Begins to look for it in one text. */
    public PatternSearch search() {
        return new PatternSearch(tables);
    }
}
