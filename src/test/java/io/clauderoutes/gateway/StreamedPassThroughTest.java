package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files of any size, passed through while they come. */
@Timeout(120)
class StreamedPassThroughTest {

    private static final int LONG = 60_000_000;
    /** More than what the sockets, the gateway and its client hold of a body. */
    private static final long HELD = 30_000_000;

    private final AtomicReference<Handler> handler = new AtomicReference<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer endpoint;
    private Bundle bundle;

    /** What the endpoint does. */
    @FunctionalInterface
    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.setExecutor(threads);
        endpoint.createContext("/", exchange -> {
            try (exchange) {
                if (exchange.getRequestURI().getPath().equals("/v1/models")) {
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    handler.get().handle(exchange);
                }
            }
        });
        endpoint.start();
        bundle = Bundle.callingUrl("http://127.0.0.1:" + endpoint.getAddress().getPort())
                .with("claude.gateway.pass-through.enabled", "true")
                .withHttpDoor();
    }

    @AfterEach
    void stop() {
        bundle.close();
        endpoint.stop(0);
        threads.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + path)).header("x-api-key", "sk-mine");
    }

    @Test
    void an_upload_may_be_longer_than_what_the_gateway_holds() throws Exception {
        byte[] file = new byte[LONG];
        Arrays.fill(file, (byte) 'x');
        handler.set(exchange -> {
            long read = exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            byte[] said = ("{\"bytes\":" + read + "}").getBytes(UTF_8);
            exchange.getResponseHeaders().add("content-type", "application/json");
            exchange.sendResponseHeaders(200, said.length);
            exchange.getResponseBody().write(said);
        });

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        request("/v1/files")
                                .POST(BodyPublishers.ofByteArray(file))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo("{\"bytes\":" + LONG + "}");
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
    }

    @Test
    void an_upload_waits_for_an_endpoint_that_does_not_read() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        handler.set(exchange -> {
            await(reads);
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            exchange.sendResponseHeaders(204, -1);
        });
        Future<String> client = threads.submit(() -> uploaded(sent));

        assertThat(whenStalled(sent)).as("bytes that the client could send").isLessThan(HELD);
        reads.countDown();

        assertThat(client.get()).startsWith("HTTP/1.1 204");
        assertThat(sent).hasValue(LONG);
    }

    private String uploaded(AtomicLong sent) throws IOException {
        URI door = bundle.door();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/files HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: sk-mine\r\ncontent-length: " + LONG
                            + "\r\n\r\n")
                    .getBytes(UTF_8));
            byte[] part = new byte[100_000];
            for (int i = 0; i < LONG / part.length; i++) {
                out.write(part);
                sent.addAndGet(part.length);
            }
            byte[] response = new byte[100];
            int read = socket.getInputStream().read(response);
            return new String(response, 0, read, UTF_8);
        }
    }

    /** The count when it has not changed for a while. */
    private static long whenStalled(AtomicLong count) {
        AtomicLong last = new AtomicLong();
        AtomicLong since = new AtomicLong(System.nanoTime());
        Bundle.until(() -> {
            long now = count.get();
            if (now == 0 || now != last.getAndSet(now)) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > TimeUnit.MILLISECONDS.toNanos(500);
        });
        return last.get();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_download_waits_for_a_client_that_does_not_read() throws Exception {
        AtomicLong sent = new AtomicLong();
        handler.set(exchange -> {
            exchange.getResponseHeaders().add("content-type", "application/octet-stream");
            exchange.sendResponseHeaders(200, LONG);
            byte[] part = new byte[100_000];
            for (int i = 0; i < LONG / part.length; i++) {
                exchange.getResponseBody().write(part);
                sent.addAndGet(part.length);
            }
        });

        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(request("/v1/files/file_1/content").GET().build(), BodyHandlers.ofInputStream());

        assertThat(whenStalled(sent)).as("bytes that the endpoint could send").isLessThan(HELD);
        try (InputStream body = response.body()) {
            assertThat(body.transferTo(OutputStream.nullOutputStream())).isEqualTo(LONG);
        }
    }

    @Test
    void an_error_of_the_endpoint_is_the_response() throws Exception {
        handler.set(exchange -> {
            byte[] said =
                    "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"card 4111 1111 1111 1111\"}}"
                            .getBytes(UTF_8);
            exchange.getResponseHeaders().add("request-id", "req_9");
            exchange.sendResponseHeaders(400, said.length);
            exchange.getResponseBody().write(said);
        });

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(request("/v1/files").POST(BodyPublishers.ofString("x")).build(), BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("invalid_request_error", "card [REDACTED]");
        assertThat(response.headers().firstValue("request-id")).contains("req_9");
    }

    @Test
    void results_of_a_batch_are_redacted_line_by_line() throws Exception {
        String line =
                "{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":"
                        + "\"card 4111 1111 1111 1111\"}]}}}\n";
        handler.set(exchange -> {
            exchange.getResponseHeaders().add("content-type", "application/x-jsonl");
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 1_000; i++) {
                exchange.getResponseBody().write(line.getBytes(UTF_8));
            }
        });

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(request("/v1/messages/batches/msgbatch_1/results").GET().build(), BodyHandlers.ofString());

        assertThat(response.body())
                .isEqualTo(line.replace("4111 1111 1111 1111", "[REDACTED]").repeat(1_000));
        assertThat(response.headers().firstValue("content-type")).contains("application/x-jsonl");
    }

    @Test
    void a_download_that_breaks_off_breaks_off_for_the_client() throws Exception {
        handler.set(exchange -> {
            exchange.sendResponseHeaders(200, LONG);
            exchange.getResponseBody().write(new byte[1_000_000]);
            exchange.getResponseBody().flush();
            throw new IOException("gone");
        });

        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(request("/v1/files/file_1/content").GET().build(), BodyHandlers.ofInputStream());

        try (InputStream body = response.body()) {
            assertThat(catchThrowable(() -> body.transferTo(OutputStream.nullOutputStream())))
                    .isInstanceOf(IOException.class);
        }
    }
}
