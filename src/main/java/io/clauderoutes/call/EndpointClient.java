package io.clauderoutes.call;

import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.call.Watchdog.Watch;
import io.clauderoutes.credential.Credential;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
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
 * The HTTP client of one endpoint: a pool of connections that are checked before they are used again, the credential put on
 * at the last moment, and nothing done behind the route's back: no retry, no redirect, no cookie, no decompression.
 */
final class EndpointClient {

    private static final TimeValue CHECK_AFTER_IDLE = TimeValue.ofMilliseconds(500);
    private static final Duration LAST_RESORT = Duration.ofSeconds(5);
    /** Bounds of a response's head, for the client itself has none. */
    private static final int LONGEST_HEADER = 64 * 1024;

    private static final int MOST_HEADERS = 200;

    private EndpointClient() {}

    static CloseableHttpClient of(
            ClaudeSettings.Endpoint endpoint, Credential credential, Watchdog watchdog, LongSupplier ticker) {
        TimeValue keepAlive = TimeValue.of(endpoint.keepAlive());
        Timeout connect = Timeout.of(endpoint.connectTimeout());
        // The watchdog knows the timeouts; the socket's own is there should the watchdog fail.
        Timeout socket = Timeout.of(
                longer(endpoint.firstTokenTimeout(), endpoint.idleTimeout()).plus(LAST_RESORT));
        return HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(Http1Config.custom()
                                        .setMaxLineLength(LONGEST_HEADER)
                                        .setMaxHeaderCount(MOST_HEADERS)
                                        .build())
                                .build())
                        .setMaxConnTotal(endpoint.connections())
                        .setMaxConnPerRoute(endpoint.connections())
                        .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.STRICT)
                        .setDefaultSocketConfig(SocketConfig.custom()
                                .setTcpNoDelay(true)
                                .setSoKeepAlive(true)
                                .build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(connect)
                                .setSocketTimeout(socket)
                                .setValidateAfterInactivity(CHECK_AFTER_IDLE)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(connect)
                        .setResponseTimeout(socket)
                        .build())
                .setKeepAliveStrategy((response, context) -> {
                    TimeValue asked =
                            DefaultConnectionKeepAliveStrategy.INSTANCE.getKeepAliveDuration(response, context);
                    return asked == null || asked.getDuration() <= 0 || asked.compareTo(keepAlive) > 0
                            ? keepAlive
                            : asked;
                })
                .evictIdleConnections(keepAlive)
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("claude-routes")
                .addRequestInterceptorLast((request, entity, context) -> credential.sign(request))
                .addExecInterceptorFirst(
                        "first-token-timeout",
                        (request, scope, chain) -> watched(request, scope, chain, endpoint, watchdog, ticker))
                .build();
    }

    private static Duration longer(Duration left, Duration right) {
        return left.compareTo(right) > 0 ? left : right;
    }

    /** A timeout of ours ended the wait for a response's head. */
    static final class NoResponse extends SocketTimeoutException {
        private static final long serialVersionUID = 1;

        NoResponse(String setting) {
            super(setting);
        }

        /** The setting of the endpoint that it is. */
        String setting() {
            return getMessage();
        }
    }

    /** Until the response's head has come the timeouts run here; afterwards they run with the reply. */
    private static ClassicHttpResponse watched(
            ClassicHttpRequest request,
            ExecChain.Scope scope,
            ExecChain chain,
            ClaudeSettings.Endpoint endpoint,
            Watchdog watchdog,
            LongSupplier ticker)
            throws IOException, HttpException {
        boolean totalFirst = endpoint.totalTimeout().compareTo(endpoint.firstTokenTimeout()) < 0;
        Duration limit = totalFirst ? endpoint.totalTimeout() : endpoint.firstTokenTimeout();
        Watch watch = watchdog.watch(ticker.getAsLong() + limit.toNanos(), () -> {
            if (scope.originalRequest instanceof Cancellable call) {
                call.cancel();
            }
        });
        try (watch) {
            return chain.proceed(request, scope);
        } catch (IOException failure) {
            if (watch.fired()) {
                throw new NoResponse(totalFirst ? "total-timeout" : "first-token-timeout");
            }
            throw failure;
        }
    }
}
