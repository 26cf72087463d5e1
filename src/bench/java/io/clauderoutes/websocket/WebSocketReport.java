package io.clauderoutes.websocket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.SelfSigned;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Twenty turns of tool calls over a link with a round trip of 100 ms: fresh HTTPS requests, kept HTTPS connections and one WebSocket in
 * turn; and the time from a cancel to the end of the call at the endpoint. {@code java io.clauderoutes.websocket.WebSocketReport}.
 */
public final class WebSocketReport {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROUND_TRIP_MILLIS = 100;
    private static final int TURNS = 20;
    private static final int ROUNDS = 3;
    private static final int CANCELS = 200;
    private static final String KEY = "key-of-the-benchmark";
    private static final String PROTOCOL = "claude-routes.v1";

    private WebSocketReport() {}

    public static void main(String[] arguments) throws Exception {
        Path home = Files.createTempDirectory("websocket-report");
        SelfSigned certificate = SelfSigned.in(home, "EC");
        try (PacedEndpoint endpoint = new PacedEndpoint();
                InProcessBundle bundle = new InProcessBundle(home, endpoint.url())
                        .with("claude.gateway.keys.one.key", KEY)
                        .with(
                                "claude.gateway.certificate",
                                certificate.certificate().toString())
                        .with(
                                "claude.gateway.private-key",
                                certificate.privateKey().toString())
                        .started();
                DelayedLink link = new DelayedLink(bundle.door("https").getPort(), ROUND_TRIP_MILLIS)) {
            System.out.println(
                    "| reply of the endpoint takes | 20 fresh HTTPS requests | 20 on a kept connection | one WebSocket |"
                            + " WebSocket against fresh | against kept |");
            System.out.println("| --- | --- | --- | --- | --- | --- |");
            for (int millis : new int[] {50, 200, 500}) {
                endpoint.replyMillis = millis;
                compare(millis, link.port(), certificate);
            }
            cancels(endpoint, bundle.door("wss").getPort(), certificate);
        }
        System.exit(0);
    }

    private static void compare(int millis, int port, SelfSigned certificate) throws Exception {
        long[] fresh = new long[ROUNDS];
        long[] kept = new long[ROUNDS];
        long[] socket = new long[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            fresh[round] = millis(() -> requests(port, certificate, true));
            kept[round] = millis(() -> requests(port, certificate, false));
            socket[round] = millis(() -> overSocket(port, certificate));
        }
        double f = median(fresh);
        double k = median(kept);
        double s = median(socket);
        System.out.printf(
                Locale.ROOT,
                "| %d ms | %.2f s | %.2f s | %.2f s | %+.0f %% | %+.0f %% |%n",
                millis,
                f / 1000,
                k / 1000,
                s / 1000,
                100 * (s - f) / f,
                100 * (s - k) / k);
    }

