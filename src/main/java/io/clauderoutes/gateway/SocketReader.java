package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.websocket.ServerMessages;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.resume.RetainedEvent;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Part;
import io.clauderoutes.resume.RetainedReply.Reading;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Reads the reply to one request of a WebSocket client, as far as the client's credit goes. The connection's own thread alone uses it,
 * but for {@link #markReady}.
 */
final class SocketReader {

    /** Roughly, in a row: then the next request of the same connection has its turn. */
    private static final long MOST_BYTES = 16 * 1024;

    private static final int FIRST_ERROR_STATUS = 400;
    private static final int REQUEST_TIMEOUT = 408;

    private final String id;
    private final MessageJson json;
    private final AtomicBoolean ready = new AtomicBoolean();
    private long credit;
    private Optional<RetainedReply> reply = Optional.empty();
    private Reading reading;
    private boolean started;
    private boolean cancelled;
    private boolean over;
    private long blockedNanos;

    /**
     * A request that was sent, and has no reply yet.
     *
     * @param credit how many events the client takes; empty if it does not count
     */
    SocketReader(String id, OptionalLong credit, MessageJson json) {
        this.id = id;
        this.credit = credit.orElse(Long.MAX_VALUE);
        this.json = json;
    }

    String id() {
        return id;
    }

    /** Whether the last message for the request was sent. */
    boolean isOver() {
        return over;
    }

    /** Notes that there may be more to read; false if that was noted before. Safe for any thread. */
    boolean markReady() {
        return ready.compareAndSet(false, true);
    }

    /** The reply arrives from now on. */
    void attach(RetainedReply its, Reading reader, Consumer<byte[]> to) {
        reply = Optional.of(its);
        reading = reader;
        if (cancelled || over) {
            its.cancel();
            reader.close();
        } else {
            to.accept(ServerMessages.accepted(id, its.id()));
        }
    }

    /** The client takes so many events more. */
    void add(long events) {
        credit = credit + events < 0 ? Long.MAX_VALUE : credit + events;
        blockedNanos = 0;
    }

    /** The client wants nothing more: ends the call. */
    void cancel(Consumer<byte[]> to) {
        cancelled = true;
        reply.ifPresent(RetainedReply::cancel);
        end(ServerMessages.cancelled(id), to);
    }

    /** There is no reply. */
    void fail(PlainResponse error, Consumer<byte[]> to) {
        if (!over) {
            end(message(error), to);
        }
    }

    /**
     * Sends what has arrived, up to a number of bytes.
     *
     * @return whether there may be more
     */
    boolean send(Consumer<byte[]> to) {
        ready.set(false);
        if (over || reading == null) {
            return false;
        }
        Part part = reading.next(MOST_BYTES, credit);
        if (part.isCut()) {
            fail(error(StreamRetention.notRetained(part.first() - 1)), to);
            return false;
        }
        long number = part.first();
        for (RetainedEvent event : part.events()) {
            start(to);
            to.accept(
                    ServerMessages.event(id, number, event.name(), event.data().bytes()));
            number++;
        }
        credit -= credit == Long.MAX_VALUE ? 0 : part.events().size();
        part.ending().ifPresent(ending -> finish(ending, to));
        return !part.events().isEmpty() && !over;
    }

    private void start(Consumer<byte[]> to) {
        if (!started) {
            started = true;
            to.accept(ServerMessages.started(
                    id, json.bytesOf(reply.orElseThrow().origin().headers())));
        }
    }

    private void finish(PlainResponse ending, Consumer<byte[]> to) {
        if (ending.status() >= FIRST_ERROR_STATUS || ending.body().length() > 0) {
            end(message(ending), to);
        } else {
            start(to);
            end(ServerMessages.done(id), to);
        }
    }

    private byte[] message(PlainResponse ending) {
        byte[] headers = json.bytesOf(ending.headers());
        byte[] body = ending.body().bytes();
        return ending.status() >= FIRST_ERROR_STATUS
                ? ServerMessages.error(id, ending.status(), headers, body)
                : ServerMessages.reply(id, headers, body);
    }

    private PlainResponse error(ClaudeException failure) {
        return MessagesResponse.of(failure, RequestIds.next(), "", json);
    }

    private void end(byte[] message, Consumer<byte[]> to) {
        to.accept(message);
        leave();
    }

    /** A client that gives no credit must not keep a reply in memory. */
    void check(long passedNanos, Duration patience, Consumer<byte[]> to) {
        if (!over && credit == 0 && reading != null && reading.isBehind()) {
            blockedNanos += passedNanos;
            if (blockedNanos > patience.toNanos()) {
                fail(
                        error(new ClaudeException.Rejected(ApiError.ours(
                                REQUEST_TIMEOUT,
                                "timeout_error",
                                "the client gave no credit within claude.gateway.write-timeout: send the message resume to"
                                        + " continue the reply"))),
                        to);
            }
        }
    }

    /** Reads no more. The reply stays, and the client can continue it. */
    void leave() {
        over = true;
        if (reading != null) {
            reading.close();
        }
    }
}
