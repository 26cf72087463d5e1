package io.clauderoutes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.hc.client5.http.classic.HttpClient;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one request costs in all seven stages, everything on, when the network costs nothing: the endpoint's bytes come out of
 * memory. The cost of a chunk is the difference between 500 chunks and 1, divided by 499.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 6, time = 5)
@Measurement(iterations = 5, time = 4)
public class PipelineBenchmark {

    @Param({"1", "500"})
    public int chunks;

    private CamelContext context;
    private ProducerTemplate template;
    private Endpoint door;
    private long number;

    @Setup
    public void start() throws Exception {
        context = new DefaultCamelContext();
        context.disableJMX();
        Properties settings = new Properties();
        settings.setProperty("claude.credentials.main.key", "sk-ant-benchmark");
        settings.setProperty("claude.endpoints.primary.url", "http://127.0.0.1:9");
        settings.setProperty("claude.routes", "");
        settings.setProperty("claude.sinks.counter.uri", "bean:counter?method=count");
        context.getPropertiesComponent().setInitialProperties(settings);
        context.getRegistry().bind("counter", new Counter());
        context.getRegistry().bind("claudeHttpClient-primary", new CannedEndpoint(stream(chunks)));
        context.start();
        template = context.createProducerTemplate();
        door = context.getEndpoint("direct:claude");
    }

    @TearDown
    public void stop() {
        context.stop();
    }

    /** A request that no cache knows, with one sink that takes the whole answer. */
    @Benchmark
    public String request() {
        return template.requestBodyAndHeader(
                        door, "How deep is the sea in place " + number++ + "?", ClaudeHeaders.SINKS, "counter")
                .toString();
    }

    /** The same without a sink: the answer goes back to the caller only. */
    @Benchmark
    public String requestWithoutSink() {
        return template.requestBody(door, "How deep is the sea in place " + number++ + "?")
                .toString();
    }

    private static byte[] stream(int chunks) {
        StringBuilder sse = new StringBuilder();
        event(
                sse,
                "message_start",
                "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                        + "\"model\":\"claude-sonnet-5-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
                        + "\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}");
        event(
                sse,
                "content_block_start",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
        for (int i = 0; i < chunks; i++) {
            event(
                    sse,
                    "content_block_delta",
                    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
                            + "\"text\":\"some words here \"}}");
        }
        event(sse, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}");
        event(
                sse,
                "message_delta",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                        + "\"usage\":{\"output_tokens\":40}}");
        event(sse, "message_stop", "{\"type\":\"message_stop\"}");
        return sse.toString().getBytes(UTF_8);
    }

    private static void event(StringBuilder sse, String name, String data) {
        sse.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
    }

    /** A sink that does nothing but be called. */
    public static final class Counter {
        private long taken;

        public void count() {
            taken++;
        }

        public long taken() {
            return taken;
        }
    }

    /** Answers every call with the same bytes. */
    private static final class CannedEndpoint implements HttpClient {
        private final byte[] body;

        CannedEndpoint(byte[] body) {
            this.body = body;
        }

        @Override
        public ClassicHttpResponse executeOpen(HttpHost target, ClassicHttpRequest request, HttpContext context) {
            BasicClassicHttpResponse response = new BasicClassicHttpResponse(200);
            response.setHeader("content-type", "text/event-stream; charset=utf-8");
            response.setHeader("request-id", "req_1");
            response.setEntity(new InputStreamEntity(new ByteArrayInputStream(body), ContentType.TEXT_EVENT_STREAM));
            return response;
        }

        @Override
        @Deprecated
        public HttpResponse execute(ClassicHttpRequest request) {
            throw new UnsupportedOperationException("the route opens responses");
        }

        @Override
        @Deprecated
        public HttpResponse execute(ClassicHttpRequest request, HttpContext context) {
            return execute(request);
        }

        @Override
        @Deprecated
        public ClassicHttpResponse execute(HttpHost target, ClassicHttpRequest request) {
            throw new UnsupportedOperationException("the route opens responses");
        }

        @Override
        @Deprecated
        public HttpResponse execute(HttpHost target, ClassicHttpRequest request, HttpContext context) {
            return execute(request);
        }

        @Override
        public <T> T execute(ClassicHttpRequest request, HttpClientResponseHandler<? extends T> handler) {
            throw new UnsupportedOperationException("the route opens responses");
        }

        @Override
        public <T> T execute(
                ClassicHttpRequest request, HttpContext context, HttpClientResponseHandler<? extends T> handler) {
            return execute(request, handler);
        }

        @Override
        public <T> T execute(
                HttpHost target, ClassicHttpRequest request, HttpClientResponseHandler<? extends T> handler) {
            return execute(request, handler);
        }

        @Override
        public <T> T execute(
                HttpHost target,
                ClassicHttpRequest request,
                HttpContext context,
                HttpClientResponseHandler<? extends T> handler) {
            return execute(request, handler);
        }
    }
}
