package io.clauderoutes.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.redact.Kind;
import io.clauderoutes.settings.RedactKindSettings;
import io.clauderoutes.settings.RedactSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RedactCommandTest {

    private static final String TEXT =
            "Hello,\nmy card is 4111-1111-1111-1111 and my mail a@example.org.\nzip 10001-1234\n";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private static RedactSettings settings(boolean email, Map<String, RedactSettings> policies) {
        Map<String, RedactKindSettings> kinds = new HashMap<>();
        for (Kind kind : Kind.values()) {
            kinds.put(
                    kind.label(),
                    new RedactKindSettings(kind != Kind.EMAIL || email, false, kind.defaultReplacement()));
        }
        return new RedactSettings(true, new RedactSettings.Scope(false, false, true, false), kinds, Map.of(), policies);
    }

    private int run(String... arguments) {
        return RedactCommand.run(
                arguments,
                settings(false, Map.of("strict", settings(true, Map.of()))),
                new ByteArrayInputStream(TEXT.getBytes(UTF_8)),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8));
    }

    @Test
    void explains_each_match_and_shows_none() {
        assertThat(run("--explain")).isZero();

        assertThat(out.toString(UTF_8)).isEqualTo("""
                        2:12 card, 19 characters: 16 digits, in a row or in fours with one separator
                        1 match

                        Hello,
                        my card is [REDACTED] and my mail a@example.org.
                        zip 10001-1234
                        """);
    }

    @Test
    void uses_the_policy_that_is_named() {
        assertThat(run("--explain", "--policy", "strict")).isZero();

        assertThat(out.toString(UTF_8))
                .contains("2:44 email, 13 characters: the form of an address", "and my mail [EMAIL].");
    }

    @Test
    void without_explain_is_the_text_alone() {
        assertThat(run()).isZero();

        assertThat(out.toString(UTF_8)).isEqualTo(TEXT.replace("4111-1111-1111-1111", "[REDACTED]"));
    }

    @Test
    void names_a_policy_that_does_not_exist() {
        assertThat(run("--policy=lax")).isEqualTo(2);

        assertThat(err.toString(UTF_8)).contains("there is no claude.redact.policies.lax");
    }
}
