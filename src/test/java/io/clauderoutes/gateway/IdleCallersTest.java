package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A caller holds a connection for as long as something comes of it. */
class IdleCallersTest {

    private static final int PATIENCE_MILLIS = 60_000;
    private static final String HEAD =
            " HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ";
    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";
    private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.gateway.read-timeout", "1s")
            .with("claude.gateway.idle-timeout", "1s")
            .withHttpDoor();

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    /** All that comes until the door closes the connection. */
    private String untilTheEnd(String sent) throws IOException {
        URI door = bundle.door();
        try (Socket socket = new Socket(door.getHost(), door.getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(sent.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "POST /v1/mess", "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-"})
    void a_connection_over_which_no_head_of_a_request_comes_is_closed(String begun) throws IOException {
        assertThat(untilTheEnd(begun)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /v1/messages", "GET /api/hello"})
    void a_request_that_does_not_come_to_its_end_is_given_up_in_the_apis_shape(String begun) throws IOException {
        try (CapturedLog routers = new CapturedLog("io.vertx.ext.web.RoutingContext", Level.WARN)) {
            String response = untilTheEnd(begun + HEAD + "100\r\n\r\n{");

            assertThat(response)
                    .startsWith("HTTP/1.1 408")
                    .contains("\"type\":\"timeout_error\"", "claude.gateway.read-timeout");
            // Served by the same thread, so it is answered after the end of the other.
            untilTheEnd("GET /api/hello HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
            assertThat(routers.lines()).as("told as an error of ours").isEmpty();
        }
    }

    @Test
    void a_connection_that_nobody_uses_is_closed_and_one_with_a_stream_is_not() throws Exception {
        bundle.with("claude.gateway.read-timeout", "1m");
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());
        HttpRequest asks = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .POST(BodyPublishers.ofString(STREAMED))
                .build();
        CompletableFuture<HttpResponse<String>> streamed =
                HttpClient.newHttpClient().sendAsync(asks, BodyHandlers.ofString());
        Bundle.until(() -> claude.requests().size() == 1);
        claude.next(message("Wide."));

        String answered = untilTheEnd("POST /v1/messages" + HEAD + WHOLE.length() + "\r\n\r\n" + WHOLE);
        released.countDown();

        assertThat(answered).startsWith("HTTP/1.1 200").contains("Wide.");
        assertThat(streamed.get(60, TimeUnit.SECONDS).body()).contains("message_stop");
    }
}
