package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise of the stream: what comes out does not depend on how the text was cut, and nothing slips out early. */
class RedactStreamTest {

    private static final RedactionPolicy ALL = new RedactionPolicy(RedactionSettings.all());
    private static final RedactionPolicy WITH_USERS = new RedactionPolicy(RedactionSettings.all()
            .with(new PatternSettings("customer", "CUST-[0-9]{4,12}\\b", "[CUSTOMER]", 20))
            .with(new PatternSettings("project", "(?i)project\\s+[a-z]+", "[PROJECT]", 40))
            .with(new PatternSettings("run", "z{3,}", "[Z]", 8)));

    private static final int TEXTS = 300;

    static Stream<RedactionPolicy> policies() {
        return Stream.of(ALL, WITH_USERS);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void one_character_at_a_time_gives_what_the_whole_text_gives(RedactionPolicy policy) {
        for (String text : texts(1)) {
            String whole = policy.redactor().redact(text);

            assertThat(streamed(policy, text, cuts(text, 1))).as(text).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void every_single_cut_gives_what_the_whole_text_gives(RedactionPolicy policy) {
        for (String text : texts(2).subList(0, TEXTS / 10)) {
            String whole = policy.redactor().redact(text);

            for (int cut = 0; cut <= text.length(); cut++) {
                assertThat(streamed(policy, text, List.of(cut)))
                        .as("%s at %s", text, cut)
                        .isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void random_cuts_give_what_the_whole_text_gives(RedactionPolicy policy) {
        Random random = new Random(3);
        for (String text : texts(3)) {
            String whole = policy.redactor().redact(text);

            assertThat(streamed(policy, text, randomCuts(text, random)))
                    .as(text)
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void strings_in_and_out_give_the_same(RedactionPolicy policy) {
        Random random = new Random(4);
        for (String text : texts(4)) {
            String whole = policy.redactor().redact(text);
            TextRedactor redactor = policy.redactor();
            StringBuilder out = new StringBuilder();

            for (String delta : pieces(text, randomCuts(text, random))) {
                out.append(redactor.append(delta));
            }
            redactor.flush(out);

            assertThat(out.toString()).as(text).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void what_has_come_out_is_never_taken_back(RedactionPolicy policy) {
        for (String text : texts(5)) {
            String whole = policy.redactor().redact(text);
            TextRedactor redactor = policy.redactor();
            StringBuilder out = new StringBuilder();

            for (String delta : pieces(text, cuts(text, 1))) {
                redactor.append(delta, out);

                assertThat(whole).startsWith(out.toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void no_beginning_of_a_secret_ever_leaves(String secret) {
        String beginning = secret.substring(0, 4);
        for (int size = 1; size <= secret.length(); size++) {
            TextRedactor redactor = ALL.redactor();
            StringBuilder out = new StringBuilder();

            for (String delta : pieces("so: " + secret + " end.", cuts("so: " + secret + " end.", size))) {
                redactor.append(delta, out);
                assertThat(out.toString()).as("pieces of %s", size).doesNotContain(beginning);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void no_more_is_held_back_than_promised(RedactionPolicy policy) {
        List<String> texts = new ArrayList<>(texts(6));
        hostile(4000).forEach(texts::add);
        for (String text : texts) {
            TextRedactor redactor = policy.redactor();
            StringBuilder out = new StringBuilder();

            for (String delta : pieces(text, cuts(text, 1))) {
                redactor.append(delta, out);
                out.setLength(0);

                assertThat(redactor.held()).isLessThanOrEqualTo(policy.longestHold());
            }
        }
    }

    @Test
    void prose_is_held_back_by_a_word_at_most() {
        String text = "The quick brown fox jumps over the lazy dog, and nobody minds at all. ".repeat(20);
        TextRedactor redactor = ALL.redactor();
        StringBuilder out = new StringBuilder();
        int most = 0;

        for (String delta : pieces(text, cuts(text, 1))) {
            redactor.append(delta, out);
            most = Math.max(most, redactor.held());
        }

        assertThat(most).isEqualTo("nobody".length());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void a_pair_of_surrogates_is_never_cut(RedactionPolicy policy) {
        for (String text : texts(7)) {
            TextRedactor redactor = policy.redactor();

            for (String delta : pieces(text.replace("\ud83d ", "").replace("\udc00 ", ""), cuts(text, 1))) {
                StringBuilder out = new StringBuilder();
                redactor.append(delta, out);

                assertThat(out.length() > 0 && Character.isHighSurrogate(out.charAt(out.length() - 1)))
                        .isFalse();
            }
        }
    }

    @Test
    void a_redactor_is_as_new_after_the_end_of_a_text() {
        TextRedactor redactor = ALL.redactor();

        redactor.redact("half a card 4111 1111");

        assertThat(redactor.redact("1111 1111")).isEqualTo("1111 1111");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void one_redactor_does_for_any_number_of_texts(RedactionPolicy policy) {
        TextRedactor redactor = policy.redactor();
        for (String text : texts(8)) {
            String alone = policy.redactor().redact(text);

            assertThat(redactor.redact(text)).as(text).isEqualTo(alone);
        }
    }

    @Test
    void a_text_in_which_nothing_is_replaced_is_the_same_string_however_long() {
        for (String text : List.of("", "deep", "Very deep. ".repeat(100), "Very deep. ".repeat(1000))) {
            assertThat(ALL.redactor().redact(text)).isSameAs(text);
        }
    }

    @Nested
    class When_a_piece_needs_no_change {

        @Test
        void the_same_string_comes_back() {
            String delta = "Nothing to see here, friend. ";

            assertThat(ALL.redactor().append(delta)).isSameAs(delta);
        }

        @Test
        void the_same_whole_text_comes_back() {
            String whole = "Nothing to see here, friend";

            assertThat(ALL.redactor().redact(whole)).isSameAs(whole);
        }

        @Test
        void a_piece_after_a_key_is_still_taken_in() {
            TextRedactor redactor = ALL.redactor();
            redactor.append("ghp_" + "a".repeat(40));

            assertThat(redactor.append("aaaa ")).isEqualTo(" ");
        }
    }

    @Nested
    class When_the_text_is_hostile {

        @ParameterizedTest
        @ValueSource(ints = {1, 16})
        void twice_the_text_is_at_most_about_twice_the_work(int size) {
            List<String> longer = hostile(16_000).toList();
            List<String> shorter = hostile(8_000).toList();

            for (int i = 0; i < longer.size(); i++) {
                assertThat(steps(longer.get(i), size))
                        .as(longer.get(i).substring(0, 40))
                        .isLessThanOrEqualTo(steps(shorter.get(i), size) * 22 / 10);
            }
        }

        @Test
        void no_character_is_looked_at_many_times() {
            hostile(8_000).forEach(text -> assertThat(steps(text, 1))
                    .as(text.substring(0, 40))
                    .isLessThanOrEqualTo(30L * text.length()));
        }

        private long steps(String text, int size) {
            TextRedactor redactor = ALL.redactor();
            StringBuilder out = new StringBuilder();
            for (String delta : pieces(text, cuts(text, size))) {
                redactor.append(delta, out);
            }
            redactor.flush(out);
            return redactor.steps();
        }
    }

    static Stream<String> secrets() {
        return Stream.of(
                "4111-1111-1111-1111",
                "4111111111111111",
                "371449635398431",
                "123-45-6789",
                "DE89 3704 0044 0532 0130 00",
                "jane.doe+news@example.co.uk",
                "+44 20 7946 0958",
                "(415) 555-0132",
                "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789",
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
                "xoxb-781236542736-2364535789652-GkwFDQoHqzXDVsC6GzqYUypD",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
                "Bearer abcdefghijklmnop0123456789",
                "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSj\n-----END PRIVATE KEY-----");
    }

    private static Stream<String> hostile(int length) {
        return Stream.of(
                        "1",
                        "1111 ",
                        "1111-",
                        "1111 1111 1111 111 ",
                        "1.",
                        "1.1e",
                        "a1",
                        "4111  ",
                        "4111&nbsp;",
                        "4111**",
                        "ab:",
                        "47223179-9330-4259-b66c-",
                        "a.",
                        "a",
                        "a-",
                        "ab@",
                        "ab@cd.",
                        "a@b.c",
                        "@",
                        "é",
                        "\u200b",
                        "4\u200b",
                        "eyJ",
                        "eyJ-",
                        "eyJhbGciOi.",
                        "sk-",
                        "sk-ant-api03-",
                        "sk-ant-",
                        "ghp_",
                        "DE89 ",
                        "AL47AL47",
                        "+1 ",
                        "+1",
                        "(415) ",
                        "0123 456 ",
                        "-----BEGIN PRIVATE KEY-----",
                        "-----BEGIN ",
                        "bearer ",
                        "Bearer a.",
                        "\\n",
                        "\ud835\udfcf",
                        "\ud83d")
                .map(part -> part.repeat(length / part.length() + 1).substring(0, length));
    }

    static List<String> texts(int seed) {
        Random random = new Random(seed);
        List<String> parts = new ArrayList<>(secrets().toList());
        parts.addAll(List.of(
                "hello",
                "The",
                "fox ",
                "card",
                " ",
                " ",
                " ",
                ".",
                ",",
                "-",
                "-",
                "\n",
                "\\n",
                "@",
                "1",
                "12",
                "1111",
                "4111",
                "1111 1111",
                "2024-01-02",
                "10:30",
                "192.168.1.1",
                "0.123456789",
                "deadbeef4111111111111111",
                "47223179-9330-4259-b66c-f2db26efb20c",
                "4111 - 1111 - 1111 - 1111",
                "4111&nbsp;1111&nbsp;1111&nbsp;1111",
                "card4111111111111111",
                "**4111** **1111**",
                "a.b.c",
                "DE89",
                "DE89 3704",
                "sk-ant-",
                "sk-ant-api03-",
                "eyJ",
                "ghp_",
                "-----BEGIN ",
                "Bearer ",
                "+1 ",
                "0",
                "00",
                "(",
                ")",
                "_",
                "x",
                "n",
                "example.com",
                "jane@",
                "@example",
                "CUST-",
                "CUST-1234",
                "CUST-123456789012345",
                "project ",
                "Project\n\nX",
                "zz",
                "zzzzzzzzz",
                "é",
                "ж",
                "привет",
                "日本語",
                "\u200b",
                "\u00ad",
                "\u0301",
                "\ufe0f",
                "１１１１",
                "４１１１",
                "\u2011",
                "\u00a0",
                "\ud83d\ude00",
                "\ud835\udfcf",
                "\ud83d ",
                "\udc00 ",
                "078-05-1120",
                "666-12-3456",
                "12345",
                "a".repeat(70),
                "1".repeat(30),
                "AB12CD34"));
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(30);
            for (int j = 0; j < length; j++) {
                text.append(parts.get(random.nextInt(parts.size())));
                if (random.nextInt(3) == 0) {
                    text.append(' ');
                }
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static List<Integer> cuts(String text, int size) {
        List<Integer> cuts = new ArrayList<>();
        for (int cut = size; cut < text.length(); cut += size) {
            cuts.add(cut);
        }
        return cuts;
    }

    static List<Integer> randomCuts(String text, Random random) {
        List<Integer> cuts = new ArrayList<>();
        for (int cut = 1 + random.nextInt(40); cut < text.length(); cut += 1 + random.nextInt(40)) {
            cuts.add(cut);
        }
        return cuts;
    }

    static List<String> pieces(String text, List<Integer> cuts) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int cut : cuts) {
            if (cut <= text.length()) {
                pieces.add(text.substring(from, cut));
                from = cut;
            }
        }
        pieces.add(text.substring(from));
        return pieces;
    }

    private static String streamed(RedactionPolicy policy, String text, List<Integer> cuts) {
        TextRedactor redactor = policy.redactor();
        StringBuilder out = new StringBuilder();
        for (String delta : pieces(text, cuts)) {
            redactor.append(delta, out);
        }
        redactor.flush(out);
        return out.toString();
    }
}
