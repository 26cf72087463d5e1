package io.clauderoutes.fanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TerminalTest {

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final Terminal terminal =
            new Terminal(new PrintStream(shown, true, UTF_8), Optional.empty(), Clock.systemUTC());

    private String shown() {
        return shown.toString(UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void an_answer_grows_below_its_name() {
        terminal.print("Very ", "p-1", "sea.txt", false);
        terminal.print("deep.", "p-1", "sea.txt", false);
        terminal.print("", "p-1", "sea.txt", true);

        assertThat(shown()).isEqualTo("--- sea.txt\nVery deep.\n");
    }

    @Test
    void without_a_name_it_is_called_by_its_id() {
        terminal.print("Deep.", "p-1", "", false);

        assertThat(shown()).isEqualTo("--- p-1\nDeep.");
    }

    @Test
    void where_two_grow_at_once_a_line_says_whose_turn_it_is() {
        terminal.print("A", "p-1", "a", false);
        terminal.print("B", "p-2", "b", false);
        terminal.print("A", "p-1", "a", false);
        terminal.print("", "p-2", "b", true);
        terminal.print("", "p-1", "a", true);

        assertThat(shown()).isEqualTo("--- a\nA\n--- b\nB\n--- a\nA\n");
    }

    @Test
    void nothing_in_an_answer_or_a_name_moves_the_cursor_or_colours_the_screen() {
        terminal.print("a\u001b[31mb\u0007c\u009b2Jd\u007fe\rf\tg\nh", "p-1", "x\u001b]0;y\u0007\u009bz\n---", false);

        assertThat(shown()).isEqualTo("--- x]0;yz---\na[31mbc2Jdef\tg\nh");
    }
}
