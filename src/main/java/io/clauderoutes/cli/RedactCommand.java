package io.clauderoutes.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.redact.RedactedText;
import io.clauderoutes.redact.RedactionPlaceholder;
import io.clauderoutes.redact.RedactionPolicy;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.redact.TextRedactor;
import io.clauderoutes.settings.RedactSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code redact}: redacts a text by one of the policies, and explains each match without showing it. */
public final class RedactCommand {

    private static final int BAD_ARGUMENTS = 2;
    private static final int FAILED = 1;
    private static final String POLICY = "--policy=";
    private static final String HELP = """
            Usage: java -jar claude-routes.jar redact [--explain] [--policy <name>] < file

            Writes the text with personal data and secrets replaced, as a stream of a reply would be.

              --explain              first lists each match: line and column, kind, length, and why it matches
              --policy <name>        claude.redact.policies.<name> in place of claude.redact
            """;

    private RedactCommand() {}

    /**
     * Runs the command.
     *
     * @param settings those of {@code claude.redact}
     * @return the exit code
     */
    public static int run(
            String[] arguments, RedactSettings settings, InputStream in, PrintStream out, PrintStream err) {
        boolean explain = false;
        String name = "";
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            if (argument.equals("--explain")) {
                explain = true;
            } else if (argument.startsWith(POLICY)) {
                name = argument.substring(POLICY.length());
            } else if (argument.equals("--policy") && i + 1 < arguments.length) {
                name = arguments[++i];
            } else {
                err.println(argument + ": expected --explain, --policy <name> or --help");
                return BAD_ARGUMENTS;
            }
        }
        RedactSettings chosen = name.isEmpty() ? settings : settings.policies().get(name);
        if (chosen == null) {
            err.println("--policy " + name + ": there is no claude.redact.policies." + name);
            return BAD_ARGUMENTS;
        }
        try {
            print(new String(in.readAllBytes(), UTF_8), Redactor.rulesOf(chosen).policy(), explain, out);
            return 0;
        } catch (IOException unreadable) {
            err.println("the text cannot be read: " + unreadable.getMessage());
            return FAILED;
        }
    }

    private static void print(String text, RedactionPolicy policy, boolean explain, PrintStream out) {
        Explanation explanation = new Explanation(text);
        TextRedactor redactor = policy.redactor();
        redactor.append(text, explanation);
        redactor.flush(explanation);
        if (explain) {
            explanation.matches.forEach(match -> out.println(match));
            out.println(explanation.matches.size() + (explanation.matches.size() == 1 ? " match" : " matches"));
            out.println();
        }
        out.print(explanation.redacted);
        out.flush();
    }

    /** One match; of its text only the length is known. */
    private static final class Match {
        private final int line;
        private final int column;
        private final RedactionPlaceholder by;
        private int length;

        Match(int line, int column, RedactionPlaceholder by) {
            this.line = line;
            this.column = column;
            this.by = by;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%d:%d %s, %d characters: %s", line, column, by.label(), length, by.why());
        }
    }

    private static final class Explanation implements RedactedText {
        private final StringBuilder redacted = new StringBuilder();
        private final List<Match> matches = new ArrayList<>();
        private final String text;
        private int at;
        private int line = 1;
        private int lineStart;

        Explanation(String text) {
            this.text = text;
        }

        @Override
        public void matched(RedactionPlaceholder by) {
            matches.add(new Match(line, at - lineStart + 1, by));
        }

        @Override
        public void keep(char[] kept, int from, int to) {
            redacted.append(kept, from, to - from);
            move(to - from);
        }

        @Override
        public void replace(int length, String by) {
            redacted.append(by);
            matches.get(matches.size() - 1).length += length;
            move(length);
        }

        private void move(int length) {
            for (int end = at + length; at < end; at++) {
                if (text.charAt(at) == '\n') {
                    line++;
                    lineStart = at + 1;
                }
            }
        }
    }
}
