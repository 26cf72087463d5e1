package io.clauderoutes.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.anthropic.core.ObjectMappers;
import com.anthropic.helpers.BetaMessageAccumulator;
import com.anthropic.models.beta.messages.BetaRawMessageStreamEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.stream.ReplyAssembler;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * Sends recorded replies through the gateway and compares what a client receives with the recording. Streams are cut at random bytes on
 * their way to the gateway, and their folded reply is compared with the message of the official SDK. {@code java
 * io.clauderoutes.recorded.RecordedReplies <folder>}; the folder holds recordings as {@link RecordedReply#in} reads them.
 */
public final class RecordedReplies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST_PIECE = 700;

    private final Map<String, List<String>> results = new TreeMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Random random = new Random(1);
    private volatile RecordedReply current;

    private RecordedReplies() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            System.err.println("usage: java io.clauderoutes.recorded.RecordedReplies <folder of recordings>");
            System.exit(2);
        }
        List<RecordedReply> replies = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(arguments[0]))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                replies.addAll(RecordedReply.in(file));
            }
        }
        int status = 2;
        try {
            status = new RecordedReplies().run(replies) ? 0 : 1;
        } catch (IOException | RuntimeException failure) {
            failure.printStackTrace();
        }
        System.exit(status);
    }

    private boolean run(List<RecordedReply> replies) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "recorded-replies");
            thread.setDaemon(true);
            return thread;
        });
        HttpServer endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.setExecutor(threads);
        endpoint.createContext("/", this::reply);
        endpoint.start();
        Path home = Files.createTempDirectory("recorded-replies");
        try (InProcessBundle bundle = new InProcessBundle(
                        home,
                        URI.create("http://127.0.0.1:" + endpoint.getAddress().getPort()))
                .started()) {
            for (RecordedReply reply : replies) {
                current = reply;
                compare(reply, bundle.door("http").resolve("/v1/messages"));
            }
        }
        endpoint.stop(0);
        threads.shutdownNow();
        System.out.println(replies.size() + " replies of "
                + replies.stream().map(RecordedReply::file).distinct().count() + " files");
        results.forEach((result, files) -> {
            System.out.println(files.size() + "  " + result);
            if (result.startsWith("DIFFERENT")) {
                files.forEach(file -> System.out.println("      " + file));
            }
        });
        return results.keySet().stream().noneMatch(result -> result.startsWith("DIFFERENT"));
    }

    private void reply(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        RecordedReply reply = current;
        exchange.getResponseHeaders()
                .set("content-type", reply.streamed() ? "text/event-stream; charset=utf-8" : "application/json");
        if (reply.compressed()) {
            exchange.getResponseHeaders().set("content-encoding", "gzip");
        }
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            byte[] body = reply.sent();
            for (int from = 0; from < body.length; ) {
                int to = Math.min(body.length, from + 1 + random.nextInt(LARGEST_PIECE));
                out.write(body, from, to - from);
                out.flush();
                from = to;
            }
        }
    }

    private void compare(RecordedReply reply, URI gateway) throws Exception {
        ObjectNode request = JSON.createObjectNode()
                .put("model", "claude-sonnet-4-5")
                .put("max_tokens", 1000)
                .put("stream", reply.streamed());
        request.putArray("messages").addObject().put("role", "user").put("content", "Hello");
        HttpResponse<byte[]> response = client.send(
                HttpRequest.newBuilder(gateway)
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(request)))
                        .build(),
                BodyHandlers.ofByteArray());
        byte[] received = response.body();
        String form = (reply.streamed() ? "stream" : "whole reply") + (reply.compressed() ? ", compressed" : "");
        if (response.statusCode() != 200) {
            result(
                    "DIFFERENT: " + form + ": status " + response.statusCode() + " " + new String(received, UTF_8),
                    reply);
        } else if (Arrays.equals(received, reply.body())) {
            result(form + ": equal bytes", reply);
        } else if (events(received).equals(events(reply.body()))) {
            result(form + ": equal JSON, other white space", reply);
        } else {
            String difference = firstDifference(events(reply.body()), events(received));
            boolean redacted = new String(received, UTF_8).contains("[REDACTED]");
            result((redacted ? form + ": redacted" : "DIFFERENT: " + form) + ": " + difference, reply);
        }
        if (reply.streamed()) {
            fold(reply);
        }
    }

    private void fold(RecordedReply reply) throws Exception {
        MessageJson json = new MessageJson();
        ReplyAssembler assembler = new ReplyAssembler(json);
        BetaMessageAccumulator official = BetaMessageAccumulator.create();
        String refusal = "";
        for (JsonNode event : events(reply.body())) {
            assembler.accept(json.event(JSON.writeValueAsBytes(event)));
            if (refusal.isEmpty() && !event.path("type").asText().equals("ping")) {
                try {
                    official.accumulate(
                            ObjectMappers.jsonMapper().readValue(event.toString(), BetaRawMessageStreamEvent.class));
                } catch (RuntimeException thrown) {
                    refusal = thrown.getClass().getSimpleName() + ": " + thrown.getMessage();
                }
            }
        }
        if (!assembler.isComplete()) {
            result("fold: the recording has no end", reply);
            return;
        }
        Reply folded = assembler.reply();
        if (!refusal.isEmpty() || folded.unfolded().isPresent()) {
            result(
                    "fold: not foldable: ours says " + folded.unfolded().orElse("foldable") + ", the SDK says "
                            + (refusal.isEmpty() ? "foldable" : refusal),
                    reply);
            return;
        }
        ObjectNode theirs = (ObjectNode) JSON.readTree(
                ObjectMappers.jsonMapper().valueToTree(official.message()).toString());
        JsonNode begun = events(reply.body()).get(0).at("/message/content");
        if (!begun.isEmpty()) {
            // The Java SDK drops blocks inside message_start; the TypeScript SDK keeps them.
            theirs.set(
                    "content",
                    JSON.createArrayNode().addAll((ArrayNode) begun).addAll((ArrayNode) theirs.get("content")));
        }
        JsonNode ours = JSON.readTree(folded.message().toString());
        String difference = difference("", theirs, ours);
        result(difference.isEmpty() ? "fold: equal to the SDK" : "DIFFERENT: fold: " + difference, reply);
    }

    private void result(String result, RecordedReply reply) {
        results.computeIfAbsent(result, key -> new ArrayList<>()).add(reply.name());
    }

    /** The JSON of each event, or the one JSON document. */
    private static List<JsonNode> events(byte[] body) throws IOException {
        String text = new String(body, UTF_8);
        if (text.startsWith("{")) {
            return List.of(JSON.readTree(text));
        }
        List<JsonNode> events = new ArrayList<>();
        for (String line : text.split("\r?\n")) {
            if (line.startsWith("data:")) {
                events.add(JSON.readTree(line.substring("data:".length())));
            }
        }
        return events;
    }

    private static String firstDifference(List<JsonNode> recorded, List<JsonNode> received) {
        for (int i = 0; i < Math.min(recorded.size(), received.size()); i++) {
            if (!recorded.get(i).equals(received.get(i))) {
                return "event " + i + difference("", recorded.get(i), received.get(i));
            }
        }
        return recorded.size() + " events recorded, " + received.size() + " received";
    }

    /** The first difference; empty if there is none. The SDK writes null for a field that the API left out. */
    private static String difference(String path, JsonNode expected, JsonNode actual) {
        if (expected.equals(actual) || (expected.isNull() && actual.isMissingNode())) {
            return "";
        }
        String difference = "";
        if (expected.isObject() && actual.isObject()) {
            TreeSet<String> names = new TreeSet<>();
            expected.fieldNames().forEachRemaining(names::add);
            actual.fieldNames().forEachRemaining(names::add);
            for (Iterator<String> all = names.iterator(); all.hasNext() && difference.isEmpty(); ) {
                String name = all.next();
                difference = difference(path + "/" + name, expected.path(name), actual.path(name));
            }
            return difference;
        }
        if (expected.isArray() && actual.isArray() && expected.size() == actual.size()) {
            for (int i = 0; i < expected.size() && difference.isEmpty(); i++) {
                difference = difference(path + "/" + i, expected.get(i), actual.get(i));
            }
            return difference;
        }
        return path + ": expected " + brief(expected) + ", was " + brief(actual);
    }

    private static String brief(JsonNode node) {
        String text = node.isMissingNode() ? "absent" : node.toString();
        return text.length() > 120 ? text.substring(0, 120) + "…" : text;
    }
}
