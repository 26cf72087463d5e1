package io.clauderoutes.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameLogTest {

    private final FrameLog log = new FrameLog();

    private void add(String... frames) {
        for (String frame : frames) {
            log.add(frame.getBytes(UTF_8));
        }
    }

    private static String delta(String text) {
        return "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text
                + "\"}}";
    }

    private static List<String> rest(FrameLog.Reader reader) {
        List<String> frames = new ArrayList<>();
        while (reader.hasNext()) {
            frames.add(new String(reader.next(), UTF_8));
        }
        return frames;
    }

    @Test
    void frames_are_read_as_they_were_added() {
        String[] frames = {
            "{\"type\":\"message_start\"}",
            delta("How"),
            delta("How"),
            delta(""),
            delta("H"),
            "",
            delta("ö"),
            "{}",
            "{}}",
            "{"
        };

        add(frames);

        assertThat(rest(log.reader())).containsExactly(frames);
        assertThat(rest(log.reader())).containsExactly(frames);
    }

    @Test
    void a_reader_gets_what_is_added_while_it_reads() {
        FrameLog.Reader reader = log.reader();
        add(delta("How "), delta("deep "));

        assertThat(rest(reader)).containsExactly(delta("How "), delta("deep "));
        add(delta("is it?"));
        assertThat(rest(reader)).containsExactly(delta("is it?"));
        assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void a_delta_takes_little_more_room_than_its_text() {
        add(delta("How "));
        int before = log.size();

        add(delta("deep is it?"));

        assertThat(log.size() - before).isLessThanOrEqualTo("deep is it?".length() + 3);
    }

    @Test
    void a_log_that_is_complete_reads_the_same() {
        add(delta("How "), delta("deep"));

        log.trim();

        assertThat(rest(log.reader())).containsExactly(delta("How "), delta("deep"));
    }

    @Test
    void frames_of_any_bytes_and_length_come_back() {
        Random random = new Random(7);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            byte[] frame = new byte[random.nextInt(i % 50 == 0 ? 100_000 : 20)];
            for (int k = 0; k < frame.length; k++) {
                frame[k] = (byte) random.nextInt(3);
            }
            frames.add(frame);
            log.add(frame);
        }

        FrameLog.Reader reader = log.reader();

        assertThat(frames).allSatisfy(frame -> assertThat(reader.next()).isEqualTo(frame));
        assertThat(reader.hasNext()).isFalse();
    }
}
