package io.clauderoutes.support;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PfxOptions;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The API over HTTP/2, by a server that has nothing in common with our client. It answers at once, or when it is told to. */
public final class Http2Claude implements AutoCloseable {

    private static final String BEGIN =
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_2\","
                    + "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,"
                    + "\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":"
                    + "\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    private static final String TEXT =
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                    + "\"delta\":{\"type\":\"text_delta\",\"text\":\"Very deep.\"}}\n\n";
    private static final String END =
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
                    + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
                    + "\"usage\":{\"output_tokens\":12}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final String scheme;
    private final Set<HttpConnection> connectionsOpen = ConcurrentHashMap.newKeySet();
    private final Queue<HttpServerResponse> held = new ConcurrentLinkedQueue<>();
    private final Queue<HttpServerResponse> unfinished = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger resets = new AtomicInteger();
    private volatile boolean holding;
    private volatile boolean stalling;
    private volatile boolean trickling;
    private volatile HttpServerRequest lastUnfinished;
    private volatile boolean leaving;
    private volatile int refusal;
    private volatile String refusalBody = "";
    private volatile Map<String, String> lastHeaders = Map.of();
    private volatile String lastBody = "";
    private volatile HttpVersion version;

    private Http2Claude(HttpServerOptions options, String scheme) {
        this.scheme = scheme;
        options.setHost("127.0.0.1").setPort(0);
        options.getInitialSettings().setMaxConcurrentStreams(1000);
        server = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(this::asked)
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    /** Without TLS, by prior knowledge. */
    public static Http2Claude plain() {
        return new Http2Claude(new HttpServerOptions(), "http");
    }

    /** By ALPN, or HTTP/1.1 for those who know nothing else. */
    public static Http2Claude tls(TestCertificates own) {
        return new Http2Claude(
                new HttpServerOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(
                                new PfxOptions().setPath(own.keys().toString()).setPassword(TestCertificates.PASSWORD)),
                "https");
    }

    private void connected(HttpConnection connection) {
        connections.incrementAndGet();
        connectionsOpen.add(connection);
        connection.closeHandler(gone -> connectionsOpen.remove(connection));
    }

    private void asked(HttpServerRequest request) {
        if (leaving) {
            request.connection().goAway(0, 0);
            return;
        }
        version = request.version();
        HttpServerResponse response = request.response();
        response.endHandler(done -> open.decrementAndGet());
        response.exceptionHandler(reset -> resets.incrementAndGet());
        request.body().onSuccess(body -> {
            lastBody = body.toString();
            Map<String, String> headers = new ConcurrentHashMap<>();
            request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
            lastHeaders = headers;
            asked.incrementAndGet();
            if (trickling) {
                lastUnfinished = request;
            }
            if (refusal != 0) {
                response.setStatusCode(refusal)
                        .putHeader("content-type", "application/json")
                        .end(refusalBody);
            } else if (holding) {
                held.add(response);
                if (!holding) {
                    release();
                }
            } else {
                answer(response);
            }
            open.incrementAndGet();
        });
    }

    private void answer(HttpServerResponse response) {
        response.setChunked(true).putHeader("content-type", "text/event-stream");
        response.write(BEGIN);
        response.write(TEXT);
        if (trickling) {
            unfinished.add(response);
        } else if (!stalling) {
            response.end(END);
        }
    }

    public String url() {
        return scheme + "://localhost:" + server.actualPort();
    }

    /** Answers nothing until {@link #release}. */
    public void hold() {
        holding = true;
    }

    /** Answers what comes from now on, but not what is held. */
    public void holdNoMore() {
        holding = false;
    }

    public void release() {
        holding = false;
        for (HttpServerResponse response = held.poll(); response != null; response = held.poll()) {
            HttpServerResponse next = response;
            vertx.runOnContext(now -> {
                if (!next.closed()) {
                    answer(next);
                }
            });
        }
    }

    /** Sends all but the end, until {@link #finish}. */
    public void trickle() {
        trickling = true;
    }

    public void finish() {
        trickleNoMore();
        for (HttpServerResponse response = unfinished.poll(); response != null; response = unfinished.poll()) {
            HttpServerResponse next = response;
            vertx.runOnContext(now -> next.end(END));
        }
    }

    /** Sends whole answers from now on, but for what is unfinished. */
    public void trickleNoMore() {
        trickling = false;
    }

    /** Stops after the text, without an end. */
    public void stallAfterText() {
        stalling = true;
    }

    public void refuse(int status, String body) {
        refusalBody = body;
        refusal = status;
    }

    /** Says goodbye on the connection of the last unfinished answer, as one who has looked at nothing that came after it. */
    public void sayGoodbye() {
        HttpServerRequest its = lastUnfinished;
        its.connection().goAway(0, its.streamId());
    }

    /** Says goodbye to whatever comes. */
    public void alwaysSayGoodbye() {
        leaving = true;
    }

    public void breakConnections() {
        connectionsOpen.forEach(HttpConnection::close);
    }

    /** All that were ever opened. */
    public int connections() {
        return connections.get();
    }

    public int connectionsOpen() {
        return connectionsOpen.size();
    }

    /** Requests that have come, looked at or not. */
    public int asked() {
        return asked.get();
    }

    /** Requests whose answer has not ended. */
    public int open() {
        return open.get();
    }

    /** Streams that were reset by the caller, or broke. */
    public int resets() {
        return resets.get();
    }

    public Map<String, String> lastHeaders() {
        return Map.copyOf(lastHeaders);
    }

    public String lastBody() {
        return lastBody;
    }

    public boolean isHttp2() {
        return version == HttpVersion.HTTP_2;
    }

    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}
