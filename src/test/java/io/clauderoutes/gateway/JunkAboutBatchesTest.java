package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an endpoint says about a client's batch, and cannot be read. */
@Timeout(60)
class JunkAboutBatchesTest {

    private static final String BATCH =
            "{\"id\":\"msgbatch_1\",\"type\":\"message_batch\",\"processing_status\":\"ended\",\"request_counts\":{\"succeeded\":1}}";
    private static final String ASKED =
            "{\"requests\":[{\"custom_id\":\"a\",\"params\":{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}}]}";

    @TempDir
    private Path data;

    private final Queue<String> responses = new ConcurrentLinkedQueue<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private HttpServer endpoint;
    private Bundle bundle;

    @BeforeEach
    void start() throws IOException {
        endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.createContext("/", exchange -> {
            try (exchange) {
                requests.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
                byte[] body = responses.remove().getBytes(UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        endpoint.start();
        bundle = Bundle.callingUrl("http://127.0.0.1:" + endpoint.getAddress().getPort())
                .with("claude.data", data.toString())
                .with("claude.batch.poll-interval", "1h")
                .with("claude.batch.poll-interval-max", "1h")
                .with("claude.gateway.keys.one.key", "key-one")
                .withHttpDoor();
    }

    @AfterEach
    void stop() {
        bundle.close();
        endpoint.stop(0);
    }

    private HttpResponse<String> asked(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages/batches" + path))
                .header("x-api-key", "key-one")
                .header("content-type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    private List<String> stored(String query) {
        return BookRows.of(data.resolve("client-batches.db"), query);
    }

    @ParameterizedTest
    @ValueSource(strings = {"junk", "[]", "{}", "{\"id\":7}", "{\"id\":\"../../x\"}"})
    void a_creation_leaves_the_batch_to_be_looked_for(String junk) throws Exception {
        responses.add(junk);

        HttpResponse<String> failed = asked("POST", "", ASKED);

        assertThat(failed.statusCode()).as(failed.body()).isEqualTo(502);
        assertThat(failed.headers().firstValue("x-should-retry")).contains("false");
        assertThat(stored("SELECT state FROM batch ORDER BY id DESC LIMIT 1")).containsExactly("creating");
    }

    @Test
    void a_look_that_is_about_another_batch_is_an_error() throws Exception {
        responses.add(BATCH.replace("_1", "_look"));
        assertThat(asked("POST", "", ASKED).statusCode()).isEqualTo(200);
        responses.add(BATCH);

        HttpResponse<String> failed = asked("GET", "/msgbatch_look", "");

        assertThat(failed.statusCode()).isEqualTo(502);
        assertThat(failed.body()).contains("not about this batch");
    }

    @Test
    void a_line_of_results_that_is_no_result_reaches_the_client_as_it_is() throws Exception {
        responses.add(BATCH.replace("_1", "_results"));
        assertThat(asked("POST", "", ASKED).statusCode()).isEqualTo(200);
        String name = new ObjectMapper()
                .readTree(requests.remove())
                .at("/requests/0/custom_id")
                .asText();
        String lines =
                "no JSON with card 4111 1111 1111 1111\n{\"custom_id\":\"b\",\"result\":{\"type\":\"expired\"}}\n{\"custom_id\":\""
                        + name + "\",\"result\":{\"type\":\"expired\"}}\n";
        responses.add(lines);

        HttpResponse<String> results = asked("GET", "/msgbatch_results/results", "");

        assertThat(results.body())
                .isEqualTo(lines.replace("4111 1111 1111 1111", "[REDACTED]").replace(name, "a"));
        assertThat(stored("SELECT state FROM batch WHERE api_id = 'msgbatch_results'"))
                .containsExactly("settled");
    }
}
