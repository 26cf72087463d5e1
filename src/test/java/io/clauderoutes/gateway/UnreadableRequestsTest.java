package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the HTTP server cannot read is refused in the API's shape, and nothing of it reaches a route. */
class UnreadableRequestsTest {

    private static final String LONG = "x".repeat(100_000);
    private static final String BODY = """
            {"model":"claude-sonnet-5-5","max_tokens":9,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final int PATIENCE_MILLIS = 30_000;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).withHttpDoor();

    /** Sends it, and reads until the server closes the connection. */
    private String sent(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), bundle.door().getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }

    private void assertRefused(String answer, int status, String reason) throws IOException {
        assertThat(answer).matches("(?s)HTTP/1[.]\\d " + status + " .*").contains("content-type: application/json");
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        assertThat(new ObjectMapper().readTree(body).at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(body).contains("\"type\":\"error\"").contains(reason);
        assertThat(claude.requests()).isEmpty();
    }

    @Test
    void a_line_that_is_too_long() throws Exception {
        assertRefused(
                sent("POST /v1/messages?" + LONG + " HTTP/1.1\r\nhost: localhost\r\n\r\n"),
                414,
                "longer than 4096 bytes");
    }

    @Test
    void headers_that_are_too_long() throws Exception {
        assertRefused(
                sent("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: " + LONG + "\r\n\r\n"),
                431,
                "longer than 32768 bytes");
    }

    @Test
    void a_token_of_several_kilobytes_is_none_of_them() throws Exception {
        claude.next(message("Very deep."));
        String answer =
                sent("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer "
                        + "x".repeat(20_000) + "\r\ncontent-length: " + BODY.length() + "\r\n\r\n" + BODY);

        assertThat(answer).startsWith("HTTP/1.1 200 ").contains("Very deep.");
    }

    @Test
    void what_is_not_http() throws Exception {
        assertRefused(sent("\u0016\u0003\u0001 hello\r\n\r\n"), 400, "not one that HTTP allows");
    }
}
