package io.clauderoutes.prediction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyPredictorTest {

    private final ReplyPredictor predictor = new ReplyPredictor();

    private static PromptFacts facts(String text) {
        return facts("tenant", "model", text, 4096);
    }

    private static PromptFacts facts(String tenant, String model, String text, long maxTokens) {
        return new PromptFacts(
                tenant, model, new PromptFacts.Input(text, text.length(), text.length() / 4 + 1), maxTokens, false, 0);
    }

    private static Observation reply(long tokens) {
        return reply(tokens, Duration.ofMillis(500), Duration.ofMillis(500 + 10 * tokens));
    }

    private static Observation reply(long tokens, Duration firstToken, Duration duration) {
        return new Observation(tokens, duration, Optional.of(firstToken));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Is this sentence offensive? Answer yes or no. | Write an essay about the history of Graz.
                    Classify the tweet as news or event. | Write a detailed tutorial about Docker with code examples.
                    What is the capital of France? | Explain the differences between TCP and UDP and the advantages of each.
                    Correct the spelling: 'helo' | Develop a C++ program that reads a file and counts its words.
                    Summarize the text in 20 words | Write a 1500 word article about bees.""")
    void a_new_installation_ranks_replies_by_the_cues_of_their_prompts(String shorter, String longer) {
        assertThat(predictor.predict(facts(shorter)).tokens())
                .isLessThan(predictor.predict(facts(longer)).tokens());
    }

    @Test
    void a_number_of_words_is_taken_at_its_word() {
        assertThat(predictor
                        .predict(facts("Write an essay of 2000 words about bees"))
                        .tokens())
                .isBetween(1200L, 4000L);
        assertThat(predictor
                        .predict(facts("Which of these is a bird? One word."))
                        .tokens())
                .isLessThan(60);
    }

    @Test
    void no_reply_is_expected_to_exceed_max_tokens() {
        Prediction prediction = predictor.predict(facts("tenant", "model", "Write an essay of 5000 words", 100));

        assertThat(prediction.tokens()).isEqualTo(100);
        assertThat(prediction.mostTokens()).isEqualTo(100);
    }

    @Test
    void nine_of_ten_replies_are_below_the_greater_figures() {
        Prediction prediction = predictor.predict(facts("Explain how a bicycle works"));

        assertThat(prediction.mostTokens()).isGreaterThan(prediction.tokens());
        assertThat(prediction.longestDuration()).isGreaterThan(prediction.duration());
        assertThat(prediction.firstToken().longest())
                .isGreaterThanOrEqualTo(prediction.firstToken().median());
    }

    @Test
    void the_packaged_weights_decide_until_enough_replies_have_ended() {
        for (int i = 1; i < ReplyPredictor.ENOUGH; i++) {
            predictor.learn(facts("What is " + i + "?"), reply(50));
        }
        assertThat(predictor.predict(facts("What is it?")).learned()).isFalse();

        predictor.learn(facts("What is this?"), reply(50));

        assertThat(predictor.predict(facts("What is it?")).learned()).isTrue();
    }

    @Nested
    class When_replies_have_ended {

        @Test
        void the_history_of_a_template_counts_from_its_first_replies() {
            for (int i = 0; i < 12; i++) {
                predictor.learn(facts("Grade the answer of student " + i), reply(5));
                predictor.learn(facts("Tell what happened in year " + i), reply(900));
            }

            assertThat(predictor
                            .predict(facts("Grade the answer of student 99"))
                            .tokens())
                    .isLessThan(20);
            assertThat(predictor.predict(facts("Tell what happened in year 99")).tokens())
                    .isGreaterThan(400);
        }

        @Test
        void tenants_and_models_have_histories_of_their_own() {
            for (int i = 0; i < 30; i++) {
                predictor.learn(facts("terse", "model", "Question " + i + " of many", 0), reply(10));
                predictor.learn(facts("wordy", "model", "Question " + i + " of many", 0), reply(1000));
            }

            assertThat(predictor
                            .predict(facts("terse", "model", "Another matter", 0))
                            .tokens())
                    .isLessThan(predictor
                                    .predict(facts("wordy", "model", "Another matter", 0))
                                    .tokens()
                            / 5);
        }

        @Test
        void times_are_those_of_the_model() {
            for (int i = 0; i < 40; i++) {
                predictor.learn(
                        facts("t", "fast", "Question " + i, 0),
                        reply(101, Duration.ofMillis(100), Duration.ofMillis(300)));
                predictor.learn(
                        facts("t", "slow", "Question " + i, 0),
                        reply(101, Duration.ofSeconds(2), Duration.ofSeconds(12)));
            }

            Prediction fast = predictor.predict(facts("t", "fast", "Question 99", 0));
            Prediction slow = predictor.predict(facts("t", "slow", "Question 99", 0));

            assertThat(fast.duration()).isBetween(Duration.ofMillis(200), Duration.ofMillis(500));
            assertThat(slow.duration()).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(16));
            assertThat(fast.firstToken().longest()).isBetween(Duration.ofMillis(90), Duration.ofMillis(120));
            assertThat(fast.firstToken().replies()).isEqualTo(40);
        }

        @Test
        void ninety_percent_of_replies_are_below_the_ninetieth_percentile() {
            Random random = new Random(7);
            int below = 0;
            for (int i = 0; i < 3000; i++) {
                PromptFacts facts = facts("t", "model", "Question about " + (i % 7) + " things", 0);
                long tokens = Math.max(1, Math.round(200 * Math.exp(random.nextGaussian() * 0.8)));
                if (i >= 1000 && tokens <= predictor.predict(facts).mostTokens()) {
                    below++;
                }
                predictor.learn(facts, reply(tokens));
            }

            assertThat(below / 2000.0).isBetween(0.86, 0.94);
        }

        @Test
        void the_same_replies_give_the_same_predictions() {
            ReplyPredictor other = new ReplyPredictor();
            Random random = new Random(3);
            for (int i = 0; i < 300; i++) {
                PromptFacts facts = facts("Word " + random.nextInt(50) + " and " + i);
                Observation reply = reply(1 + random.nextInt(500));
                predictor.learn(facts, reply);
                other.learn(facts, reply);
            }

            assertThat(other.predict(facts("Word 7"))).isEqualTo(predictor.predict(facts("Word 7")));
        }

        @Test
        void many_tenants_take_bounded_memory() {
            for (int i = 0; i < 20_000; i++) {
                predictor.learn(facts("tenant" + i, "model" + i, "Question", 0), reply(10));
            }

            assertThat(predictor.bytes()).isLessThan(400_000);
        }

        @Test
        void extreme_replies_and_texts_leave_predictions_finite() {
            Random random = new Random(5);
            for (int i = 0; i < 5_000; i++) {
                String text = random.ints(random.nextInt(40), 0, 0x3000)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
                predictor.learn(
                        facts(text),
                        reply(
                                random.nextBoolean() ? 0 : random.nextLong(Integer.MAX_VALUE),
                                Duration.ofNanos(random.nextLong(1_000_000_000_000L)),
                                Duration.ofNanos(random.nextLong(1_000_000_000_000L))));
            }

            Prediction prediction = predictor.predict(facts("What is it?"));

            assertThat(prediction.tokens()).isBetween(1L, 4096L);
            assertThat(prediction.duration()).isPositive();
        }
    }
}
