package io.clauderoutes.check.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns in a text that arrives character by character, against RE2/J on the whole text. */
class PatternSearchTest {

    private static final int PATTERNS = 50;
    private static final int TEXTS_EACH = 2_100;
    private static final List<String> LETTERS =
            List.of("a", "b", "A", "k", "K", "_", "1", " ", "\n", "é", "日", "🙂", "-");

    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "secret|a secret thing|7",
                "\\bsecret\\b|a secret thing|8",
                "\\bsecret\\b|a secrets thing|-1",
                "(?i)SECRET|a Secret|7",
                "foo|bar|-1",
                "^foo|a foo|-1",
                "^foo|foo|2",
                "`(?:\\bfoo\\b|bar)`|food bar|7",
                "a{2,3}b|aaab|3",
                "[^a-z]{3}|ab123|4",
                "\\p{Lu}x|éÉx|2",
                "a.c|a🙂c|3",
                "\\Qa.b\\E|aXb a.b|6",
                "(?i)\\Qa.B\\E|A.b|2",
                "[[:digit:]\\]]+x|1]x|2",
                "\\x41\\x{1F642}|A🙂|2",
                "x*?y|xxy|2",
            })
    void a_match_is_found_at_the_first_character_that_makes_it_certain(String pattern, String text, int at) {
        PatternSearch search = TextPattern.compile(pattern).search();
        int found = -1;
        for (int i = 0; i < text.length() && found < 0; i++) {
            if (search.accept(text.charAt(i))) {
                found = i;
            }
        }

        assertThat(found).isEqualTo(at);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"foo$|a foo|true", "foo\\b|a foo|true", "foo\\B|a foo|false", "(?m)^a$|b\\na|true"})
    void a_match_at_the_end_is_found_there(String pattern, String text, boolean matches) {
        PatternSearch search = TextPattern.compile(pattern).search();
        text.replace("\\n", "\n").chars().forEach(c -> assertThat(search.accept((char) c))
                .isFalse());

        assertThat(search.end()).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*", "", "a|", "(", "a\\bb", "(a^b)", "(?i:a)b", "(\\w{900}){9}", "(a)\\1", "(?=a)b"})
    void a_pattern_that_cannot_be_used_is_refused_with_the_reason(String pattern) {
        assertThatThrownBy(() -> TextPattern.compile(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s)(the pattern|expected|\\\\b|flags).*");
    }

    @Test
    void what_is_found_is_what_re2_finds_in_the_whole_text() {
        int matches = 0;
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = (random.nextInt(3) == 0 ? "(?i)" : "")
                    + (random.nextInt(4) == 0 ? "(?s)" : "").replace("(?s)", "")
                    + pattern();
            TextPattern compiled;
            try {
                compiled = TextPattern.compile(pattern);
            } catch (IllegalArgumentException empty) {
                assertThat(empty).hasMessageContaining("empty text");
                continue;
            }
            Pattern whole = Pattern.compile(pattern);
            for (int j = 0; j < TEXTS_EACH; j++) {
                String text = text();
                matches += check(compiled, whole, text) ? 1 : 0;
            }
        }

        assertThat(matches).isGreaterThan(PATTERNS * TEXTS_EACH / 10);
    }

    private static boolean check(TextPattern compiled, Pattern whole, String text) {
        Matcher matcher = whole.matcher(text);
        boolean matches = matcher.find();
        int first = matches ? matcher.start() : text.length();
        PatternSearch search = compiled.search();
        boolean found = false;
        int possibleFrom = 0;
        for (int i = 0; i < text.length() && !found; i++) {
            possibleFrom = search.possibleFrom();
            assertThat(possibleFrom).as("%s in %s", whole, text).isLessThanOrEqualTo(Math.max(first, i));
            found = search.accept(text.charAt(i));
        }
        if (found) {
            assertThat(possibleFrom).as("%s in %s", whole, text).isLessThanOrEqualTo(text.length());
        }
        assertThat(found || search.end()).as("%s in %s", whole, text).isEqualTo(matches);
        if (matches) {
            assertThat(search.possibleFrom()).as("%s in %s", whole, text).isLessThanOrEqualTo(first);
        }
        return matches;
    }

    private String oneOf(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(oneOf(LETTERS));
        }
        return text.toString();
    }

    private String pattern() {
        StringBuilder pattern = new StringBuilder();
        for (int i = random.nextInt(2); i >= 0; i--) {
            pattern.append(oneOf(List.of("", "", "", "\\b", "\\B", "^")))
                    .append(sequence(2))
                    .append(oneOf(List.of("", "", "", "\\b", "\\B", "$")))
                    .append(i > 0 ? "|" : "");
        }
        return pattern.toString();
    }

    private String sequence(int depth) {
        StringBuilder sequence = new StringBuilder();
        for (int i = random.nextInt(3); i >= 0; i--) {
            sequence.append(atom(depth)).append(oneOf(List.of("", "", "", "*", "+", "?", "{2}", "{1,2}", "+?", "*?")));
        }
        return sequence.toString();
    }

    private String atom(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> ".";
            case 1 -> oneOf(List.of("\\w", "\\W", "\\d", "\\s", "\\S"));
            case 2 -> oneOf(List.of("[ab]", "[^a]", "[a-k1]", "[^\\w]", "[é日🙂]", "[[:alpha:]]"));
            case 3 -> oneOf(List.of("\\-", "\\n", "\\p{L}", "\\pN", "\\PL"));
            case 7 -> "(?:" + sequence(depth - 1) + "|" + sequence(depth - 1) + ")";
            case 8 -> "(" + sequence(depth - 1) + ")";
            default -> oneOf(List.of("a", "b", "k", "A", "1", " ", "日", "🙂", "_"));
        };
    }
}
