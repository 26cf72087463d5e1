package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The automaton against the plainest way to do it: every rule tried at every place up to every end. */
class RedactOracleTest {

    private static final RedactionSettings SETTINGS = RedactionSettings.all();
    private static final RedactionPolicy POLICY = new RedactionPolicy(SETTINGS);
    private static final List<Rule> RULES = BuiltInRules.of(SETTINGS);
    private static final List<Pattern> PATTERNS =
            RULES.stream().map(rule -> Pattern.compile(rule.pattern())).toList();

    @Test
    void agrees_on_random_text() {
        Random random = new Random(17);
        String[] parts = {
            "4111",
            "1111",
            "-",
            "-",
            " ",
            " ",
            ".",
            "123",
            "45",
            "6789",
            "1",
            "0",
            "+",
            "+4",
            "(",
            ")",
            "/",
            "@",
            "a",
            "DE89",
            "3704 0044 0532 0130 00",
            "x.y",
            "@ex.com",
            "sk-",
            "ant-",
            "api03-",
            "abcdefghij",
            "K7",
            "eyJ",
            "ghp_",
            "AKIA",
            "IOSFODNN7EXAMPLE",
            "Bearer ",
            "\\n",
            "\\",
            "n",
            "t",
            "_",
            "\n",
            "=",
            "415-555-0132",
            "371449635398431",
            "-----BEGIN PRIVATE KEY-----",
            "-----END",
            " PRIVATE KEY-----",
            "555",
            "0132",
            "01 42 68",
            " 53 00",
            "4111 1111",
            "\t",
            "|",
            " - ",
            "**",
            "&nbsp;",
            "dead",
            "4111111111111111",
            "0x",
            "47223179-9330-4259-b66c-",
            "f2db26efb20c",
            "e5"
        };
        for (int i = 0; i < 4000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(14); j >= 0; j--) {
                text.append(parts[random.nextInt(parts.length)]);
            }

            assertThat(POLICY.redactor().redact(text.toString()))
                    .as(text.toString())
                    .isEqualTo(slowly(text.toString()));
        }
    }

    private static String slowly(String text) {
        StringBuilder out = new StringBuilder();
        int start = 0;
        int bordered = 0;
        int harmlessTo = 0;
        while (start < text.length()) {
            int rule = -1;
            int end = start;
            Rule.Before before = before(text, start, bordered);
            boolean escape = isEscapeAt(text, start) && start > bordered;
            for (int to = start + 1; to <= text.length() && !escape && !commits(rule); to++) {
                for (int i = 0; i < RULES.size(); i++) {
                    if (RULES.get(i).mayBegin(before)
                            && (to > harmlessTo || !RULES.get(i).isNumber())
                            && matches(i, text, start, to)) {
                        rule = i;
                        end = to;
                        break;
                    }
                }
            }
            if (rule >= 0 && RULES.get(rule).isHarmless()) {
                harmlessTo = Math.max(harmlessTo, end);
                rule = -1;
            }
            if (rule < 0) {
                out.append(text.charAt(start++));
                continue;
            }
            for (int to = end + 1; commits(rule) && to <= text.length(); to++) {
                end = matches(rule, text, start, to) ? to : end;
            }
            out.append(RULES.get(rule).kind().orElseThrow().defaultReplacement());
            start = end;
            bordered = end;
        }
        return out.toString();
    }

    private static Rule.Before before(String text, int start, int bordered) {
        boolean afterEscape = isEscapeAt(text, start - 1) && start - 1 > bordered;
        if (start == bordered || afterEscape || !isWordAt(text, start - 1)) {
            return Rule.Before.BORDER;
        }
        return isDigitAt(text, start - 1) ? Rule.Before.DIGIT : Rule.Before.LETTER;
    }

    private static boolean commits(int rule) {
        return rule >= 0 && !RULES.get(rule).isCheckedAtEnd();
    }

    private static boolean matches(int rule, String text, int from, int to) {
        Rule asked = RULES.get(rule);
        boolean ends =
                switch (asked.border()) {
                    case BOTH -> !isWordAt(text, to);
                    case DIGITS -> !isDigitAt(text, to);
                    case START, NONE -> true;
                };
        return to - from >= asked.shortest()
                && ends
                && PATTERNS.get(rule).matcher(text).region(from, to).matches()
                && asked.check().passes(text.substring(from, to));
    }

    /** Whether the letter of an escaped line break or tab stands here. */
    private static boolean isEscapeAt(String text, int at) {
        return at > 0 && "nrt".indexOf(text.charAt(at)) >= 0 && text.charAt(at - 1) == '\\';
    }

    private static boolean isWordAt(String text, int at) {
        return at >= 0 && at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_');
    }

    private static boolean isDigitAt(String text, int at) {
        return at >= 0 && at < text.length() && Character.isDigit(text.charAt(at));
    }
}
