package io.clauderoutes.credential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.credential.Credential.Answer;
import io.clauderoutes.credential.TokenSource.Issued;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * A server that gives tokens out. One try each time, no redirects, a bounded answer within a bounded time; what it says when it
 * refuses is passed on without whatever looks like a secret.
 */
final class TokenEndpoint implements AutoCloseable {

    private static final int LONGEST_ANSWER = 256 * 1024;
    private static final int LONGEST_SAYING = 300;
    private static final int LONGEST_READ = 2000;
    private static final int SHORTEST_SECRET = 4;
    /** Where the server does not say how long its token lives. */
    private static final long USUAL_SECONDS = 300;

    private static final TimeValue KEPT = TimeValue.ofSeconds(30);
    private static final Pattern LIKE_A_TOKEN =
            Pattern.compile("sk-ant-\\S+|eyJ[\\w-]+(\\.[\\w-]*)*|[\\w+/=-]*[0-9][\\w+/=-]{31,}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private final String name;
    private final URI url;
    private final Duration timeout;
    private final ServerClock clock;
    private final ScheduledExecutorService scheduler;
    private final LongSupplier ticker;
    private final CloseableHttpClient client;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * The token endpoint of one credential.
     *
     * @param name of the credential
     * @param timeout of one request, from its start to the end of the answer
     */
    TokenEndpoint(
            String name,
            URI url,
            Duration timeout,
            ServerClock clock,
            ScheduledExecutorService scheduler,
            LongSupplier ticker) {
        this.name = name;
        this.url = url;
        this.timeout = timeout;
        this.clock = clock;
        this.scheduler = scheduler;
        this.ticker = ticker;
        Timeout each = Timeout.of(timeout);
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(each)
                                .setSocketTimeout(each)
                                .setTimeToLive(KEPT)
                                .setValidateAfterInactivity(TimeValue.ofMilliseconds(500))
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(each)
                        .setResponseTimeout(each)
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("claude-routes")
                .build();
    }

    /** What came back. */
    private record Response(int status, JsonNode answer, long sinceNanos) {}

    /**
     * Asks for a token.
     *
     * @param headers beside those of the body
     * @param secrets what must not come back in a message
     */
    Issued ask(HttpEntity body, List<Header> headers, List<String> secrets) {
        HttpPost request = new HttpPost(url);
        request.setEntity(body);
        request.setHeader(HttpHeaders.ACCEPT, "application/json");
        headers.forEach(request::setHeader);
        AtomicBoolean late = new AtomicBoolean();
        Future<?> end = scheduler.schedule(
                () -> {
                    late.set(true);
                    request.cancel();
                },
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        try {
            long sent = ticker.getAsLong();
            return issued(client.execute(request, response -> response(response, sent)), secrets);
        } catch (IOException failure) {
            throw late.get() || failure instanceof SocketTimeoutException
                    ? new ClaudeException.TimedOut(
                            ApiError.ours(
                                    504,
                                    "timeout_error",
                                    setting() + " did not answer within claude.credentials." + name + ".token-timeout"),
                            failure)
                    : new ClaudeException.Unavailable(
                            ApiError.ours(
                                    503,
                                    "api_error",
                                    setting() + " cannot be reached: "
                                            + said(String.valueOf(failure.getMessage()), secrets)),
                            failure);
        } finally {
            end.cancel(false);
        }
    }

    private String setting() {
        return "claude.credentials." + name + ".token-url=" + url;
    }

    private Response response(ClassicHttpResponse response, long sent) throws IOException {
        long received = ticker.getAsLong();
        Header date = response.getFirstHeader(HttpHeaders.DATE);
        clock.heard(new Answer(response.getCode(), date == null ? "" : date.getValue(), sent, received));
        byte[] body = new byte[0];
        if (response.getEntity() != null) {
            try (InputStream in = response.getEntity().getContent()) {
                body = in.readNBytes(LONGEST_ANSWER);
            }
        }
        return new Response(response.getCode(), read(body), sent + (received - sent) / 2);
    }

    private Issued issued(Response response, List<String> secrets) {
        int status = response.status();
        JsonNode answer = response.answer();
        if (status >= 300 && status < 400) {
            throw unavailable(setting() + " sent a redirect (status " + status
                    + "), which is not followed: set the URL that gives out tokens");
        }
        if (status == 408 || status == 429 || status >= 500) {
            throw unavailable(setting() + " failed with status " + status + said(answer, secrets));
        }
        if (status < 200 || status >= 300) {
            throw new ClaudeException.Unauthorized(
                    ApiError.ours(
                            401,
                            "authentication_error",
                            setting() + " refused with status " + status + said(answer, secrets)),
                    "Check claude.credentials." + name);
        }
        String token = answer.path("access_token").asText();
        if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c >= 127)) {
            throw unavailable(setting() + " answered with status " + status
                    + " and without an access_token: is it the token endpoint?");
        }
        String type = answer.path("token_type").asText("Bearer");
        if (!type.equalsIgnoreCase("bearer")) {
            throw unavailable(setting() + " gave a token of the type " + said(type, secrets) + ": expected Bearer");
        }
        long seconds = answer.path("expires_in").asLong(USUAL_SECONDS);
        if (seconds < 1) {
            throw unavailable(setting() + " gave a token that has expired: expires_in is " + seconds);
        }
        return new Issued(token, Duration.ofSeconds(seconds), response.sinceNanos());
    }

    private static ClaudeException unavailable(String sentence) {
        return new ClaudeException.Unavailable(ApiError.ours(503, "api_error", sentence));
    }

    private JsonNode read(byte[] body) {
        try {
            return json.readTree(body);
        } catch (IOException noJson) {
            return json.missingNode();
        }
    }

    /** The server's reason: OAuth's two fields, or the API's message. */
    private static String said(JsonNode answer, List<String> secrets) {
        JsonNode error = answer.path("error");
        String reason = error.isObject()
                ? error.path("message").asText()
                : (error.asText() + " " + answer.path("error_description").asText()).strip();
        return reason.isEmpty() ? "" : ", saying: " + said(reason, secrets);
    }

    private static String said(String text, List<String> secrets) {
        String clean = CONTROL.matcher(text.substring(0, Math.min(text.length(), LONGEST_READ)))
                .replaceAll(" ");
        for (String secret : secrets) {
            if (secret.length() >= SHORTEST_SECRET) {
                clean = clean.replace(secret, "***");
            }
        }
        clean = LIKE_A_TOKEN.matcher(clean).replaceAll("***");
        return clean.length() > LONGEST_SAYING ? clean.substring(0, LONGEST_SAYING) + "…" : clean;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
