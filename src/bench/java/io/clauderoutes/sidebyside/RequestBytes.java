package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Map;

/** A request as it goes over the wire, made once; only the number in its prompt changes from call to call. */
final class RequestBytes {

    private static final String NUMBER = "000000000000";
    private static final int TEN = 10;

    private final ByteBuffer buffer;
    private final int numberAt;

    /**
     * Prepares a call to {@code /v1/messages}.
     *
     * @param headers of this contender, besides those that every Claude client sends
     * @param wish how the upstream is to answer
     */
    RequestBytes(int port, Map<String, String> headers, boolean stream, String wish) {
        String body = "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":1024,\"stream\":" + stream
                + ",\"system\":\"You are a patient guide in a museum of the sea. Answer in plain words, in one paragraph,"
                + " and say so when you do not know.\",\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"How deep is the sea at buoy " + NUMBER + ", and what lives down there?" + wish + "\"}]}";
        StringBuilder head = new StringBuilder("POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:")
                .append(port)
                .append("\r\naccept: application/json\r\ncontent-type: application/json\r\n"
                        + "x-api-key: sk-ant-benchmark\r\nanthropic-version: 2023-06-01\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("content-length: ").append(body.length()).append("\r\n\r\n");
        String request = head + body;
        this.numberAt = request.indexOf(NUMBER);
        this.buffer = ByteBuffer.wrap(request.getBytes(US_ASCII));
    }

    /** The bytes of call number so and so, ready to be written. Valid until the next call of this method. */
    ByteBuffer numbered(long number) {
        byte[] bytes = buffer.array();
        long rest = number;
        for (int i = numberAt + NUMBER.length() - 1; i >= numberAt; i--) {
            bytes[i] = (byte) ('0' + rest % TEN);
            rest /= TEN;
        }
        return buffer.clear();
    }
}
