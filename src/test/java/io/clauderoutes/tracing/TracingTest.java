package io.clauderoutes.tracing;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.TracingSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.SocketPeer;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import io.clauderoutes.tracing.OtlpReceiver.Received;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;

/** Traces of requests over real connections, as a receiver of OTLP gets them. */
@Timeout(60)
class TracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";
    private static final String TRACE_PARENT = "00-" + TRACE + "-" + PARENT + "-01";
    private static final String WHOLE =
            "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";
    private static final String STREAMED = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");
    private static final String CHAT = "chat claude-sonnet-5-5";
    private static final String MODEL = "claude-sonnet-5-5";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.source.model", MODEL)
            .with("claude.tracing.enabled", "true")
            .with("claude.tracing.service-name", "reefs");

    private final OtlpReceiver receiver = new OtlpReceiver();
    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch released = new CountDownLatch(1);

    {
        bundle.with("claude.tracing.otlp.endpoint", receiver.url());
    }

    @AfterEach
    void all_is_closed() {
        released.countDown();
        bundle.close();
        receiver.close();
    }

    private HttpRequest asks(String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
        return (headers.length == 0 ? request : request.headers(headers)).build();
    }

    private HttpResponse<String> answer(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString());
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }

    private void allAreSent() {
        bundle.close();
    }

    @Test
    void a_stream_is_one_trace_from_the_client_to_the_endpoint_that_ends_with_its_last_event() throws Exception {
        bundle.withHttpDoor().with("claude.gateway.cache", "use");
        claude.next(
                stream().start().text("Very ").waitFor(released).text("deep.").stop());

        HttpResponse<InputStream> response =
                client.send(asks(STREAMED, "traceparent", TRACE_PARENT), BodyHandlers.ofInputStream());
        Bundle.until(() -> !claude.requests().isEmpty());
        Instant before = Instant.now();
        released.countDown();
        assertThat(new String(response.body().readAllBytes(), UTF_8)).contains("message_stop");
        allAreSent();

        Received server = receiver.one("POST /v1/messages");
        assertThat(server.trace()).isEqualTo(TRACE);
        assertThat(server.parent()).isEqualTo(PARENT);
        assertThat(server.kind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
        assertThat(response.headers().firstValue("x-trace-id")).contains(TRACE);
        Received parent = server;
        for (String stage : List.of(
                "claude.source",
                "claude.throttle",
                "claude.cache",
                "claude.call",
                CHAT,
                "claude.split",
                "claude.redact",
                "claude.fan_out")) {
            Received span = receiver.one(stage);
            assertThat(span.trace()).isEqualTo(TRACE);
            assertThat(span.parent()).as(stage).isEqualTo(parent.id());
            assertThat(span.endNanos()).as(stage).isGreaterThanOrEqualTo(nanos(before));
            parent = span;
        }
        Received call = receiver.one(CHAT);
        assertThat(call.kind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
        assertThat(claude.requests().get(0).headers())
                .containsEntry("traceparent", "00-" + TRACE + "-" + call.id() + "-01");
        assertThat(receiver.services()).containsOnly("reefs");
    }

    @Test
    void a_call_of_a_tool_is_a_span_between_two_calls_of_the_model() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:depth?description=Depth").setBody().constant("7 metres");
            }
        });
        claude.next(
                StubReply.asks("I look.", "toolu_1 depth {}"),
                StubReply.asks("Again.", "toolu_2 width {}"),
                says("Very deep."));

        bundle.ask("How deep?", Map.of(ClaudeHeaders.TOOLS, "depth"));
        allAreSent();

        Received tool = receiver.one("execute_tool depth");
        assertThat(tool.attributes())
                .containsEntry("gen_ai.operation.name", "execute_tool")
                .containsEntry("gen_ai.tool.name", "depth")
                .containsEntry("gen_ai.tool.call.id", "toolu_1");
        assertThat(tool.failed()).isFalse();
        assertThat(tool.trace()).isEqualTo(receiver.one("claude.source").trace());
        assertThat(receiver.one("execute_tool unknown").failed()).isTrue();
    }

    @Test
    void each_request_over_a_websocket_is_a_trace_of_its_own() throws Exception {
        bundle.withHttpDoor();
        claude.next(message("Very deep."));
        try (SocketPeer peer = SocketPeer.offering(bundle.door(), SocketPeer.PROTOCOL)) {
            peer.send("{\"type\":\"request\",\"id\":\"r1\",\"headers\":{\"traceparent\":\"" + TRACE_PARENT
                    + "\"},\"body\":" + STREAMED.replace("\"stream\":true,", "") + "}");
            peer.until("reply");
        }
        allAreSent();

        Received server = receiver.one("WebSocket /v1/ws");
        assertThat(server.trace()).isEqualTo(TRACE);
        assertThat(server.parent()).isEqualTo(PARENT);
        assertThat(receiver.one("claude.source").parent()).isEqualTo(server.id());
        assertThat(receiver.one(CHAT).trace()).isEqualTo(TRACE);
    }

    @Test
    void a_call_has_the_attributes_of_generative_ai_and_no_text() {
        claude.next(message("Very deep."));

        Exchange sent = bundle.send("How deep?", Map.of("traceparent", TRACE_PARENT));
        allAreSent();

        assertThat(sent.getMessage().getHeader("traceparent")).isEqualTo(TRACE_PARENT);
        assertThat(receiver.one("claude.source").parent()).isEqualTo(PARENT);
        assertThat(receiver.one(CHAT).attributes())
                .containsEntry("gen_ai.operation.name", "chat")
                .containsEntry("gen_ai.provider.name", "anthropic")
                .containsEntry("gen_ai.request.model", MODEL)
                .containsEntry("gen_ai.response.finish_reasons", "end_turn")
                .containsEntry("server.address", "127.0.0.1")
                .containsEntry("claude.endpoint", "primary")
                .containsEntry("claude.attempt", "1")
                .containsKeys("gen_ai.response.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens");
        assertThat(receiver.spans().toString()).doesNotContain("deep", Bundle.KEY);
    }

    @Test
    void a_call_that_is_made_again_has_a_span_each_time() {
        claude.next(error(529, "overloaded_error"), says("Very deep."));

        bundle.ask("How deep?");
        allAreSent();

        List<Received> calls = receiver.named(CHAT);
        assertThat(calls).extracting(Received::failed).containsExactly(true, false);
        assertThat(calls)
                .extracting(Received::parent)
                .containsOnly(receiver.one("claude.call").id());
        assertThat(calls.get(0).attributes())
                .containsEntry("error.type", "overloaded_error")
                .containsEntry("http.response.status_code", "529");
        assertThat(receiver.one("claude.source").failed()).isFalse();
        assertThat(receiver.one("claude.source").attributes()).containsEntry("claude.attempts", "2");
    }

    @Test
    void calls_side_by_side_have_a_span_each() {
        try (StubClaude second = new StubClaude()) {
            bundle.with("claude.endpoints.second.url", second.url())
                    .with("claude.endpoints.primary.priority", "1")
                    .with("claude.call.order", "priority")
                    .with("claude.source.stream.enabled", "true")
                    .with("claude.call.hedge-budget-percent", "100")
                    .with("claude.call.hedge-after", "20ms");
            claude.next(silence(released));
            second.next(says("Very deep."));

            bundle.ask("How deep?");
            allAreSent();

            assertThat(receiver.named(CHAT)).hasSize(2);
            assertThat(receiver.named(CHAT))
                    .extracting(Received::parent)
                    .containsOnly(receiver.one("claude.call").id());
        }
    }

    @Test
    void a_reply_of_the_cache_has_no_call() {
        claude.next(says("Very deep."));

        bundle.ask("How deep?");
        bundle.ask("How deep?");
        allAreSent();

        assertThat(receiver.named(CHAT)).hasSize(1);
        assertThat(receiver.named("claude.source"))
                .extracting(span -> span.attributes().get("claude.cache"))
                .containsExactly("miss", "hit");
    }

    @Test
    void a_client_that_is_refused_finds_the_trace_in_the_error() throws Exception {
        bundle.withHttpDoor().with("claude.gateway.keys.fish.key", "sk-fish-0123456789abcdef");

        HttpResponse<String> response = answer(asks(WHOLE, "x-api-key", "wrong", "traceparent", TRACE_PARENT));
        allAreSent();

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("\"trace_id\":\"" + TRACE + "\"");
        Received server = receiver.one("POST /v1/messages");
        assertThat(server.attributes()).containsEntry("http.response.status_code", "401");
        assertThat(server.parent()).isEqualTo(PARENT);
        assertThat(receiver.spans()).hasSize(1);
    }

    @Test
    void a_credential_that_is_refused_fails_the_call() {
        claude.next(error(401, "authentication_error"));

        bundle.failure("How deep?");
        allAreSent();

        assertThat(receiver.one(CHAT).attributes()).containsEntry("error.type", "authentication_error");
        assertThat(receiver.one("claude.source").failed()).isTrue();
    }

    @Test
    void a_client_that_leaves_ends_all_spans() throws Exception {
        bundle.withHttpDoor();
        claude.next(stream().start().text("Very ").waitFor(released));

        HttpResponse<InputStream> response = client.send(asks(STREAMED), BodyHandlers.ofInputStream());
        BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8));
        String line = lines.readLine();
        while (!line.contains("content_block_delta")) {
            line = lines.readLine();
        }
        response.body().close();
        Bundle.until(() -> bundle.context().getInflightRepository().size() == 0);
        allAreSent();

        assertThat(receiver.one("POST /v1/messages").attributes()).containsEntry("error.type", "client_disconnected");
        assertThat(receiver.one(CHAT).failed()).isTrue();
        assertThat(receiver.one("claude.source").failed()).isTrue();
    }

    @Test
    void the_lines_of_a_request_name_its_trace() throws Exception {
        List<String> traces = new CopyOnWriteArrayList<>();
        bundle.with("claude.sinks.answers.uri", "direct:answers").with("claude.sinks.others.uri", "direct:answers");
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:answers").process(exchange -> traces.add(String.valueOf(MDC.get("trace_id"))));
            }
        });
        claude.next(says("Very deep."));

        Exchange sent =
                bundle.send("How deep?", Map.of("traceparent", TRACE_PARENT, ClaudeHeaders.SINKS, "answers,others"));

        assertThat(sent.getException()).isNull();
        assertThat(traces).as("sinks have threads of their own").containsExactly(TRACE, TRACE);
        assertThat(MDC.get("trace_id")).isNull();
    }

    @Test
    void the_trace_is_not_named_to_endpoints_that_must_not_know_it() {
        bundle.with("claude.tracing.propagation.enabled", "false");
        claude.next(says("Very deep."));

        bundle.send("How deep?", Map.of("traceparent", TRACE_PARENT));

        assertThat(claude.requests().get(0).headers()).doesNotContainKey("traceparent");
    }

    @Test
    void the_open_telemetry_of_the_application_is_used() {
        try (OtlpTraces own = new OtlpTraces(new TracingSettings(true, URI.create(receiver.url()), "own", 100, true))) {
            bundle.withBean("telemetry", own);
            claude.next(says("Very deep."));

            bundle.ask("How deep?");
            allAreSent();
        }

        assertThat(receiver.services()).containsOnly("own");
        assertThat(receiver.named("claude.source")).hasSize(1);
    }

    @Test
    void a_receiver_that_is_down_is_one_line_and_no_failure() {
        bundle.with("claude.tracing.otlp.endpoint", "http://127.0.0.1:" + FreePort.next() + "/v1/traces");
        try (CapturedLog log = new CapturedLog(OtlpTraces.class.getName(), Level.WARN)) {
            claude.next(says("Very deep."), says("Deeper."));

            assertThat(bundle.ask("How deep?")).isEqualTo("Very deep.");
            Bundle.until(() -> !log.lines().isEmpty());
            assertThat(bundle.ask("How much deeper?")).isEqualTo("Deeper.");
            allAreSent();

            assertThat(log.lines()).hasSize(1);
            assertThat(log.lines().get(0)).contains("claude.tracing.otlp.endpoint");
        }
    }

    @Test
    void without_tracing_an_error_names_the_trace_of_its_client() throws Exception {
        bundle.withHttpDoor().with("claude.tracing.enabled", "false");

        HttpResponse<String> response = answer(asks("no json", "traceparent", TRACE_PARENT));
        HttpResponse<String> without = answer(asks("no json"));

        assertThat(response.body()).contains("\"trace_id\":\"" + TRACE + "\"");
        assertThat(without.body()).doesNotContain("trace_id");
        assertThat(without.headers().firstValue("x-trace-id")).isEmpty();
        assertThat(receiver.spans()).isEmpty();
    }
}