    private static long millis(Callable<Void> work) throws Exception {
        long begin = System.nanoTime();
        work.call();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    private static double median(long[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** A conversation of tool calls, which grows with each turn. */
    private static String body(int turn) {
        ObjectNode body = JSON.createObjectNode()
                .put("model", "claude-sonnet-5-5")
                .put("max_tokens", 200)
                .put("stream", true);
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "user").put("content", "Which rivers are deep?");
        for (int i = 0; i < turn; i++) {
            ObjectNode call = messages.addObject().put("role", "assistant");
            call.putArray("content")
                    .addObject()
                    .put("type", "tool_use")
                    .put("id", "toolu_" + i)
                    .put("name", "depth")
                    .putObject("input")
                    .put("river", "river " + i);
            ObjectNode result = messages.addObject().put("role", "user");
            result.putArray("content")
                    .addObject()
                    .put("type", "tool_result")
                    .put("tool_use_id", "toolu_" + i)
                    .put("content", "so many metres: " + i);
        }
        return body.toString();
    }

    private static Void requests(int port, SelfSigned certificate, boolean fresh) throws Exception {
        HttpClient client = null;
        for (int turn = 0; turn < TURNS; turn++) {
            if (fresh || client == null) {
                client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(certificate.client())
                        .build();
                // A new client has no session to resume.
                certificate.client().getClientSessionContext().setSessionCacheSize(fresh ? 1 : 0);
            }
            String reply = client.send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/v1/messages"))
                                    .header("x-api-key", KEY)
                                    .header("content-type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(body(turn)))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            check(reply.contains("message_stop"), reply);
        }
        return null;
    }

    private static void check(boolean isComplete, String reply) {
        if (!isComplete) {
            throw new IllegalStateException("no complete reply: " + reply);
        }
    }

    private static Void overSocket(int port, SelfSigned certificate) throws Exception {
        Peer peer = new Peer(port, certificate);
        for (int turn = 0; turn < TURNS; turn++) {
            peer.send(turn, body(turn));
            peer.until("done");
        }
        peer.socket.abort();
        return null;
    }

    /** One WebSocket; its messages in order. */
    private static final class Peer implements WebSocket.Listener {
        private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Peer(int port, SelfSigned certificate) {
            socket = HttpClient.newBuilder()
                    .sslContext(certificate.client())
                    .build()
                    .newWebSocketBuilder()
                    .subprotocols(PROTOCOL)
                    .header("x-api-key", KEY)
                    .buildAsync(URI.create("wss://localhost:" + port + "/v1/ws"), this)
                    .join();
        }

        void send(int id, String body) {
            socket.sendText("{\"type\":\"request\",\"id\":\"r" + id + "\",\"body\":" + body + "}", true)
                    .join();
        }

        void until(String type) throws InterruptedException {
            JsonNode next = received.take();
            while (!next.path("type").asText().equals(type)) {
                check(!next.path("type").asText().equals("error"), next.toString());
                next = received.take();
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                try {
                    received.add(JSON.readTree(text.toString()));
                } catch (IOException noJson) {
                    throw new IllegalStateException(noJson);
                }
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private static void cancels(PacedEndpoint endpoint, int port, SelfSigned certificate) throws Exception {
        endpoint.replyMillis = 60_000;
        Peer peer = new Peer(port, certificate);
        long[] micros = new long[CANCELS];
        for (int i = 0; i < CANCELS; i++) {
            peer.send(i, body(0));
            peer.until("event");
            endpoint.ended.clear();
            long begin = System.nanoTime();
            peer.socket
                    .sendText("{\"type\":\"cancel\",\"id\":\"r" + i + "\"}", true)
                    .join();
            micros[i] = TimeUnit.NANOSECONDS.toMicros(endpoint.ended.take() - begin);
            peer.until("cancelled");
        }
        Arrays.sort(micros);
        System.out.printf(
                Locale.ROOT,
                "%nFrom a cancel to the end of the call at the endpoint, %d cancels: median %.1f ms, 99th percentile %.1f ms,"
                        + " longest %.1f ms%n",
                CANCELS,
                micros[CANCELS / 2] / 1000.0,
                micros[CANCELS * 99 / 100] / 1000.0,
                micros[CANCELS - 1] / 1000.0);
    }

    /** Streams a short reply in a given time, and notes when its client has gone. */
    private static final class PacedEndpoint implements AutoCloseable {
        private static final int DELTAS = 10;

        private final ServerSocket door;
        private final BlockingQueue<Long> ended = new LinkedBlockingQueue<>();
        private volatile long replyMillis;

        PacedEndpoint() throws IOException {
            door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
            start(this::accept);
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + door.getLocalPort());
        }

        private static void start(Runnable work) {
            Thread thread = new Thread(work, "endpoint");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            while (!door.isClosed()) {
                try {
                    Socket socket = door.accept();
                    socket.setTcpNoDelay(true);
                    start(() -> serve(socket));
                } catch (IOException closed) {
                    return;
                }
            }
        }

        private void serve(Socket socket) {
            try (socket) {
                InputStream in = socket.getInputStream();
                while (skipRequest(in)) {
                    stream(socket.getOutputStream(), in);
                }
            } catch (IOException gone) {
                ended.add(System.nanoTime());
            }
        }

        private static boolean skipRequest(InputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    return false;
                }
                head.append((char) next);
            }
            String lower = head.toString().toLowerCase(Locale.ROOT);
            int at = lower.indexOf("content-length:");
            int length = at < 0
                    ? 0
                    : Integer.parseInt(
                            lower.substring(at + 15, lower.indexOf('\r', at)).trim());
            in.readNBytes(length);
            return true;
        }

        private void stream(OutputStream out, InputStream in) throws IOException {
            out.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            event(
                    out,
                    "message_start",
                    "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                            + "\"model\":\"claude-sonnet-5-5\",\"content\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}");
            event(out, "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
            long pause = replyMillis * 1_000_000 / DELTAS;
            for (int i = 0; i < DELTAS; i++) {
                event(out, "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"deep \"}");
                waitOrEnd(in, System.nanoTime() + pause);
            }
            event(out, "content_block_stop", "\"index\":0");
            event(out, "message_delta", "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":10}");
            event(out, "message_stop", "");
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }

        /** A client that has gone is seen at once. */
        private static void waitOrEnd(InputStream in, long untilNanos) throws IOException {
            long left = untilNanos - System.nanoTime();
            if (left > 1_000_000_000L) {
                if (in.read() < 0) {
                    throw new IOException("the client has gone");
                }
            }
            while (System.nanoTime() < untilNanos) {
                LockSupport.parkNanos(untilNanos - System.nanoTime());
            }
        }

        private static void event(OutputStream out, String type, String fields) throws IOException {
            String event = "event: " + type + "\ndata: {\"type\":\"" + type + "\""
                    + (fields.isEmpty() ? "" : "," + fields) + "}\n\n";
            out.write((Integer.toHexString(event.length()) + "\r\n" + event + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }

        @Override
        public void close() throws IOException {
            door.close();
        }
    }
}
