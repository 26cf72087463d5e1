package io.clauderoutes.resume;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.resume.ResumeStore.Stored;
import io.clauderoutes.resume.RetainedReply.Origin;
import io.clauderoutes.settings.ResumeSettings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replies that are retained, by their id and by the idempotency key of their request. A client finds only its own. Replies that
 * have ended make room for those that arrive, the oldest first. Thread-safe.
 */
public final class RetainedReplies {

    private static final Logger LOG = LoggerFactory.getLogger(RetainedReplies.class);
    private static final ApiError LOST = ApiError.ours(
            500,
            "api_error",
            "the bundle was stopped before this reply was complete, and the rest is lost. The call may be paid for: the ledger"
                    + " has it as UNKNOWN. Send a new request, or see claude.resume.on-lost");
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    private static final int SERVER_ERROR = 500;
    private static final int UNAVAILABLE = 503;

    private final MessageJson json;
    private final Optional<ResumeStore> store;
    private final Optional<ReplySaver> saver;
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
     * @param store where replies are stored, too; empty if they are in memory only
     */
    public RetainedReplies(
            ResumeSettings settings,
            Duration writeTimeout,
            Optional<ResumeStore> store,
            MessageJson json,
            LongSupplier ticker) {
        this.settings = settings;
        this.store = store;
        this.saver = store.map(its -> new ReplySaver(its, ticker));
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
        Entry fresh = new Entry(new RetainedReply(request.id(), bounds, times, json), request);
        Optional<Stored> stored = isKnown(fresh) ? Optional.empty() : stored(request);
        Begun begun;
        synchronized (byId) {
            Optional<Entry> earlier = fresh.key().map(byKey::get);
            if (earlier.filter(known -> !known.reply().isRefusal()).isPresent()) {
                sameBody(earlier.get().request(), request);
                return new Begun(earlier.get().reply(), false);
            }
            earlier.ifPresent(this::unlink);
            if (stored.isPresent()) {
                begun = again(stored.get(), request);
            } else {
                link(fresh);
                saver.ifPresent(its -> its.add(fresh.reply(), request, 0));
                return new Begun(fresh.reply(), true);
            }
        }
        if (begun.isNew()) {
            // It may wait for room, and so it is not done under the lock.
            begun.reply().restart();
        }
        return begun;
    }

    private boolean isKnown(Entry entry) {
        synchronized (byId) {
            return entry.key().map(byKey::get).isPresent();
        }
    }

    private void link(Entry entry) {
        byId.put(entry.request().id(), entry);
        entry.key().ifPresent(key -> byKey.put(key, entry));
    }

    private Optional<Stored> stored(RetentionRequest request) {
        return request.idempotencyKey()
                .flatMap(key -> store.flatMap(its -> read(() -> its.byKey(key, request.client()))))
                .filter(known -> !isRefusal(known));
    }

    private static boolean isRefusal(Stored stored) {
        return stored.events().isEmpty()
                && stored.ending()
                        .filter(ending -> ending.status() >= BAD_REQUEST)
                        .isPresent();
    }

    /** A request was sent again whose reply is stored: it is read from there, or goes on with a new call. */
    private Begun again(Stored stored, RetentionRequest request) {
        sameBody(stored.request(), request);
        boolean goesOn = stored.ending().isEmpty() && settings.callsAgain();
        Entry entry = new Entry(restored(stored, goesOn), stored.request());
        link(entry);
        if (goesOn) {
            saver.ifPresent(its ->
                    its.add(entry.reply(), stored.request(), stored.events().size()));
        }
        return new Begun(entry.reply(), goesOn);
    }

    private RetainedReply restored(Stored stored, boolean goesOn) {
        long size = stored.events().stream().mapToLong(RetainedEvent::bytes).sum();
        if (!bounds.take(0, size)) {
            throw unavailable("there is no room for the reply at present: see claude.resume.max-bytes");
        }
        return restored(stored, goesOn, size);
    }

    private RetainedReply restored(Stored stored, boolean goesOn, long taken) {
        RetainedReply reply = new RetainedReply(stored.request().id(), bounds, times, json);
        PlainResponse lost = new PlainResponse(SERVER_ERROR, Map.of(), new Frame(json.bytes(LOST)));
        reply.restore(
                stored.events(),
                taken,
                new StoredOrigin(stored.headers()),
                goesOn ? Optional.empty() : Optional.of(stored.ending().orElse(lost)));
        return reply;
    }

    private record StoredOrigin(Map<String, String> headers) implements Origin {
        @Override
        public boolean isAtWork() {
            return false;
        }
    }

    private interface Read {
        Optional<Stored> now() throws SQLException;
    }

    private Optional<Stored> read(Read read) {
        try {
            Optional<Stored> stored = read.now();
            if (stored.filter(store.orElseThrow()::isInProgressElsewhere).isPresent()) {
                throw unavailable("another bundle is at work on this reply: try again when it has ended");
            }
            return stored;
        } catch (SQLException failure) {
            throw new ClaudeException.Unavailable(
                    ApiError.ours(
                            UNAVAILABLE,
                            "api_error",
                            "it cannot be told whether this reply is stored: the store of claude.resume.store.enabled"
                                    + " cannot be read"),
                    failure);
        }
    }

    private static ClaudeException unavailable(String why) {
        return new ClaudeException.Unavailable(ApiError.ours(UNAVAILABLE, "api_error", why), null);
    }

    private static void sameBody(RetentionRequest earlier, RetentionRequest request) {
        if (!earlier.bodyHash().equals(request.bodyHash())) {
            throw new ClaudeException.Rejected(ApiError.ours(
                    CONFLICT,
                    "invalid_request_error",
                    "an earlier request with the same idempotency-key has another body: send a new key for this one"));
        }
    }

    /** Whether replies are stored, too. */
    public boolean isStored() {
        return store.isPresent();
    }

    /**
     * The stored reply with this id. It waits for the store.
     *
     * @return empty if it is not stored, or belongs to another client
     * @throws ClaudeException.Unavailable if the store cannot be read, or another bundle is at work on the reply
     */
    public Optional<RetainedReply> load(String id, String client) {
        Optional<Stored> stored = store.flatMap(its -> read(() -> its.byId(id, client)));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        if (stored.get().ending().isEmpty()) {
            // It is not kept in memory: a request that is sent again may continue it.
            return Optional.of(restored(stored.get(), false, 0));
        }
        Entry entry = new Entry(restored(stored.get(), false), stored.get().request());
        synchronized (byId) {
            Entry other = byId.get(id);
            if (other != null) {
                entry.reply().forget();
                return Optional.of(other.reply());
            }
            link(entry);
        }
        return Optional.of(entry.reply());
    }

    /** Stores what is new of the replies in progress. It is called by one thread. */
    public void save() {
        saver.ifPresent(ReplySaver::save);
    }

    /** Deletes the stored replies that ended longer than {@code claude.resume.keep} ago. */
    public void expireStored() {
        try {
            if (store.isPresent()) {
                store.get().expire(settings.keep());
            }
        } catch (SQLException failure) {
            LOG.debug("Stored replies could not be deleted", failure);
        }
    }

    /** The reply in memory with this id; empty if it is not retained there, or belongs to another client. */
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

    /** Bytes that the retained replies may occupy. */
    public long maxBytes() {
        return settings.maxBytes();
    }
}
