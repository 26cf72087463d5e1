package io.clauderoutes.gateway;

import io.clauderoutes.message.ApiError;
import io.clauderoutes.message.MessageJson;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;

/**
 * Gives an answer of the API's shape to what no route ever sees, for the server cannot read it: a line or a header that is too
 * long, or what is not HTTP. Vert.x answers with an empty body, and can only be told otherwise before Camel's server, which makes
 * and starts its own in one step, has begun to listen. For the same reason the bound of headers is set here.
 */
public final class UnreadableRequests extends VertxWrapper {

    /** Of all headers of a request: callers' tokens alone can have several kilobytes, and Vert.x takes 8 of them. */
    private static final int MOST_HEADER_BYTES = 32 * 1024;

    private static final MessageJson JSON = new MessageJson();

    private UnreadableRequests(Vertx vertx) {
        super((VertxInternal) vertx);
    }

    /** The same, whose servers answer for what they cannot read. */
    public static Vertx answeredBy(Vertx vertx) {
        return new UnreadableRequests(vertx);
    }

    @Override
    public HttpServer createHttpServer(HttpServerOptions options) {
        HttpServerOptions bounded = new HttpServerOptions(options).setMaxHeaderSize(MOST_HEADER_BYTES);
        bounded.getInitialSettings().setMaxHeaderListSize(MOST_HEADER_BYTES);
        return super.createHttpServer(bounded).invalidRequestHandler(unreadable -> answer(unreadable, bounded));
    }

    private static void answer(HttpServerRequest unreadable, HttpServerOptions options) {
        ApiError error = error(unreadable.decoderResult().cause(), options);
        DoorErrors.answer(unreadable.response().putHeader("connection", "close"), error, JSON)
                .onComplete(told -> unreadable.connection().close());
    }

    private static ApiError error(Throwable cause, HttpServerOptions options) {
        if (cause instanceof TooLongHttpLineException) {
            return refusal(
                    414,
                    "the first line of the request is longer than " + options.getMaxInitialLineLength() + " bytes");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return refusal(431, "the headers of the request are longer than " + options.getMaxHeaderSize() + " bytes");
        }
        return refusal(400, "the request is not one that HTTP allows");
    }

    private static ApiError refusal(int status, String why) {
        return ApiError.ours(status, "invalid_request_error", why);
    }
}
