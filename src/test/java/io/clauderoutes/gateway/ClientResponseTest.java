package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Vert.x calls handlers of a response while another thread writes or ends it, and holds the lock of its connection then. Whoever
 * wrote or ended under a lock that a handler waits for would keep the connection, and its thread, for ever.
 */
@Timeout(120)
class ClientResponseTest {

    private final MessageJson json = new MessageJson();
    private final List<Handler<?>> work = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private Handler<Void> drained;

    /** A response that, while it is written or ended, has its handlers called by another thread, and waits for them. */
    @SuppressWarnings("unchecked")
    private HttpServerResponse response() {
        return (HttpServerResponse) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {HttpServerResponse.class}, (self, method, arguments) -> {
                    switch (method.getName()) {
                        case "drainHandler" -> drained = (Handler<Void>) arguments[0];
                        case "write", "end", "putHeader", "writeQueueFull" -> {
                            callBackFromAnotherThread();
                            done.add(method.getName());
                        }
                        default -> {}
                    }
                    Class<?> type = method.getReturnType();
                    if (type == MultiMap.class) {
                        return MultiMap.caseInsensitiveMultiMap();
                    }
                    return type == boolean.class
                            ? (Object) false
                            : type == Future.class ? Future.succeededFuture() : self;
                });
    }

    private void callBackFromAnotherThread() throws Exception {
        CompletableFuture.runAsync(() -> drained.handle(null), task -> new Thread(task).start())
                .get(60, TimeUnit.SECONDS);
    }

    /** The server's thread, whose work is done when the test says so. */
    private Context serverThread() {
        return (Context) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Context.class}, (self, method, arguments) -> {
                    work.add((Handler<?>) arguments[0]);
                    return null;
                });
    }

    private ClientResponse caller() {
        return new ClientResponse(serverThread(), response(), json, Duration.ofMinutes(1));
    }

    @Test
    void a_refusal_keeps_no_handler_waiting() {
        caller().fail(new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "no")));

        assertThat(done).endsWith("end");
    }

    @Test
    void nor_does_a_stream_that_is_written_and_ended() {
        ScheduledExecutorService pings = Executors.newSingleThreadScheduledExecutor();
        try {
            ClientResponse caller = caller();
            caller.pinging(Duration.ofHours(1), pings);
            List<StreamEvent> events = json.events("""
                    {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Deep."}],
                     "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""".getBytes(UTF_8));

            events.forEach(caller::event);
            work.forEach(task -> task.handle(null));
            caller.fail(new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "no")));

            assertThat(done).contains("write").endsWith("end");
        } finally {
            pings.shutdownNow();
        }
    }
}
