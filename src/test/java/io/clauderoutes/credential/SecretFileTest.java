package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {

    @TempDir
    private Path folder;

    private Path path;
    private final Deque<Runnable> meanwhile = new ArrayDeque<>();
    private long now;

    @BeforeEach
    void written() throws IOException {
        path = folder.resolve("key");
        Files.writeString(path, "first\n");
    }

    private SecretFile file() {
        return new SecretFile(
                "claude.credentials.main.key-file",
                path,
                text -> {
                    if (text.isEmpty() || text.contains(" ")) {
                        throw new IllegalArgumentException("that is no key");
                    }
                },
                pause -> {
                    if (!meanwhile.isEmpty()) {
                        meanwhile.pop().run();
                    }
                    return true;
                },
                () -> now);
    }

    private void write(String text) {
        try {
            Files.writeString(path, text);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void it_is_read_without_the_line_end() {
        assertThat(file().value()).isEqualTo("first");
    }

    @Test
    void a_new_content_counts_when_two_looks_have_found_it() {
        SecretFile file = file();
        write("second");

        assertThat(file.look()).isFalse();
        assertThat(file.value()).isEqualTo("first");
        assertThat(file.look()).isTrue();
        assertThat(file.value()).isEqualTo("second");
        assertThat(file.look()).isFalse();
    }

    @Test
    void a_content_that_is_being_written_does_not_count() throws IOException {
        SecretFile file = file();
        write("");
        file.look();
        Files.writeString(path, "sec", StandardOpenOption.APPEND);
        file.look();
        Files.writeString(path, "ond", StandardOpenOption.APPEND);

        file.look();

        assertThat(file.value()).isEqualTo("first");
        assertThat(file.look()).isTrue();
        assertThat(file.value()).isEqualTo("second");
    }

    @Test
    void what_makes_no_sense_does_not_count_however_long_it_stays() {
        SecretFile file = file();
        write("not a key");

        file.look();
        file.look();
        file.look();

        assertThat(file.value()).isEqualTo("first");
    }

    @Test
    void a_file_that_is_gone_for_a_while_changes_nothing() throws IOException {
        SecretFile file = file();
        Files.delete(path);
        file.look();
        file.look();
        assertThat(file.value()).isEqualTo("first");
        write("second");
        file.look();

        assertThat(file.look()).isTrue();
    }

    @Test
    void a_file_that_another_takes_the_place_of_is_followed() throws IOException {
        SecretFile file = file();
        Path other = Files.writeString(folder.resolve("other"), "second");
        Files.move(other, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        file.look();

        assertThat(file.look()).isTrue();
        assertThat(file.value()).isEqualTo("second");
    }

    @Test
    void after_a_refusal_a_new_content_is_found_at_once() {
        SecretFile file = file();
        write("second");

        assertThat(file.isOtherThan("first")).isTrue();
        assertThat(file.value()).isEqualTo("second");
    }

    @Test
    void after_a_refusal_a_content_that_is_being_written_is_waited_for() {
        SecretFile file = file();
        write("sec");
        meanwhile.add(() -> write("second"));

        assertThat(file.isOtherThan("first")).isTrue();
        assertThat(file.value()).isEqualTo("second");
    }

    @Test
    void a_refused_content_that_stays_is_not_read_again_for_each_call() {
        SecretFile file = file();
        assertThat(file.isOtherThan("first")).isFalse();
        write("second");

        assertThat(file.isOtherThan("first")).as("within a second").isFalse();
        now += 1_000_000_000L;
        assertThat(file.isOtherThan("first")).isTrue();
    }

    @Test
    void a_file_that_is_not_there_at_the_start_is_told_with_its_setting() {
        path = folder.resolve("nothing");

        assertThatThrownBy(this::file)
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("claude.credentials.main.key-file=" + path + ": there is no such file");
    }

    @Test
    void a_file_with_something_else_is_told_without_it() {
        write("not a key");

        assertThatThrownBy(this::file)
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("that is no key")
                .hasMessageNotContaining("not a key");
    }

    @Test
    void a_file_that_is_too_long_is_no_secret() {
        write("x".repeat(SecretFile.LONGEST + 1));

        assertThatThrownBy(this::file).isInstanceOf(SettingsException.class).hasMessageContaining("cannot be read");
    }

    @Test
    void it_does_not_tell_its_content() {
        assertThat(file().toString()).contains("key-file").doesNotContain("first");
    }
}
