package io.clauderoutes.resume;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.settings.ResumeSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The replies that are retained, by their id and by the idempotency key of their request. A client finds only its own. Replies that
 * have ended make room for those that arrive, the oldest first. Thread-safe.
 */
public final class RetainedReplies {

    private static final int CONFLICT = 409;

    private final MessageJson json;
    private final RetentionBounds bounds;
    private final RetentionTimes times;
    private final Map<String, Entry> byId = new LinkedHashMap<>();
    private final Map<ClientKey, Entry> byKey = new HashMap<>();
    private volatile ResumeSettings settings;

    private record ClientKey(String client, String key) {}

    private record Entry(RetainedReply reply, RetentionRequest request) {
        Optional<ClientKey> key() {
            return request.idempotencyKey().map(key -> new ClientKey(request.client(), key));
        }
    }

    /**
     * Retains nothing yet.
     *
     * @param writeTimeout how long an event may wait for a slow reader, if there is no room for it
     */
    public RetainedReplies(ResumeSettings settings, Duration writeTimeout, MessageJson json, LongSupplier ticker) {
        this.settings = settings;
        this.json = json;
        this.times = new RetentionTimes(() -> this.settings.window(), writeTimeout, ticker);
        this.bounds =
                new RetentionBounds(() -> this.settings.maxReplyBytes(), () -> this.settings.maxBytes(), this::evict);
    }

    /** Uses other settings from now on. */
    public void use(ResumeSettings others) {
        settings = others;
    }

    /**
     * The reply to a request.
     *
     * @param isNew whether the request is to be sent; otherwise its reply arrives already, or has arrived
     */
    public record Begun(RetainedReply reply, boolean isNew) {}

    /**
     * The reply to a request: a new one, or the one to an earlier request with the same idempotency key.
     *
     * @throws ClaudeException.Rejected with status 409 if the earlier request has another body
     */
    public Begun begin(RetentionRequest request) {
        Entry begun = new Entry(new RetainedReply(request.id(), bounds, times, json), request);
        synchronized (byId) {
            Optional<Entry> earlier = begun.key().map(byKey::get);
            if (earlier.filter(known -> !known.reply().isRefusal()).isPresent()) {
                return new Begun(sameBody(earlier.get(), request), false);
            }
            earlier.ifPresent(this::unlink);
            byId.put(request.id(), begun);
            begun.key().ifPresent(key -> byKey.put(key, begun));
        }
        return new Begun(begun.reply(), true);
    }

    private static RetainedReply sameBody(Entry earlier, RetentionRequest request) {
        if (earlier.request().bodyHash().equals(request.bodyHash())) {
            return earlier.reply();
        }
        throw new ClaudeException.Rejected(ApiError.ours(
                CONFLICT,
                "invalid_request_error",
                "an earlier request with the same idempotency-key has another body: send a new key for this one"));
    }

    /** The reply with this id; empty if it is not retained, or belongs to another client. */
    public Optional<RetainedReply> find(String id, String client) {
        synchronized (byId) {
            return Optional.ofNullable(byId.get(id))
                    .filter(entry -> entry.request().client().equals(client))
                    .map(Entry::reply);
        }
    }

    /** The reply has ended. One that has failed before its first event is not retained: its request can be sent again. */
    public void ended(RetainedReply reply) {
        if (reply.isRefusal()) {
            synchronized (byId) {
                Optional.ofNullable(byId.get(reply.id())).ifPresent(this::unlink);
            }
        }
    }

    /** Forgets the replies that ended longer than {@code claude.resume.keep} ago. */
    public void expire() {
        long keep = settings.keep().toNanos();
        synchronized (byId) {
            for (Entry entry : byId.values().toArray(Entry[]::new)) {
                if (entry.reply().isOver(keep)) {
                    remove(entry);
                }
            }
        }
    }

    private boolean evict(long bytes) {
        synchronized (byId) {
            Iterator<Entry> oldest = List.copyOf(byId.values()).iterator();
            while (!bounds.isFree(bytes) && oldest.hasNext()) {
                Entry entry = oldest.next();
                if (entry.reply().isOver(0)) {
                    remove(entry);
                }
            }
            return bounds.isFree(bytes);
        }
    }

    private void remove(Entry entry) {
        unlink(entry);
        entry.reply().forget();
    }

    private void unlink(Entry entry) {
        byId.remove(entry.request().id(), entry);
        entry.key().ifPresent(key -> byKey.remove(key, entry));
    }

    /** How many replies are retained. */
    public int count() {
        synchronized (byId) {
            return byId.size();
        }
    }

    /** Bytes that the retained replies occupy, roughly. */
    public long bytes() {
        return bounds.used();
    }
}
