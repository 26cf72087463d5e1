package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs whenever the benchmark is compiled: figures of a reader that misreads are worth nothing. */
class HttpReaderTest {

    private final FixedReplies replies = new FixedReplies();
    private final EventScan events = new EventScan();
    private final StringBuilder body = new StringBuilder();
    private final HttpReader reader = new HttpReader((bytes, from, to) -> {
        events.scan(bytes, from, to);
        body.append(new String(bytes, from, to - from, US_ASCII));
    });

    @Test
    void a_stream_is_read_the_same_in_pieces_of_every_size() {
        byte[] response = bytes(replies.burst());

        for (int size = 1; size <= response.length; size++) {
            reader.reset();
            events.reset();
            for (int at = 0; at < response.length; at += size) {
                assertThat(reader.complete()).isFalse();
                reader.read(response, at, Math.min(response.length, at + size));
            }

            assertThat(List.of(reader.complete(), events.deltas(), events.stopped()))
                    .isEqualTo(List.of(true, FixedReplies.DELTAS, true));
        }
    }

    @Test
    void a_whole_reply_ends_after_its_length() {
        byte[] response = bytes(replies.whole());

        int end = reader.read(response, 0, response.length - 1);
        boolean early = reader.complete();
        reader.read(response, end, response.length);

        assertThat(early).isFalse();
        assertThat(reader.complete()).isTrue();
        assertThat(body).startsWith("{\"id\"").endsWith("}}");
    }

    @Test
    void events_that_are_written_one_by_one_are_those_of_the_burst() {
        StringBuilder oneByOne = new StringBuilder();
        for (int i = 0; i < replies.events(); i++) {
            oneByOne.append(new String(bytes(replies.event(i)), US_ASCII));
        }

        assertThat(oneByOne).hasToString(new String(bytes(replies.burst()), US_ASCII));
    }

    @Test
    void headers_are_known_in_any_case_and_close_is_noticed() {
        byte[] response = "HTTP/1.1 503 No\r\nContent-Length: 2\r\nCONNECTION: close\r\n\r\nab".getBytes(US_ASCII);

        reader.read(response, 0, response.length);

        assertThat(List.of(reader.complete(), reader.closing(), reader.startLine(), body.toString()))
                .isEqualTo(List.of(true, true, "HTTP/1.1 503 No", "ab"));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
