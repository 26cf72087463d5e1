package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;

/**
 * Bounds the bytes of request bodies that are held at the same time, in total and per client. A body counts from the moment when its
 * head has come to the end of the response: by its {@code content-length}, or as the longest that is taken where it names none.
 */
public final class BodyBytes {

    static final int TOO_MANY = 429;
    static final int UNAVAILABLE = 503;
    private static final int TOO_LARGE = 413;
    /** What is held of a body that is passed on while it comes. */
    private static final long HELD_OF_STREAM = 512 * 1024;

    private final long longest;
    private final long most;
    private final long mostPerClient;
    private final Map<Object, Held> held = new HashMap<>();
    private final Map<String, Long> byClient = new HashMap<>();
    private long total;

    private record Held(String client, long bytes) {}

    /**
     * Bounds bodies.
     *
     * @param longest bytes of one body
     * @param most bytes of all bodies
     * @param mostPerClient bytes of all bodies of one client
     */
    public BodyBytes(long longest, long most, long mostPerClient) {
        this.longest = longest;
        this.most = Math.max(longest, most);
        this.mostPerClient = Math.max(longest, mostPerClient);
    }

    /**
     * Takes room for the body of a request.
     *
     * @param streamed whether the body is passed on while it comes, whatever its length
     * @throws ClaudeException if there is no room
     */
    synchronized void take(HttpServerRequest request, String client, boolean streamed) {
        long length = length(request);
        long bytes = streamed ? Math.min(HELD_OF_STREAM, length) : length;
        if (bytes == 0) {
            return;
        }
        if (bytes > longest && !streamed) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    TOO_LARGE,
                    "request_too_large",
                    "the request is longer than this gateway takes (camel.server.max-body-size=" + longest + ")"));
        }
        hold(request, client, bytes);
    }

    /**
     * Takes room for what has arrived.
     *
     * @param owner of the bytes, until they are given back
     * @throws ClaudeException if there is no room
     */
    private void hold(Object owner, String client, long bytes) {
        if (byClient.getOrDefault(client, 0L) + bytes > mostPerClient) {
            throw new ClaudeException.RateLimited(ApiError.ours(
                    TOO_MANY,
                    "rate_limit_error",
                    "this client's requests have more than claude.gateway.max-client-request-bytes bytes in all"));
        }
        if (total + bytes > most) {
            throw new ClaudeException.Unavailable(ApiError.ours(
                    UNAVAILABLE,
                    "api_error",
                    "the requests at work have more than claude.gateway.max-request-bytes bytes in all"));
        }
        change(client, bytes);
        held.put(owner, new Held(client, bytes));
    }

    private long length(HttpServerRequest request) {
        String length = request.getHeader("content-length");
        if (length != null) {
            try {
                return Math.max(0, Long.parseLong(length.trim()));
            } catch (NumberFormatException huge) {
                return Long.MAX_VALUE;
            }
        }
        return request.headers().contains("transfer-encoding") ? longest : 0;
    }

    /**
     * Changes the room that a message of a WebSocket has. One that has none gets it.
     *
     * @param owner of the bytes, until they are given back
     * @param bytes of the message so far
     * @throws ClaudeException if there is no room; it has what it had before
     */
    synchronized void resize(Object owner, String client, long bytes) {
        Held before = held.remove(owner);
        long had = before == null ? 0 : before.bytes;
        change(client, -had);
        try {
            hold(owner, client, bytes);
        } catch (ClaudeException noRoom) {
            if (before != null) {
                change(client, had);
                held.put(owner, before);
            }
            throw noRoom;
        }
    }

    /** Bytes of the longest body. */
    long longest() {
        return longest;
    }

    /** The body has come and has so many bytes. */
    synchronized void settle(Object owner, long bytes) {
        Held before = held.get(owner);
        if (before != null) {
            change(before.client, bytes - before.bytes);
            held.put(owner, new Held(before.client, bytes));
        }
    }

    /** The response has ended. */
    synchronized void giveBack(Object owner) {
        Held before = held.remove(owner);
        if (before != null) {
            change(before.client, -before.bytes);
        }
    }

    private void change(String client, long bytes) {
        if (bytes == 0) {
            return;
        }
        total += bytes;
        byClient.merge(client, bytes, (had, more) -> had + more == 0 ? null : had + more);
    }

    /** Bytes that are held now. */
    synchronized long total() {
        return total;
    }
}
