package io.clauderoutes.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GraphemesTest {

    private static final List<String> PARTS = List.of(
            "a",
            "Z",
            " ",
            "\n",
            "\r\n",
            "\u0301",
            "e\u0301",
            "\ud83d\ude00",
            "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc66",
            "\ud83c\udde6\ud83c\uddf9",
            "\u6f22",
            "\u3042",
            "\ud55c",
            "\u1112\u1161\u11ab",
            "\ud83d\udc4d\ud83c\udffd",
            "\u200d",
            "\u0915\u094d\u0937",
            "\ud840\udc00",
            "5\ufe0f\u20e3");

    /** Random texts of all kinds of characters. */
    static String text(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
        }
        return text.toString();
    }

    private static boolean[] boundaries(String text) {
        boolean[] boundaries = new boolean[text.length() + 1];
        boundaries[0] = true;
        Matcher clusters = Pattern.compile("\\X").matcher(text);
        while (clusters.find()) {
            boundaries[clusters.end()] = true;
        }
        return boundaries;
    }

    @Test
    void no_cut_goes_through_a_character_as_a_reader_sees_it() {
        Random random = new Random(11);
        for (int i = 0; i < 100_000; i++) {
            String text = text(random, 1 + random.nextInt(9));
            boolean[] boundaries = boundaries(text);
            int wanted = 1 + random.nextInt(text.length());

            int cut = Graphemes.boundary(text, wanted);

            assertThat(cut).isBetween(wanted, text.length());
            assertThat(boundaries[cut]).as(() -> text + " at " + cut).isTrue();
            int last = Graphemes.lastStart(text);
            assertThat(last).isLessThan(text.length());
            assertThat(boundaries[last]).isTrue();
            for (int j = last + 1; j < text.length(); j++) {
                assertThat(boundaries[j]).isFalse();
            }
        }
    }
}
