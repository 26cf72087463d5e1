package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.CallHooks;
import io.clauderoutes.call.http.DirectCalls;
import io.clauderoutes.call.http.ResponseHead;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.util.Timeout;

/** Calls of the API beside messages and batches, such as counting tokens: sent as they are, to one endpoint. */
public final class PassThroughCalls {

    /** The tag of calls that are passed on unread. */
    private static final String METHOD = "other";

    private static final int LONGEST_RESPONSE = 64 * 1024 * 1024;

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
     * Makes a call whose bodies have any size, and hands its response over while it comes. The call is made once, because its body can be
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
            endpoints.direct().make(endpoint, http.build(), context(endpoint, request), (head, in) -> {
                called(endpoint, head.status(), start);
                receiver.response(head.status(), head.headers(), in);
                return receiver;
            });
        } catch (IOException failure) {
            throw failed(endpoint, failure, start);
        }
    }

    /**
     * Makes the call and waits for its response, whatever its status.
     *
     * @throws ClaudeException if there is no answer
     */
    public PlainResponse send(PlainRequest request) {
        Endpoint endpoint = endpoints.any();
        ClassicRequestBuilder http = builder(endpoint, request);
        if (request.body().length() > 0) {
            http.setEntity(new ByteArrayEntity(request.body().bytes(), contentType(request)));
        }
        long start = ticker.getAsLong();
        try {
            PlainResponse response =
                    endpoints.direct().make(endpoint, http.build(), context(endpoint, request), PassThroughCalls::read);
            called(endpoint, response.status(), start);
            return response;
        } catch (IOException failure) {
            throw failed(endpoint, failure, start);
        } catch (ClaudeException unreadable) {
            called(endpoint, unreadable.status(), start);
            throw unreadable;
        }
    }

    private static PlainResponse read(ResponseHead head, InputStream in) throws IOException {
        byte[] body = in.readNBytes(LONGEST_RESPONSE + 1);
        if (body.length > LONGEST_RESPONSE) {
            throw new IOException("the response is longer than " + LONGEST_RESPONSE + " bytes");
        }
        return new PlainResponse(head.status(), head.headers(), new Frame(body));
    }

    private ClaudeException failed(Endpoint endpoint, IOException failure, long startNanos) {
        ClaudeException cause = Failures.of(failure, endpoint.name())
                .orElseGet(() -> new ClaudeException.Unavailable(
                        ApiError.ours(502, "api_error", "the endpoint sent no response"), failure));
        called(endpoint, cause.status(), startNanos);
        return cause;
    }

    /** A call by HTTP/2 leaves as a whole, so its body is bounded. */
    private static HttpEntity entity(Endpoint endpoint, PlainRequest request, Upload upload) {
        if (endpoint.settings().connection().version() != HttpVersion.HTTP_2) {
            return new InputStreamEntity(upload.body(), upload.length(), contentType(request));
        }
        try {
            byte[] whole = upload.body().readNBytes(LONGEST_RESPONSE + 1);
            if (whole.length <= LONGEST_RESPONSE) {
                return new ByteArrayEntity(whole, contentType(request));
            }
        } catch (IOException broken) {
            throw new ClaudeException.Rejected(ApiError.callerLeft("the request did not come to its end"), broken);
        }
        throw new ClaudeException.Rejected(ApiError.ours(
                413,
                "request_too_large",
                "the request is longer than " + LONGEST_RESPONSE + " bytes, which is the most with claude.endpoints."
                        + endpoint.name() + ".http-version=2"));
    }

    private static ClassicRequestBuilder builder(Endpoint endpoint, PlainRequest request) {
        Map<String, String> headers = new HashMap<>(request.headers());
        headers.remove("content-type");
        return DirectCalls.request(endpoint, request.method(), request.path(), headers);
    }

    private static HttpClientContext context(Endpoint endpoint, PlainRequest request) {
        HttpClientContext context = HttpClientContext.create();
        request.credential().ifPresent(credential -> context.setAttribute(CallHooks.CALLERS, credential));
        context.setRequestConfig(RequestConfig.custom()
                .setResponseTimeout(Timeout.of(endpoint.settings().timeouts().firstToken()))
                .build());
        return context;
    }

    private void called(Endpoint endpoint, int status, long startNanos) {
        meters.calls().called(endpoint.name(), METHOD, status, Duration.ofNanos(ticker.getAsLong() - startNanos));
    }

    private static ContentType contentType(PlainRequest request) {
        ContentType named = ContentType.parseLenient(request.headers().get("content-type"));
        return named == null ? ContentType.APPLICATION_JSON : named;
    }
}
