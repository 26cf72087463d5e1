package io.clauderoutes.prediction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredictorFileTest {

    private static final PromptFacts FACTS = new PromptFacts(
            "secret-tenant", "model", new PromptFacts.Input("Is the moon made of cheese?", 27, 7), 1000, false, 0);

    @TempDir
    private Path data;

    private static ReplyPredictor trained() {
        ReplyPredictor predictor = new ReplyPredictor();
        for (int i = 0; i < 250; i++) {
            predictor.learn(
                    FACTS, new Observation(20 + i % 5, Duration.ofMillis(700), Optional.of(Duration.ofMillis(300))));
        }
        return predictor;
    }

    @Test
    void what_was_learned_survives_a_restart() {
        ReplyPredictor before = trained();
        new PredictorFile(data).save(before);

        ReplyPredictor after = new PredictorFile(data).load();

        assertThat(after.samples()).isEqualTo(250);
        assertThat(after.predict(FACTS)).isEqualTo(before.predict(FACTS));
    }

    @Test
    void the_file_holds_no_text() throws IOException {
        new PredictorFile(data).save(trained());

        String bytes = Files.readString(data.resolve(PredictorFile.NAME), StandardCharsets.ISO_8859_1);

        assertThat(bytes).doesNotContain("moon").doesNotContain("secret-tenant");
        assertThat(data.toFile().list()).containsExactly(PredictorFile.NAME);
    }

    @Test
    void nothing_is_written_before_something_was_learned() {
        new PredictorFile(data).save(new ReplyPredictor());

        assertThat(data).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 500, 5_000})
    void a_damaged_file_is_a_fresh_start(int at) throws IOException {
        new PredictorFile(data).save(trained());
        Path file = data.resolve(PredictorFile.NAME);
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);

        ReplyPredictor after = new PredictorFile(data).load();

        assertThat(after.samples()).isZero();
        assertThat(after.predict(FACTS)).isEqualTo(new ReplyPredictor().predict(FACTS));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 12, 100, 9_000})
    void a_file_that_was_cut_off_is_a_fresh_start(int length) throws IOException {
        new PredictorFile(data).save(trained());
        Path file = data.resolve(PredictorFile.NAME);
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), length));

        assertThat(new PredictorFile(data).load().samples()).isZero();
    }
}
