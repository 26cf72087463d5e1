package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.message.MessageJson;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/**
 * Responds in the API's form to requests that no route sees, because the server cannot read them: a line or a header that is too
 * long, or what is not HTTP. Vert.x answers with an empty body.
 */
final class UnreadableRequests {

    private static final long LINGER_MILLIS = 1000;
    private static final MessageJson JSON = new MessageJson();

    private UnreadableRequests() {}

    /**
     * Refuses it, and closes its connection a little later: what its caller is still sending would meet a closed socket, whose
     * reset can take the answer away from him.
     *
     * @param options the server's, whose bounds the answer names
     */
    static void answer(HttpServerRequest unreadable, HttpServerOptions options) {
        ApiError error = error(unreadable.decoderResult().cause(), options);
        Vertx vertx = Vertx.currentContext().owner();
        GatewayErrors.answer(unreadable.response().putHeader("connection", "close"), error, JSON)
                .onComplete(sent -> vertx.setTimer(
                        LINGER_MILLIS, over -> unreadable.connection().close()));
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
