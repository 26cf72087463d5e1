package io.clauderoutes.p99;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;

/**
 * Where the requests of a variant go.
 *
 * @param port on loopback
 * @param headers besides those of every Claude client
 */
record Way(int port, Map<String, String> headers) {

    /** A request for the reply to a question. */
    byte[] request(String question, boolean streamed) {
        String body = "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":20000,\"stream\":" + streamed
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + question + "\"}]}";
        StringBuilder head = new StringBuilder("POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:")
                .append(port)
                .append("\r\ncontent-type: application/json\r\nx-api-key: sk-ant-benchmark\r\n"
                        + "anthropic-version: 2023-06-01\r\ncontent-length: ")
                .append(body.length())
                .append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return (head + "\r\n" + body).getBytes(US_ASCII);
    }
}
