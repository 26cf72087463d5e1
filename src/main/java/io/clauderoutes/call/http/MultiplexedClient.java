package io.clauderoutes.call.http;

import io.clauderoutes.call.http.CallHooks.Shown;
import io.clauderoutes.call.http.CallHooks.Waiting;
import io.clauderoutes.settings.ConnectionSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import javax.net.ssl.X509TrustManager;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;

/**
 * The HTTP/2 client of one endpoint with the face of a classic one: all calls are streams of two connections at most. A call
 * that is given up resets its stream and leaves the others alone; one that a server says goodbye to untaken goes out again.
 */
public final class MultiplexedClient extends CloseableHttpClient {

    private static final int MOST_CONNECTIONS = 2;
    /** Of a request that no server has taken. */
    private static final int MOST_STREAMS = 20;

    private static final int LONGEST_HEADERS = 256 * 1024;
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    private final Vertx vertx;
    private final HttpClientOptions options;
    private final PoolOptions pool;
    private final long lifetimeNanos;
    private final CallHooks hooks;
    private final LongSupplier ticker;
    /** Of connections that the server has said goodbye on: the last stream that it has looked at. */
    private final Map<HttpConnection, Integer> lastSeen = Collections.synchronizedMap(new WeakHashMap<>());

    private Generation current;

    /** @param dnsCache how long addresses are remembered */
    public MultiplexedClient(
            ConnectionSettings settings,
            Duration dnsCache,
            Optional<X509TrustManager> trusted,
            CallHooks hooks,
            LongSupplier ticker) {
        this.lifetimeNanos = settings.lifetime().toNanos();
        this.hooks = hooks;
        this.ticker = ticker;
        this.vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setAddressResolverOptions(
                        new AddressResolverOptions().setCacheMaxTimeToLive((int) dnsCache.toSeconds()))
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        this.options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setUseAlpn(true)
                .setHttp2ClearTextUpgrade(false)
                .setInitialSettings(new Http2Settings().setPushEnabled(false).setMaxHeaderListSize(LONGEST_HEADERS))
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setConnectTimeout((int) settings.connectTimeout().toMillis())
                .setHttp2KeepAliveTimeout((int) Math.max(1, settings.keepAlive().toSeconds()));
        trusted.ifPresent(manager -> options.setTrustOptions(TrustOptions.wrap(manager)));
        this.pool = new PoolOptions().setHttp1MaxSize(settings.limit()).setHttp2MaxSize(MOST_CONNECTIONS);
        this.current = new Generation();
    }

    /** Connections of about the same age, until their time is over and their last call has ended. */
    private final class Generation {
        private final long bornNanos = ticker.getAsLong();
        private final HttpClient client = vertx.httpClientBuilder()
                .with(options)
                .with(pool)
                .withConnectHandler(MultiplexedClient.this::connected)
                .build();
        private final AtomicInteger users = new AtomicInteger(1);

        /** One call less, or the end of its time. */
        void leave() {
            if (users.decrementAndGet() == 0) {
                client.close();
            }
        }
    }

    private void connected(HttpConnection connection) {
        connection.goAwayHandler(goodbye -> lastSeen.put(connection, goodbye.getLastStreamId()));
    }

    private boolean isUnseen(HttpClientRequest stream) {
        Integer last = lastSeen.get(stream.connection());
        return last != null && id(stream) > last;
    }

    private static int id(HttpClientRequest stream) {
        try {
            return stream.streamId();
        } catch (NullPointerException noStream) {
            // Vert.x cannot be asked whether there is one: the connection was about to end, and let none begin.
            return Integer.MAX_VALUE;
        }
    }

    private synchronized Generation join() {
        if (ticker.getAsLong() - current.bornNanos >= lifetimeNanos) {
            Generation over = current;
            current = new Generation();
            over.leave();
        }
        current.users.incrementAndGet();
        return current;
    }

    @Override
    protected CloseableHttpResponse doExecute(HttpHost target, ClassicHttpRequest request, HttpContext context)
            throws IOException {
        Optional<Shown> shown =
                hooks.sign(request, request.getEntity(), context == null ? HttpClientContext.create() : context);
        Buffer body = body(request);
        Generation generation = join();
        Http2ResponseStream answer = new Http2ResponseStream(this::isUnseen, generation::leave);
        send(generation, options(target, request), body, answer, MOST_STREAMS);
        Waiting waiting = hooks.waiting(request.getEntity(), answer::cut);
        try (waiting) {
            return CloseableHttpResponse.adapt(response(answer.head().get(), answer, shown));
        } catch (ExecutionException failure) {
            throw waiting.failure(
                    failure.getCause() instanceof IOException io
                            ? io
                            : new IOException("the call has failed", failure.getCause()));
        } catch (InterruptedException stopping) {
            answer.cut();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the call was interrupted");
        }
    }

    private static void send(
            Generation generation, RequestOptions options, Buffer body, Http2ResponseStream answer, int streams) {
        if (streams == 0) {
            answer.failed(new ConnectException("the server took the request on none of " + MOST_STREAMS + " streams"));
            return;
        }
        generation
                .client
                .request(new RequestOptions(options))
                .onSuccess(stream ->
                        answer.begin(stream, body, () -> send(generation, options, body, answer, streams - 1)))
                .onFailure(answer::failed);
    }

    private static Buffer body(ClassicHttpRequest request) throws IOException {
        HttpEntity entity = request.getEntity();
        if (entity == null) {
            return Buffer.buffer();
        }
        if (entity.getContentType() != null) {
            request.setHeader("content-type", entity.getContentType());
        }
        return Buffer.buffer(EntityUtils.toByteArray(entity));
    }

    private static RequestOptions options(HttpHost target, ClassicHttpRequest request) {
        boolean secure = target.getSchemeName().equals("https");
        RequestOptions options = new RequestOptions()
                .setHost(target.getHostName())
                .setPort(target.getPort() > 0 ? target.getPort() : secure ? HTTPS : HTTP)
                .setSsl(secure)
                .setMethod(HttpMethod.valueOf(request.getMethod()))
                .setURI(request.getPath());
        for (Header header : request.getHeaders()) {
            options.addHeader(header.getName(), header.getValue());
        }
        if (!request.containsHeader("user-agent")) {
            options.putHeader("user-agent", "claude-routes");
        }
        return options;
    }

    private ClassicHttpResponse response(HttpClientResponse head, Http2ResponseStream answer, Optional<Shown> shown) {
        ClassicHttpResponse response = new BasicClassicHttpResponse(head.statusCode());
        head.headers().forEach((name, value) -> response.addHeader(name, value));
        response.removeHeaders(CallHooks.RENEWED);
        shown.ifPresent(its -> hooks.answered(response, its));
        response.setEntity(
                new InputStreamEntity(answer.body(head), ContentType.parseLenient(head.getHeader("content-type"))));
        return response;
    }

    @Override
    public void close() {
        close(CloseMode.GRACEFUL);
    }

    @Override
    public void close(CloseMode mode) {
        vertx.close();
    }
}
