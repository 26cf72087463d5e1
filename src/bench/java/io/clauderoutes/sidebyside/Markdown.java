package io.clauderoutes.sidebyside;

import java.util.List;
import java.util.Locale;

/** Tables in Markdown. */
public final class Markdown {

    private Markdown() {}

    public static void header(StringBuilder text, List<String> columns) {
        row(text, columns);
        row(text, columns.stream().map(column -> "---").toList());
    }

    public static void row(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    /** Figures in the same form whatever the machine's language. */
    public static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
