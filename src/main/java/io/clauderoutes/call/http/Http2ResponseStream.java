package io.clauderoutes.call.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * One answer of a multiplexed connection as it comes, to be read by a thread that may block. A reader hears at once that its
 * stream has failed or was cut, and what is not read is not asked for.
 */
final class Http2ResponseStream {

    /** Pieces that may wait for their reader. */
    private static final int READ_AHEAD = 64;
    /** HTTP/2's REFUSED_STREAM. */
    private static final long REFUSED = 7;
    /** HTTP/2's CANCEL. */
    private static final long CANCEL = 8;

    /** No bytes: the end. */
    private static final byte[] END = {};

    private final CompletableFuture<HttpClientResponse> head = new CompletableFuture<>();
    private final BlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
    private final AtomicBoolean done = new AtomicBoolean();
    private final Predicate<HttpClientRequest> unseen;
    private final Runnable onEnd;
    private volatile Optional<HttpClientRequest> request = Optional.empty();
    private volatile IOException failure;
    private volatile boolean ended;
    private volatile boolean cut;

    /**
     * An answer that has not come.
     *
     * @param unseen whether the server has said goodbye to a stream before it looked at it
     * @param onEnd is run once, when nothing more can come
     */
    Http2ResponseStream(Predicate<HttpClientRequest> unseen, Runnable onEnd) {
        this.unseen = unseen;
        this.onEnd = onEnd;
    }

    private void finish() {
        if (done.compareAndSet(false, true)) {
            onEnd.run();
        }
    }

    /** The head, as soon as it has come. */
    CompletableFuture<HttpClientResponse> head() {
        return head;
    }

    /**
     * The stream is open: the request is sent.
     *
     * @param again sends it over another stream, because the server has not processed this one
     */
    void begin(HttpClientRequest stream, Buffer body, Runnable again) {
        request = Optional.of(stream);
        if (cut) {
            stream.reset(CANCEL);
            return;
        }
        stream.exceptionHandler(cause -> failed(stream, cause, again));
        stream.response().onSuccess(this::answered).onFailure(cause -> failed(stream, cause, again));
        // On a connection that is about to end, a stream may not come about at all.
        stream.end(body).onFailure(cause -> failed(stream, cause, again));
    }

    private void failed(HttpClientRequest stream, Throwable cause, Runnable again) {
        if (request.filter(current -> current == stream).isEmpty()) {
            return;
        }
        if (!cut && !head.isDone() && isUntaken(stream, cause)) {
            request = Optional.empty();
            again.run();
        } else {
            failed(cause);
        }
    }

    /** Whether the server has not processed the stream at all. */
    private boolean isUntaken(HttpClientRequest stream, Throwable cause) {
        return cause instanceof StreamResetException reset ? reset.getCode() == REFUSED : unseen.test(stream);
    }

    private void answered(HttpClientResponse response) {
        response.pause();
        response.exceptionHandler(this::failed);
        response.handler(buffer -> {
            if (buffer.length() > 0) {
                pieces.add(buffer.getBytes());
            }
        });
        response.endHandler(end -> {
            ended = true;
            pieces.add(END);
            finish();
        });
        response.fetch(READ_AHEAD);
        head.complete(response);
    }

    /** Nothing more will come. */
    void failed(Throwable cause) {
        if (!ended && failure == null) {
            failure = cause instanceof IOException io ? io : new IOException("the stream has failed", cause);
        }
        pieces.add(END);
        head.completeExceptionally(cause);
        finish();
    }

    /** Gives up what has not come, and lets the server know. */
    void cut() {
        if (!ended && !cut) {
            cut = true;
            request.ifPresent(stream -> stream.reset(CANCEL));
            failed(new IOException("the stream was cut"));
        }
    }

    /** The body; closing it before its end gives up the rest. */
    InputStream body(HttpClientResponse response) {
        return new Body(response);
    }

    private final class Body extends InputStream {
        private final HttpClientResponse response;
        private byte[] current = END;
        private boolean over;
        private int at;
        private int taken;

        private Body(HttpClientResponse response) {
            this.response = response;
        }

        /** Whether there is a byte to be read. */
        private boolean hasByte() throws IOException {
            if (!over && at == current.length) {
                current = next();
                at = 0;
                over = current.length == 0;
            }
            return !over;
        }

        private byte[] next() throws IOException {
            byte[] next;
            try {
                next = pieces.take();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("reading was interrupted");
            }
            if (next.length == 0 && failure != null) {
                pieces.add(END);
                throw new IOException("the stream has failed", failure);
            }
            taken++;
            if (taken == READ_AHEAD / 2 && !ended) {
                response.fetch(taken);
                taken = 0;
            }
            return next;
        }

        @Override
        public int available() {
            return current.length - at;
        }

        @Override
        public int read() throws IOException {
            return hasByte() ? current[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!hasByte()) {
                return -1;
            }
            int some = Math.min(length, available());
            System.arraycopy(current, at, to, from, some);
            at += some;
            return some;
        }

        @Override
        public void close() {
            cut();
        }
    }
}
