package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A client of the simulator that checks nothing, so that tests see what is on the wire. */
final class SimulatorCaller {

    static final String VERSION = "2026-10-21";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Simulator simulator;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    SimulatorCaller(Simulator simulator) {
        this.simulator = simulator;
    }

    record Event(String name, JsonNode data) {}

    /** A messages request with these fields in front of the usual ones. */
    static String asking(String prompt, String... fields) {
        String more = fields.length == 0 ? "" : "," + String.join(",", fields);
        return "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":10000,\"messages\":[{\"role\":\"user\",\"content\":"
                + quoted(prompt) + "}]" + more + "}";
    }

    static String streaming(String prompt, String... fields) {
        List<String> all = new ArrayList<>(List.of(fields));
        all.add("\"stream\":true");
        return asking(prompt, all.toArray(String[]::new));
    }

    HttpResponse<String> ask(String prompt, String... fields) {
        return post("/v1/messages", asking(prompt, fields));
    }

    HttpResponse<String> stream(String prompt, String... fields) {
        return post("/v1/messages", streaming(prompt, fields));
    }

    HttpResponse<String> post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(simulator.url().resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("content-type", "application/json")
                .header("anthropic-version", VERSION)
                .header("x-api-key", "sk-ant-api-test");
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<InputStream> open(String body) {
        try {
            return client.send(
                    request("/v1/messages")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A socket on which a messages request has been written, for those who want to see the bytes. */
    Socket dial(String body) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), simulator.port());
        socket.setSoTimeout(20_000);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                + "anthropic-version: " + VERSION + "\r\nx-api-key: k\r\ncontent-length: " + bytes.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return socket;
    }

    /** Reads until this text has come, and returns all that came. */
    static String readUntil(InputStream in, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the end came before " + text + ", after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    static JsonNode json(HttpResponse<String> response) {
        return json(response.body());
    }

    static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + body, e);
        }
    }

    static List<Event> events(HttpResponse<String> response) {
        return events(response.body());
    }

    /** The complete events of a stream. */
    static List<Event> events(String body) {
        List<Event> events = new ArrayList<>();
        int at = 0;
        for (int end = body.indexOf("\n\n"); end >= 0; end = body.indexOf("\n\n", at)) {
            String[] lines = body.substring(at, end).split("\n", -1);
            at = end + 2;
            if (lines.length == 2 && lines[1].startsWith("data: ")) {
                events.add(new Event(lines[0].substring("event: ".length()), json(lines[1].substring(6))));
            }
        }
        return events;
    }

    static List<String> names(List<Event> events) {
        return events.stream().map(Event::name).toList();
    }

    /** The text of all deltas of one kind. */
    static String joined(List<Event> events, String field) {
        StringBuilder text = new StringBuilder();
        events.forEach(
                event -> text.append(event.data().path("delta").path(field).asText()));
        return text.toString();
    }

    static String text(HttpResponse<String> response) {
        StringBuilder text = new StringBuilder();
        json(response)
                .path("content")
                .forEach(block -> text.append(block.path("text").asText()));
        return text.toString();
    }

    static String error(HttpResponse<String> response) {
        JsonNode error = json(response).path("error");
        return response.statusCode() + " " + error.path("type").asText() + ": "
                + error.path("message").asText();
    }

    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come to pass within a minute");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
