package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers of {@link Upstream}, made once: the shape of the Messages API, about 800 characters of text, as one JSON
 * document or as a stream of 50 deltas.
 */
final class FixedReplies {

    static final int DELTAS = 50;

    private static final List<String> WORDS = List.of(
            "The water here is ",
            "deeper than most ",
            "maps will tell. ",
            "Below the light, ",
            "slow fishes wait ",
            "for what falls: ",
            "snow of the sea, ",
            "a grain at once. ");

    private final ByteBuffer whole;
    private final List<ByteBuffer> events;
    private final ByteBuffer burst;

    FixedReplies() {
        this.whole = direct(wholeReply());
        List<String> sent = new ArrayList<>();
        List<String> stream = stream();
        for (int i = 0; i < stream.size(); i++) {
            String bytes = chunk(stream.get(i));
            if (i == 0) {
                bytes =
                        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
                                + "request-id: req_011CSideBySide\r\ntransfer-encoding: chunked\r\n\r\n" + bytes;
            }
            if (i == stream.size() - 1) {
                bytes += "0\r\n\r\n";
            }
            sent.add(bytes);
        }
        this.events = sent.stream().map(FixedReplies::direct).toList();
        this.burst = direct(String.join("", sent));
    }

    /** Response to a call that does not stream. */
    ByteBuffer whole() {
        return whole.duplicate();
    }

    /** Response to a call that streams, in one piece. */
    ByteBuffer burst() {
        return burst.duplicate();
    }

    /** How many writes {@link #event} has. */
    int events() {
        return events.size();
    }

    /** Response to a call that streams, event by event; the first brings the head, the last the end of the body. */
    ByteBuffer event(int index) {
        return events.get(index).duplicate();
    }

    private static String words(int delta) {
        return WORDS.get(delta % WORDS.size());
    }

    private static String wholeReply() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < DELTAS; i++) {
            text.append(words(i));
        }
        String body = "{\"id\":\"msg_011CSideBySide\",\"type\":\"message\",\"role\":\"assistant\","
                + "\"model\":\"claude-sonnet-5-5\",\"content\":[{\"type\":\"text\",\"text\":\"" + text
                + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":62,"
                + "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":203,"
                + "\"service_tier\":\"standard\"}}";
        return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_011CSideBySide\r\ncontent-length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private static List<String> stream() {
        List<String> stream = new ArrayList<>();
        stream.add(event(
                "message_start",
                ",\"message\":{\"id\":\"msg_011CSideBySide\",\"type\":\"message\",\"role\":\"assistant\","
                        + "\"model\":\"claude-sonnet-5-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
                        + "\"usage\":{\"input_tokens\":62,\"cache_creation_input_tokens\":0,"
                        + "\"cache_read_input_tokens\":0,\"output_tokens\":1,\"service_tier\":\"standard\"}}"));
        stream.add(event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
        for (int i = 0; i < DELTAS; i++) {
            stream.add(event(
                    "content_block_delta",
                    ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + words(i) + "\"}"));
        }
        stream.add(event("content_block_stop", ",\"index\":0"));
        stream.add(event(
                "message_delta",
                ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":203}"));
        stream.add(event("message_stop", ""));
        return stream;
    }

    private static String event(String name, String fields) {
        return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + fields + "}\n\n";
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
