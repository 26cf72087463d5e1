package io.clauderoutes.simulator;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.BiConsumer;

/**
 * Gathers a request's body. One that is too large is read to its end without being kept, so that the client can read
 * why it was refused; but not for ever.
 */
final class RequestBodyReader {

    static final int LARGEST = 32 * 1024 * 1024;
    static final int LARGEST_BATCH = 256 * 1024 * 1024;

    private static final long END_OF_PATIENCE = 1L << 30;

    private final HttpServerRequest request;
    private Buffer body = Buffer.buffer();
    private final int largest;
    private long size;

    RequestBodyReader(HttpServerRequest request, int largest) {
        this.request = request;
        this.largest = largest;
    }

    /** Calls back with the body and whether it is whole; never, if the client leaves before. */
    void read(BiConsumer<byte[], Boolean> complete) {
        request.exceptionHandler(failure -> request.connection().close());
        request.handler(this::part);
        request.endHandler(nothing -> complete.accept(body.getBytes(), size <= largest));
    }

    private void part(Buffer part) {
        size += part.length();
        if (size <= largest) {
            body.appendBuffer(part);
        } else if (size <= END_OF_PATIENCE) {
            body = Buffer.buffer();
        } else {
            request.connection().close();
        }
    }
}
