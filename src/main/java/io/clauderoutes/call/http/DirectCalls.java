package io.clauderoutes.call.http;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.settings.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * Calls of endpoints that no route makes: everything but the Messages API. A call is made once, and once more if its credential was
 * refused and has been renewed since. A body that stops arriving for the idle timeout of the endpoint is cut off.
 */
public final class DirectCalls {

    private static final Duration CREDENTIAL_WAIT = Duration.ofSeconds(10);

    private final DeadlineTimer timer;
    private final LongSupplier ticker;

    public DirectCalls(DeadlineTimer timer, LongSupplier ticker) {
        this.timer = timer;
        this.ticker = ticker;
    }

    /** Reads a response. */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * Reads a response.
         *
         * @param body without its content coding; it is closed afterwards
         */
        T read(ResponseHead head, InputStream body) throws IOException;
    }

    /** A request to an endpoint, with the API's version. */
    public static ClassicRequestBuilder request(
            Endpoint endpoint, String method, String path, Map<String, String> headers) {
        ClassicRequestBuilder request = ClassicRequestBuilder.create(method)
                .setUri(base(endpoint.settings().url()) + path);
        headers.forEach(request::setHeader);
        if (endpoint.settings().api().dialect() == Dialect.MESSAGES && !headers.containsKey(WireHeaders.VERSION)) {
            request.setHeader(WireHeaders.VERSION, endpoint.settings().api().version());
        }
        return request;
    }

    /** A URL without the slash at its end. */
    public static String base(URI url) {
        String text = url.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** Makes the call and reads its response, whatever its status. */
    public <T> T make(Endpoint endpoint, ClassicHttpRequest request, HttpContext context, Reader<T> reader)
            throws IOException {
        if (context.getAttribute(CallHooks.CALLERS) == null) {
            // Without a credential no connection is opened.
            endpoint.credential().await(ticker.getAsLong() + CREDENTIAL_WAIT.toNanos());
        }
        HttpEntity body = request.getEntity();
        Optional<T> result = send(endpoint, request, context, reader, body == null || body.isRepeatable());
        return result.isPresent()
                ? result.get()
                : send(endpoint, request, context, reader, false).orElseThrow();
    }

    /** Empty if the call is worth another, and may be made again. */
    private <T> Optional<T> send(
            Endpoint endpoint, ClassicHttpRequest request, HttpContext context, Reader<T> reader, boolean again)
            throws IOException {
        return endpoint.client().execute(request, context, response -> {
            ResponseHead head = ResponseHead.of(response);
            if (again && head.renewed()) {
                return Optional.empty();
            }
            InputStream wire = response.getEntity() == null
                    ? InputStream.nullInputStream()
                    : response.getEntity().getContent();
            InputStream watched = new WatchedBody(
                    wire, timer, endpoint.settings().timeouts().idle(), () -> EndpointReply.cut(wire), ticker);
            try (InputStream body = head.decoded(watched, endpoint.name())) {
                return Optional.of(reader.read(head, body));
            }
        });
    }
}
