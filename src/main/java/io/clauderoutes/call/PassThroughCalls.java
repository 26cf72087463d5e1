package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.CallHooks;
import io.clauderoutes.call.http.ContentDecoding;
import io.clauderoutes.call.http.WireHeaders;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.ClaudeSettings.HttpVersion;
import io.clauderoutes.text.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.util.Timeout;

/**
 * Calls of the API that cost nothing and are no prompts, such as counting tokens: made once, with our
 * credential, as they are. A credential that was refused and renewed meanwhile is worth a second call.
 */
public final class PassThroughCalls {

    /** The tag of calls that are passed on unread. */
    private static final String METHOD = "other";

    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;

    private final Endpoints endpoints;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;

    public PassThroughCalls(Endpoints endpoints, ClaudeMeters meters, LongSupplier ticker) {
        this.endpoints = endpoints;
        this.meters = meters;
        this.ticker = ticker;
    }

    /**
     * A body that is passed on while it comes.
     *
     * @param length of the body in bytes; negative where it is not known
     */
    public record Upload(InputStream body, long length) {}

    /** Receives a response while it comes. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * Receives a response.
         *
         * @param headers that a client may see, by lower-case name
         * @param body without its content coding; it is closed afterwards
         */
        void response(int status, Map<String, String> headers, InputStream body) throws IOException;
    }

    /**
     * Makes a call whose bodies have any size, and hands its response over while it comes. The call is made once, for its body can be
     * read only once.
     *
     * @param body in place of the request's own
     * @throws ClaudeException if there is no response; what the receiver throws is thrown on
     */
    public void transfer(PlainRequest request, Optional<Upload> body, Receiver receiver) {
        Endpoint endpoint = endpoints.any();
        ClassicRequestBuilder http = builder(endpoint, request);
        body.ifPresent(its -> http.setEntity(entity(endpoint, request, its)));
        long start = ticker.getAsLong();
        try {
            endpoint.client().execute(http.build(), context(endpoint, request), response -> {
                called(endpoint, response.getCode(), start);
                Map<String, String> headers = headers(response);
                headers.remove(CallHooks.RENEWED);
                try (InputStream in = body(response, headers)) {
                    receiver.response(response.getCode(), headers, in);
                }
                return receiver;
            });
        } catch (IOException failure) {
            ClaudeException cause = failure(endpoint, failure);
            called(endpoint, cause.status(), start);
            throw cause;
        }
    }

    /**
     * Makes the call and waits for its answer, whatever its status.
     *
     * @throws ClaudeException if there is no answer
     */
    public PlainResponse send(PlainRequest request) {
        Endpoint endpoint = endpoints.any();
        ClassicRequestBuilder http = builder(endpoint, request);
        if (request.body().length() > 0) {
            http.setEntity(new ByteArrayEntity(request.body().bytes(), contentType(request)));
        }
        ClassicHttpRequest call = http.build();
        HttpClientContext context = context(endpoint, request);
        long start = ticker.getAsLong();
        try {
            PlainResponse response = endpoint.client().execute(call, context, PassThroughCalls::answer);
            if (response.headers().remove(CallHooks.RENEWED) != null) {
                response = endpoint.client().execute(call, context, PassThroughCalls::answer);
                response.headers().remove(CallHooks.RENEWED);
            }
            called(endpoint, response.status(), start);
            return response;
        } catch (IOException failure) {
            ClaudeException cause = failure(endpoint, failure);
            called(endpoint, cause.status(), start);
            throw cause;
        }
    }

    /** A call by HTTP/2 leaves as a whole, so its body is bounded. */
    private static HttpEntity entity(Endpoint endpoint, PlainRequest request, Upload upload) {
        if (endpoint.settings().connection().version() != HttpVersion.HTTP_2) {
            return new InputStreamEntity(upload.body(), upload.length(), contentType(request));
        }
        try {
            byte[] whole = upload.body().readNBytes(LONGEST_ANSWER + 1);
            if (whole.length <= LONGEST_ANSWER) {
                return new ByteArrayEntity(whole, contentType(request));
            }
        } catch (IOException broken) {
            throw new ClaudeException.Rejected(ApiError.callerLeft("the request did not come to its end"), broken);
        }
        throw new ClaudeException.Rejected(ApiError.ours(
                413,
                "request_too_large",
                "the request is longer than " + LONGEST_ANSWER + " bytes, which is the most with claude.endpoints."
                        + endpoint.name() + ".http-version=2"));
    }

    private static ClaudeException failure(Endpoint endpoint, IOException failure) {
        return Failures.of(failure, endpoint.name())
                .orElseGet(() -> new ClaudeException.Unavailable(
                        ApiError.ours(502, "api_error", "the call was not answered"), failure));
    }

    private static ClassicRequestBuilder builder(Endpoint endpoint, PlainRequest request) {
        String base = Endpoints.base(endpoint.settings().url());
        ClassicRequestBuilder http =
                ClassicRequestBuilder.create(request.method()).setUri(base + request.path());
        if (!request.headers().containsKey(WireHeaders.VERSION)) {
            http.setHeader(WireHeaders.VERSION, endpoint.settings().apiVersion());
        }
        request.headers().forEach((name, value) -> {
            if (!name.equals("content-type")) {
                http.setHeader(name, value);
            }
        });
        return http;
    }

    private static HttpClientContext context(Endpoint endpoint, PlainRequest request) {
        HttpClientContext context = HttpClientContext.create();
        request.credential().ifPresent(credential -> context.setAttribute(CallHooks.CALLERS, credential));
        context.setRequestConfig(RequestConfig.custom()
                .setResponseTimeout(Timeout.of(endpoint.settings().firstTokenTimeout()))
                .build());
        return context;
    }

    private void called(Endpoint endpoint, int status, long startNanos) {
        meters.called(endpoint.name(), METHOD, status, Duration.ofNanos(ticker.getAsLong() - startNanos));
    }

    private static ContentType contentType(PlainRequest request) {
        ContentType named = ContentType.parseLenient(request.headers().get("content-type"));
        return named == null ? ContentType.APPLICATION_JSON : named;
    }

    private static PlainResponse answer(ClassicHttpResponse response) throws IOException {
        Map<String, String> headers = headers(response);
        try (InputStream in = body(response, headers)) {
            byte[] body = in.readNBytes(LONGEST_ANSWER + 1);
            if (body.length > LONGEST_ANSWER) {
                throw new IOException("the answer is longer than " + LONGEST_ANSWER + " bytes");
            }
            return new PlainResponse(response.getCode(), headers, new Frame(body));
        }
    }

    private static Map<String, String> headers(ClassicHttpResponse response) {
        Map<String, String> headers = new HashMap<>();
        response.headerIterator().forEachRemaining(header -> {
            String name = header.getName().toLowerCase(Locale.ROOT);
            if (WireHeaders.comesIn(name)) {
                headers.put(name, header.getValue());
            }
        });
        return headers;
    }

    private static InputStream body(ClassicHttpResponse response, Map<String, String> headers) throws IOException {
        String codings = Optional.ofNullable(headers.remove("content-encoding")).orElse("");
        if (response.getEntity() == null) {
            return InputStream.nullInputStream();
        }
        try {
            return ContentDecoding.decoded(response.getEntity().getContent(), codings);
        } catch (ContentDecoding.Unknown unknown) {
            throw new IOException("the response has content-encoding: " + Printable.of(codings), unknown);
        }
    }
}
