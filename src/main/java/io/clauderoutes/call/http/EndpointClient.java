package io.clauderoutes.call.http;

import io.clauderoutes.call.http.CallHooks.Shown;
import io.clauderoutes.call.http.CallHooks.Waiting;
import io.clauderoutes.settings.ConnectionSettings;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.X509TrustManager;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * The HTTP/1.1 client of one endpoint: a pool of connections that are checked before they are used again, and nothing done behind
 * the route's back: no retry, no redirect, no cookie, no decompression.
 */
public final class EndpointClient {

    private static final TimeValue CHECK_AFTER_IDLE = TimeValue.ofMilliseconds(500);
    /** The watchdog cuts what takes too long; a timeout of the socket would cost a timer for each read. */
    private static final Timeout NONE = Timeout.DISABLED;
    /** Bounds of a response's head, because the client itself has none. */
    private static final int LONGEST_HEADER = 64 * 1024;

    private static final int MOST_HEADERS = 200;
    /** Of each direction of a connection, for as long as it is open. */
    private static final int BUFFER = 2 * 1024;

    private static final String SHOWN = "claude-credential";

    private EndpointClient() {}

    public static CloseableHttpClient of(
            ConnectionSettings connection, Optional<X509TrustManager> trusted, CallHooks hooks) {
        TimeValue keepAlive = TimeValue.of(connection.keepAlive());
        Timeout connect = Timeout.of(connection.connectTimeout());
        PoolingHttpClientConnectionManagerBuilder pool = PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                        .http1Config(Http1Config.custom()
                                .setBufferSize(BUFFER)
                                .setMaxLineLength(LONGEST_HEADER)
                                .setMaxHeaderCount(MOST_HEADERS)
                                .build())
                        .build())
                .setMaxConnTotal(connection.limit())
                .setMaxConnPerRoute(connection.limit())
                .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.STRICT)
                .setDefaultSocketConfig(SocketConfig.custom()
                        .setTcpNoDelay(true)
                        .setSoKeepAlive(true)
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(connect)
                        .setSocketTimeout(NONE)
                        .setValidateAfterInactivity(CHECK_AFTER_IDLE)
                        .setTimeToLive(TimeValue.of(connection.lifetime()))
                        .build());
        trusted.ifPresent(manager -> pool.setTlsSocketStrategy(ClientTlsStrategyBuilder.create()
                .setSslContext(TrustedCertificates.context(manager))
                .buildClassic()));
        return HttpClients.custom()
                .setConnectionManager(pool.build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(connect)
                        .setResponseTimeout(NONE)
                        .build())
                .setKeepAliveStrategy((response, context) -> {
                    TimeValue asked =
                            DefaultConnectionKeepAliveStrategy.INSTANCE.getKeepAliveDuration(response, context);
                    return asked == null || asked.getDuration() <= 0 || asked.compareTo(keepAlive) > 0
                            ? keepAlive
                            : asked;
                })
                .evictIdleConnections(keepAlive)
                .evictExpiredConnections()
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("claude-routes")
                .addRequestInterceptorLast((request, entity, context) -> {
                    context.removeAttribute(SHOWN);
                    hooks.sign(request, entity, context).ifPresent(shown -> context.setAttribute(SHOWN, shown));
                })
                .addExecInterceptorFirst("credential", (request, scope, chain) -> {
                    ClassicHttpResponse response = chain.proceed(request, scope);
                    response.removeHeaders(CallHooks.RENEWED);
                    if (scope.clientContext.getAttribute(SHOWN) instanceof Shown shown) {
                        hooks.answered(response, shown);
                    }
                    return response;
                })
                .addExecInterceptorFirst(
                        "first-token-timeout", (request, scope, chain) -> watched(request, scope, chain, hooks))
                .build();
    }

    private static ClassicHttpResponse watched(
            ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain, CallHooks hooks)
            throws IOException, HttpException {
        Waiting waiting = hooks.waiting(scope.originalRequest.getEntity(), () -> {
            if (scope.originalRequest instanceof Cancellable call) {
                call.cancel();
            }
        });
        try (waiting) {
            return chain.proceed(request, scope);
        } catch (IOException failure) {
            throw waiting.failure(failure);
        }
    }
}
