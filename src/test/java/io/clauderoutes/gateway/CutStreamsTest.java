package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Streams ({@code -Dcut.streams=1000}) whose connections break several times each, at random places. */
@Timeout(240)
class CutStreamsTest {

    private static final int STREAMS = Integer.getInteger("cut.streams", 250);
    private static final int CLIENTS = 12;
    private static final int MOST_CUTS = 5;
    private static final int PIECES = 20;
    private static final String STREAMED = """
            {"stream":true,"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .with("claude.gateway.resume.enabled", "true")
            .with("claude.resume.keep", "3s")
            .withHttpDoor();

    private final HttpClient client = HttpClient.newHttpClient();

    private static StubReply reply() {
        StubReply reply = StubReply.stream().start();
        for (int piece = 0; piece < PIECES; piece++) {
            reply.text("piece " + piece + " ");
            if (piece % 8 == 0) {
                reply.pause(1);
            }
        }
        return reply.stop();
    }

    /** Reads until so many bytes have come or the stream ends. Events that are not complete are of no use to a client. */
    private static String read(InputStream body, int most) throws IOException {
        StringBuilder whole = new StringBuilder();
        StringBuilder event = new StringBuilder();
        int read = 0;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, UTF_8), 64)) {
            String line = lines.readLine();
            while (line != null && read < most) {
                read += line.length();
                event.append(line).append('\n');
                if (line.isEmpty()) {
                    whole.append(event);
                    event.setLength(0);
                }
                line = lines.readLine();
            }
        }
        return whole.toString();
    }

    private static String lastEvent(String events) {
        int begin = events.lastIndexOf("id: ");
        return begin < 0 ? "0" : events.substring(begin + "id: ".length(), events.indexOf('\n', begin));
    }

    private HttpResponse<InputStream> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofInputStream());
    }

    /** One reply, as a client puts it together whose connection breaks again and again. */
    private String cutReply(long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        HttpResponse<InputStream> response = send(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(STREAMED)));
        String id = response.headers().firstValue("x-claude-routes-stream-id").orElseThrow();
        StringBuilder whole = new StringBuilder();
        int cuts = 1 + random.nextInt(MOST_CUTS);
        for (int cut = 0; cut < cuts; cut++) {
            whole.append(read(response.body(), random.nextInt(3_000)));
            response = send(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages/streams/" + id))
                    .header("last-event-id", lastEvent(whole.toString())));
            assertThat(response.statusCode()).isEqualTo(200);
        }
        return whole.append(read(response.body(), Integer.MAX_VALUE)).toString();
    }

    @Test
    void every_client_has_the_whole_reply_at_the_end_and_no_call_is_made_twice() throws Exception {
        claude.always(reply());
        String uncut = new String(
                send(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .header("content-type", "application/json")
                                .POST(BodyPublishers.ofString(STREAMED)))
                        .body()
                        .readAllBytes(),
                UTF_8);
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<Callable<String>> streams = new ArrayList<>();
        for (int number = 0; number < STREAMS; number++) {
            long seed = number;
            streams.add(() -> cutReply(seed));
        }
        int different = 0;
        try {
            for (Future<String> stream : clients.invokeAll(streams)) {
                different += stream.get().equals(uncut) ? 0 : 1;
            }
        } finally {
            clients.shutdownNow();
        }

        assertThat(different).isZero();
        assertThat(claude.requests()).hasSize(STREAMS + 1);
        Bundle.until(() -> bundle.meter("claude.resume.bytes") == 0 && bundle.meter("claude.resume.replies") == 0);
    }
}
