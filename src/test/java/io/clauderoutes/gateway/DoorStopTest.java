package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The bundle is stopped while callers are there. */
@Timeout(180)
class DoorStopTest {

    private static final String STREAMED = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).withHttpDoor();

    private static HttpResponse<String> asked(URI door, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(door.resolve(path))
                                .POST(BodyPublishers.ofString(STREAMED))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    void who_is_under_way_has_his_end_and_who_comes_is_told_in_the_apis_shape() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        claude.next(stream()
                .start()
                .text("Slow")
                .tell(reached)
                .waitFor(goOn)
                .text("ly.")
                .stop());
        CamelContext context = bundle.context();
        context.getShutdownStrategy().setTimeout(120);
        URI door = bundle.door();
        Future<HttpResponse<String>> underWay = bundle.inBackground(() -> asked(door, "/v1/messages"));
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        Future<?> stopped = bundle.inBackground(Executors.callable(context::stop));
        Patience.until(() -> asked(door, "/v1/nothing").statusCode() == 503, Duration.ofMinutes(1), () -> "it goes on");

        for (String path : new String[] {"/v1/messages", "/v1/messages/count_tokens"}) {
            HttpResponse<String> refusal = asked(door, path);

            assertThat(refusal.statusCode()).isEqualTo(503);
            assertThat(refusal.headers().firstValue("retry-after")).contains("1");
            assertThat(refusal.body()).contains("\"type\":\"api_error\"", "the gateway is stopping");
        }
        goOn.countDown();

        assertThat(underWay.get(60, TimeUnit.SECONDS).body()).contains("ly.", "message_stop");
        stopped.get(60, TimeUnit.SECONDS);
    }
}
