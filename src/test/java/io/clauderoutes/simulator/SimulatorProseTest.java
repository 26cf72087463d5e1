package io.clauderoutes.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SimulatorProseTest {

    @Test
    void it_speaks_of_what_was_asked() {
        String text = Prose.answer("Explain photosynthesis to a gardener", 1);

        assertThat(text).containsAnyOf("photosynthesis", "gardener").endsWith(".");
    }

    @Test
    void it_keeps_to_what_it_was_told_to_say_even_after_unusual_letters() {
        assertThat(Prose.answer("İİİ say EXACTLY: Pong", 1)).isEqualTo("Pong");
    }

    @Test
    void a_longer_prompt_has_a_longer_answer() {
        String brief = Prose.answer("Explain rivers", 1);

        String lengthy = Prose.answer("Explain rivers. ".repeat(200), 1);

        assertThat(lengthy.length()).isGreaterThan(2 * brief.length());
        assertThat(lengthy).contains("\n\n");
    }

    @Test
    void as_many_words_are_written_as_were_asked_for() {
        String text = Prose.answer("Write about 500 words on rivers", 1);

        assertThat(text.split("\\s+").length).isBetween(400, 650);
    }

    @Test
    void paragraphs_can_be_asked_for() {
        assertThat(Prose.answer("Write 4 paragraphs on rivers", 1).split("\n\n"))
                .hasSize(4);
    }

    @Test
    void no_private_data_comes_without_being_asked_for() {
        String all = Stream.of("rivers", "mountains", "letters and cards", "numbers")
                .map(prompt -> Prose.answer("Write 500 words on " + prompt, 1))
                .collect(Collectors.joining());

        assertThat(all).doesNotContainPattern("[0-9]{3}");
    }

    @Test
    void an_empty_prompt_has_an_answer_too() {
        assertThat(Prose.answer("", 1)).isNotBlank();
    }

    @RepeatedTest(20)
    void card_numbers_pass_their_check(RepetitionInfo repetition) {
        String card = PrivateData.card(new SplittableRandom(repetition.getCurrentRepetition()), '-');

        String digits = card.replace("-", "");
        int sum = 0;
        for (int i = 0; i < 16; i++) {
            int digit = digits.charAt(15 - i) - '0';
            sum += i % 2 == 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        assertThat(card).matches("\\d{4}-\\d{4}-\\d{4}-\\d{4}");
        assertThat(sum % 10).isZero();
    }

    @RepeatedTest(20)
    void account_numbers_pass_their_check(RepetitionInfo repetition) {
        String iban = PrivateData.iban(new SplittableRandom(repetition.getCurrentRepetition()));

        String compact = iban.replace(" ", "");
        BigInteger number = new BigInteger(compact.substring(4) + "1314" + compact.substring(2, 4));
        assertThat(compact).hasSize(22);
        assertThat(number.mod(BigInteger.valueOf(97))).isEqualTo(BigInteger.ONE);
    }

    @RepeatedTest(20)
    void social_security_numbers_are_of_areas_that_exist(RepetitionInfo repetition) {
        String number = PrivateData.socialSecurityNumber(new SplittableRandom(repetition.getCurrentRepetition()));

        assertThat(number).matches("\\d{3}-\\d{2}-\\d{4}");
        assertThat(Set.of("000", "666")).doesNotContain(number.substring(0, 3));
        assertThat(number.charAt(0)).isNotEqualTo('9');
    }
}
