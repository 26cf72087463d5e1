package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The automaton against the plainest way to do it: every rule tried at every place up to every end. */
class RedactOracleTest {

    private static final RedactionSettings SETTINGS = RedactionSettings.defaults();
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
            " 53 00"
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
        while (start < text.length()) {
            int rule = -1;
            int end = start;
            boolean afterEscape = isEscapeAt(text, start - 1) && start - 1 > bordered;
            boolean border = start == bordered || afterEscape || !isWordAt(text, start - 1);
            boolean escape = isEscapeAt(text, start) && start > bordered;
            for (int to = start + 1; to <= text.length() && !escape && !commits(rule); to++) {
                for (int i = 0; i < RULES.size(); i++) {
                    if ((border || RULES.get(i).border() == Rule.Border.NONE) && matches(i, text, start, to)) {
                        rule = i;
                        end = to;
                        break;
                    }
                }
            }
            if (rule < 0) {
                out.append(text.charAt(start++));
                continue;
            }
            for (int to = end + 1; commits(rule) && to <= text.length(); to++) {
                end = matches(rule, text, start, to) ? to : end;
            }
            out.append(RULES.get(rule).kind().defaultReplacement());
            start = end;
            bordered = end;
        }
        return out.toString();
    }

    private static boolean commits(int rule) {
        return rule >= 0 && RULES.get(rule).border() != Rule.Border.BOTH;
    }

    private static boolean matches(int rule, String text, int from, int to) {
        Rule asked = RULES.get(rule);
        return to - from >= asked.shortest()
                && PATTERNS.get(rule).matcher(text).region(from, to).matches()
                && (!asked.endsAtBorder() || to == text.length() || !isWordAt(text, to))
                && asked.check().passes(text.substring(from, to));
    }

    /** Whether the letter of an escaped line break or tab stands here. */
    private static boolean isEscapeAt(String text, int at) {
        return at > 0 && "nrt".indexOf(text.charAt(at)) >= 0 && text.charAt(at - 1) == '\\';
    }

    private static boolean isWordAt(String text, int at) {
        return at >= 0 && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_');
    }
}
