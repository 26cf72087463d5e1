package io.clauderoutes.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of {@code ws://…/v1/ws}, with the WebSocket of the JDK. */
public final class SocketPeer implements WebSocket.Listener, AutoCloseable {

    public static final String PROTOCOL = "claude-routes.v1";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 30;

    private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    private final WebSocket socket;

    private SocketPeer(WebSocket.Builder builder, URI uri) {
        socket = builder.buildAsync(uri, this).join();
    }

    /** Connects with a key, as a program does. */
    public static SocketPeer connect(URI door, String key) {
        return new SocketPeer(
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .subprotocols(PROTOCOL)
                        .header("x-api-key", key),
                uri(door));
    }

    /** Connects with these subprotocols and no header, as a browser does. */
    public static SocketPeer offering(URI door, String first, String... others) {
        return new SocketPeer(HttpClient.newHttpClient().newWebSocketBuilder().subprotocols(first, others), uri(door));
    }

    private static URI uri(URI door) {
        return URI.create(door.toString().replaceFirst("^http", "ws") + "/v1/ws");
    }

    public String subprotocol() {
        return socket.getSubprotocol();
    }

    public void send(String message) {
        socket.sendText(message, true).join();
    }

    /** Sends a request of the Messages API. */
    public void request(String id, String body) {
        send("{\"type\":\"request\",\"id\":\"" + id + "\",\"body\":" + body + "}");
    }

    /** The next message. */
    public JsonNode next() throws InterruptedException {
        JsonNode next = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no message; closed: " + closed.getNow("no"));
        }
        return next;
    }

    /** The messages up to the first of a type, that one included. */
    public List<JsonNode> until(String type) throws InterruptedException {
        List<JsonNode> messages = new ArrayList<>();
        do {
            messages.add(next());
        } while (!messages.get(messages.size() - 1).path("type").asText().equals(type));
        return messages;
    }

    /** The messages that are there already. */
    public List<JsonNode> soFar() {
        List<JsonNode> messages = new ArrayList<>();
        received.drainTo(messages);
        return messages;
    }

    /** The text of the deltas among messages. */
    public static String text(List<JsonNode> messages) {
        StringBuilder text = new StringBuilder();
        messages.forEach(message ->
                text.append(message.path("data").path("delta").path("text").asText()));
        return text.toString();
    }

    /** Waits until the server has closed the connection: the code and the reason. */
    public String closed() {
        return closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Breaks the connection, without a close frame. */
    public void abort() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        partial.append(text);
        if (last) {
            try {
                received.add(JSON.readTree(partial.toString()));
            } catch (java.io.IOException noJson) {
                throw new AssertionError(noJson);
            }
            partial.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        closed.complete(failure.toString());
    }

    @Override
    public void close() {
        socket.abort();
    }
}
