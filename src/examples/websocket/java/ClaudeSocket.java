import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A client of ws://…/v1/ws (claude-routes.v1) with the WebSocket of the JDK: many requests on one connection. */
public final class ClaudeSocket implements WebSocket.Listener, AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Call> calls = new ConcurrentHashMap<>();
    private final AtomicInteger number = new AtomicInteger();
    private final StringBuilder text = new StringBuilder();
    private final WebSocket socket;
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

    /** A request in progress. */
    public record Call(String id, Consumer<JsonNode> events, CompletableFuture<JsonNode> done) {}

    public ClaudeSocket(URI gateway, String key) {
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("claude-routes.v1");
        socket = (key.isEmpty() ? builder : builder.header("x-api-key", key)).buildAsync(gateway, this).join();
    }

    /** Sends a request of the Messages API. {@code done} completes with the last message. */
    public Call send(String body, Consumer<JsonNode> events) throws IOException {
        Call call = new Call("r" + number.incrementAndGet(), events, new CompletableFuture<>());
        calls.put(call.id(), call);
        ObjectNode message = JSON.createObjectNode().put("type", "request").put("id", call.id());
        message.set("body", JSON.readTree(body));
        write(message);
        return call;
    }

    /** Ends a call. */
    public void cancel(Call call) {
        write(JSON.createObjectNode().put("type", "cancel").put("id", call.id()));
    }

    /** The JDK takes the next message when it has sent the one before. */
    private synchronized void write(ObjectNode message) {
        sent = sent.thenCompose(before -> socket.sendText(message.toString(), true));
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
        text.append(part);
        if (isLast) {
            String whole = text.toString();
            text.setLength(0);
            try {
                take(JSON.readTree(whole));
            } catch (IOException notJson) {
                fail(notJson);
            }
        }
        from.request(1);
        return null;
    }

    private void take(JsonNode message) {
        Call call = calls.get(message.path("id").asText());
        if (call == null) {
            return;
        }
        switch (message.path("type").asText()) {
            case "event" -> call.events().accept(message.get("data"));
            case "done", "reply", "error", "cancelled" -> {
                calls.remove(call.id());
                call.done().complete(message);
            }
            default -> {}
        }
    }

    private void fail(Throwable failure) {
        calls.values().forEach(call -> call.done().completeExceptionally(failure));
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        fail(new IOException("closed: " + code + " " + reason));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        fail(failure);
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }

    /** Asks three questions at the same time, prints each reply as it arrives, and cancels a fourth call. */
    public static void main(String[] arguments) throws Exception {
        URI gateway = URI.create(arguments.length > 0 ? arguments[0] : "ws://127.0.0.1:8080/v1/ws");
        try (ClaudeSocket claude = new ClaudeSocket(gateway, System.getenv().getOrDefault("CLAUDE_ROUTES_KEY", ""))) {
            CompletableFuture<?>[] replies = new CompletableFuture<?>[3];
            for (int i = 0; i < replies.length; i++) {
                StringBuilder reply = new StringBuilder();
                String body = JSON.writeValueAsString(Map.of(
                        "model", "claude-sonnet-5-5",
                        "max_tokens", 100,
                        "stream", true,
                        "messages", new Object[] {Map.of("role", "user", "content", "What is " + i + " and " + i + "?")}));
                Call call = claude.send(body, event -> reply.append(event.path("delta").path("text").asText()));
                replies[i] = call.done().thenAccept(last -> System.out.println(
                        call.id() + " " + last.path("type").asText() + ": " + reply));
            }
            CompletableFuture.allOf(replies).join();
            Call unwanted = claude.send(
                    "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":4000,\"stream\":true,"
                            + "\"messages\":[{\"role\":\"user\",\"content\":\"Write a long story.\"}]}",
                    event -> {});
            claude.cancel(unwanted);
            System.out.println(unwanted.id() + " " + unwanted.done().join().path("type").asText());
        }
    }
}
