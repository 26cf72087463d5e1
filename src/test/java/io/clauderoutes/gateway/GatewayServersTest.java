package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that would go on by HTTP/2 in clear text, as Java's does, are served as many requests at once as all others. */
class GatewayServersTest {

    private static final int MORE_THAN_ONE_CONNECTION_TAKES = 150;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.throttle.in-flight", Integer.toString(MORE_THAN_ONE_CONNECTION_TAKES))
            .withHttpDoor();

    @Test
    void they_stay_with_a_connection_for_each() {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        IntStream.range(0, MORE_THAN_ONE_CONNECTION_TAKES).forEach(one -> claude.next(message("Very deep.")));

        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, MORE_THAN_ONE_CONNECTION_TAKES)
                .mapToObj(one -> client.sendAsync(request(one), BodyHandlers.ofString()))
                .toList();

        assertThat(answers).allSatisfy(answer -> {
            HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        });
    }

    private HttpRequest request(int number) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .POST(BodyPublishers.ofString("""
                        {"model":"claude-sonnet-5-5","max_tokens":9,"messages":[{"role":"user","content":"How deep is %d?"}]}""".formatted(number)))
                .build();
    }
}
