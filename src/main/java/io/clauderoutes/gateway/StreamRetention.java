package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.RetainedReader.ReadingTimes;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.resume.RetainedReplies;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetentionRequest;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides which replies are retained, and lets clients read them. */
public final class StreamRetention {

    private static final Logger LOG = LoggerFactory.getLogger(StreamRetention.class);
    private static final String RESUMABLE = "x-claude-routes-resumable";
    private static final String IDEMPOTENCY_KEY = "idempotency-key";
    private static final String LAST_EVENT = "last-event-id";
    private static final int LONGEST_KEY = 255;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;
    private static final int SERVER_ERROR = 500;

    private final RetainedReplies replies;
    private final Supplier<GatewaySettings> settings;
    private final ClaudeMeters meters;

    /** @param settings those of now */
    public StreamRetention(RetainedReplies replies, Supplier<GatewaySettings> settings, ClaudeMeters meters) {
        this.replies = replies;
        this.settings = settings;
        this.meters = meters;
        meters.clients().retainedReplies(replies::count, replies::bytes, replies::maxBytes);
    }

    RetainedReplies replies() {
        return replies;
    }

    /**
     * Whether the reply to a request is retained: a client asks for it with {@code x-claude-routes-resumable: 1} or with an {@code
     * idempotency-key}, or the settings do for all streams.
     *
     * @throws ClaudeException.Rejected if the idempotency key is empty or too long
     */
    Optional<RetentionRequest> wanted(String id, Client client, MultiMap headers, MessagesRequest asked, byte[] body) {
        Optional<String> key = idempotencyKey(headers);
        return key.isPresent() || (asked.stream() && isResumable(client, headers))
                ? Optional.of(RetentionRequest.of(id, client.name(), key, body))
                : Optional.empty();
    }

    /**
     * A request whose reply is retained in any case.
     *
     * @throws ClaudeException.Rejected if the idempotency key is empty or too long
     */
    static RetentionRequest request(String id, Client client, MultiMap headers, byte[] body) {
        return RetentionRequest.of(id, client.name(), idempotencyKey(headers), body);
    }

    private static Optional<String> idempotencyKey(MultiMap headers) {
        Optional<String> key = Optional.ofNullable(headers.get(IDEMPOTENCY_KEY));
        if (key.filter(text -> text.isBlank() || text.length() > LONGEST_KEY).isPresent()) {
            throw refused(BAD_REQUEST, "idempotency-key: expected 1 to " + LONGEST_KEY + " characters");
        }
        return key;
    }

    /** Looks for a reply of a client in memory, and then in the store, which takes time. */
    Future<Optional<RetainedReply>> find(String id, String client, Vertx vertx) {
        Optional<RetainedReply> found = replies.find(id, client);
        return found.isPresent() || !replies.isStored()
                ? Future.succeededFuture(found)
                : vertx.executeBlocking(() -> replies.load(id, client), false);
    }

    /**
     * The reply that was looked for.
     *
     * @throws ClaudeException if it is not retained for the client, or the store cannot be read
     */
    static RetainedReply found(AsyncResult<Optional<RetainedReply>> found) {
        if (found.failed()) {
            throw ClaudeException.causeOf(found.cause())
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(SERVER_ERROR, "api_error", "the stored reply could not be read"),
                            found.cause()));
        }
        return found.result()
                .orElseThrow(() -> new ClaudeException.Rejected(ApiError.ours(
                        NOT_FOUND,
                        "not_found_error",
                        "no reply with this id is retained for this client: replies are retained with the request header"
                                + " x-claude-routes-resumable: 1, until claude.resume.keep after their end")));
    }

    private boolean isResumable(Client client, MultiMap headers) {
        String value = headers.get(RESUMABLE);
        return value == null
                ? client.key()
                        .flatMap(key -> key.replies().resumable())
                        .orElse(settings.get().defaults().resumable())
                : value.equals("1");
    }

    /**
     * Sends a reply that was begun before to a client that comes back, and counts that.
     *
     * @param how {@code resumed} or {@code joined}
     * @param after number of the last event that the client has
     * @throws ClaudeException.Rejected if what comes after it is not retained
     */
    RetainedReader sendAgain(
            String how, RetainedReply reply, long after, Context serverThread, HttpServerResponse response) {
        RetainedReader reader = reader(reply, serverThread, response);
        if (!reader.start(after)) {
            throw notRetained(after);
        }
        countAgain(how, reply, after);
        return reader;
    }

    /** A client reads a reply that was begun before. */
    void countAgain(String how, RetainedReply reply, long after) {
        meters.clients().resumed(how);
        LOG.info("Reply {} is sent again from event {}: a client {} it", reply.id(), after + 1, how);
    }

    /** The refusal of a client that wants events which were dropped. */
    static ClaudeException notRetained(long after) {
        return refused(
                GONE,
                "the events after " + after + " of this reply are not retained:"
                        + " claude.resume.max-reply-bytes and claude.resume.max-bytes bound them");
    }

    /** Sends a reply that begins now. It has no events yet, or those of an earlier call. */
    RetainedReader send(RetainedReply reply, long after, Context serverThread, HttpServerResponse response) {
        RetainedReader reader = reader(reply, serverThread, response);
        if (!reader.start(after)) {
            reader.start(0);
        }
        return reader;
    }

    private RetainedReader reader(RetainedReply reply, Context serverThread, HttpServerResponse response) {
        GatewaySettings now = settings.get();
        return new RetainedReader(
                serverThread,
                response,
                reply,
                new ReadingTimes(
                        now.connections().pingInterval(), now.connections().writeTimeout()));
    }

    /**
     * The last event that a client has; 0 if it names none.
     *
     * @throws ClaudeException.Rejected if it is no number
     */
    static long lastEvent(MultiMap headers) {
        String value = headers.get(LAST_EVENT);
        if (value == null || value.isBlank()) {
            return 0;
        }
        try {
            long number = Long.parseLong(value.trim());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException noNumber) {
            // refused below
        }
        throw refused(BAD_REQUEST, "last-event-id: expected the number in the last line id: that was received");
    }

    static ClaudeException refused(int status, String why) {
        return new ClaudeException.Rejected(ApiError.ours(status, "invalid_request_error", why));
    }
}
