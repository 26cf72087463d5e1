package io.clauderoutes.cache;

import com.github.benmanes.caffeine.cache.Cache;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CacheOutcome;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.SharedReply;
import io.clauderoutes.stream.ReplyStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.caffeine.CaffeineConstants;

/**
 * Decides whether a request is answered from memory, joins an identical one under way, or goes on as the leader that others
 * may join. Only whole replies that ended well are remembered.
 */
public final class ReplyCache {

    /** Exchange property: the key under which this request leads. */
    private static final String LEADS = "claudeLeads";

    private static final Set<String> NOT_KEPT = Set.of("max_tokens", "refusal", "model_context_window_exceeded", "");

    /** What the cache step reads and leaves behind. */
    private static final List<String> STEP_HEADERS = List.of(
            CaffeineConstants.ACTION,
            CaffeineConstants.ACTION_HAS_RESULT,
            CaffeineConstants.ACTION_SUCCEEDED,
            CaffeineConstants.KEY,
            CaffeineConstants.KEYS,
            CaffeineConstants.VALUE,
            CaffeineConstants.OLD_VALUE);

    private final boolean enabled;
    private final Cache<Object, Object> replies;
    private volatile Templates templates;
    private final MessageJson json;
    private final CacheKey keys;
    private final Function<Exchange, String> redaction;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private final Map<String, SharedReply> underWay = new ConcurrentHashMap<>();

    /**
     * A cache that shares {@code replies} with the route's camel-caffeine step.
     *
     * @param redaction tells the version of a request's redaction policy, which is part of every key
     */
    public ReplyCache(
            boolean enabled,
            Cache<Object, Object> replies,
            Templates templates,
            MessageJson json,
            Function<Exchange, String> redaction,
            ClaudeMeters meters,
            LongSupplier ticker) {
        this.enabled = enabled;
        this.replies = replies;
        this.templates = templates;
        this.json = json;
        this.keys = new CacheKey(json);
        this.redaction = redaction;
        this.meters = meters;
        this.ticker = ticker;
        meters.cache().size(replies::estimatedSize);
        meters.cache().underWay(underWay::size);
    }

    /** Answers from other templates from now on. */
    public void use(Templates others) {
        templates = others;
    }

    /** The Caffeine weigher of what this class puts into the cache. */
    public static int weigh(Object key, Object value) {
        return key.toString().length() + (value instanceof CachedReply reply ? reply.weight() : 0);
    }

    /** Whether the cache is to be asked for this request at all: not where each call may have an effect of its own. */
    public boolean isUsed(Exchange exchange) {
        Prompt prompt = Request.of(exchange).prompt();
        return enabled
                && prompt.options().cache() != CacheUse.BYPASS
                && !json.features(prompt.request().json().bytes()).hasSideEffects();
    }

    /** Tells the cache step what to look for. */
    public void ask(Exchange exchange) {
        Request request = Request.of(exchange);
        String key = keys.of(request.prompt(), redaction.apply(exchange));
        exchange.setProperty(LEADS, key);
        Message message = exchange.getMessage();
        message.setHeader(CaffeineConstants.KEY, key);
        message.setHeader(CaffeineConstants.ACTION, CaffeineConstants.ACTION_GET);
    }

    /** Makes the body a reply where there is one, remembered or under way; otherwise this request leads. */
    public void answer(Exchange exchange) {
        Request request = Request.of(exchange);
        Message message = exchange.getMessage();
        Prompt prompt = request.prompt();
        String key = message.getHeader(CaffeineConstants.KEY, String.class);
        forget(message);
        Object found = message.getBody();
        message.setBody(prompt);
        if (prompt.options().cache() == CacheUse.REFRESH) {
            lead(request, key, new SharedReply(json));
            return;
        }
        // A template may be newer than the reply in the cache.
        Optional<ReplyStream> pinned = templates.answer(prompt);
        if (pinned.isPresent()) {
            answered(exchange, CacheOutcome.hit(Duration.ZERO), pinned.get());
            return;
        }
        if (found instanceof CachedReply reply) {
            answered(exchange, hit(reply), reply.replay(json));
            return;
        }
        SharedReply mine = new SharedReply(json);
        SharedReply theirs = underWay.putIfAbsent(key, mine);
        if (theirs != null) {
            answered(exchange, CacheOutcome.JOINED, theirs.join(request::isCancelled));
            return;
        }
        // The leader before us may have ended between our look into the cache and our look at what is under way.
        if (replies.getIfPresent(key) instanceof CachedReply late) {
            underWay.remove(key, mine);
            late.replay(json).forEachRemaining(mine::add);
            answered(exchange, hit(late), late.replay(json));
        } else {
            lead(request, key, mine);
        }
    }

    private CacheOutcome hit(CachedReply reply) {
        return CacheOutcome.hit(Duration.ofNanos(ticker.getAsLong() - reply.storedNanos()));
    }

    private void lead(Request request, String key, SharedReply shared) {
        underWay.put(key, shared);
        record(request, CacheOutcome.miss(shared));
    }

    private void answered(Exchange exchange, CacheOutcome outcome, ReplyStream reply) {
        exchange.removeProperty(LEADS);
        record(Request.of(exchange), outcome);
        exchange.getMessage().setBody(reply);
    }

    private void record(Request request, CacheOutcome outcome) {
        request.progress().cache(outcome);
        meters.cache().requested(outcome.headerValue());
    }

    /** Whether the body is a reply already. */
    public boolean isAnswered(Exchange exchange) {
        return exchange.getMessage().getBody() instanceof ReplyStream;
    }

    /** Whether the reply that has come is one to remember; then tells the cache step to do so. */
    public boolean isWorthKeeping(Exchange exchange) {
        Progress progress = Request.of(exchange).progress();
        Reply reply = progress.reply().orElse(null);
        SharedReply recording = progress.cache().shared().orElse(null);
        if (reply == null
                || recording == null
                || reply.unfolded().isPresent()
                || NOT_KEPT.contains(reply.stopReason())) {
            return false;
        }
        Message message = exchange.getMessage();
        message.setHeader(CaffeineConstants.KEY, exchange.getProperty(LEADS, String.class));
        message.setHeader(CaffeineConstants.ACTION, CaffeineConstants.ACTION_PUT);
        message.setHeader(CaffeineConstants.VALUE, CachedReply.of(reply, recording, ticker.getAsLong()));
        return true;
    }

    /** The first request has ended: the requests that joined it get the rest of the reply, or the reason of the failure. */
    public void leave(Exchange exchange) {
        Progress progress = Request.of(exchange).progress();
        forget(exchange.getMessage());
        String key = exchange.removeProperty(LEADS) instanceof String held ? held : "";
        SharedReply shared = progress.cache().shared().orElse(null);
        if (shared == null) {
            return;
        }
        underWay.remove(key, shared);
        if (progress.reply().isEmpty()) {
            Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
            shared.fail(ClaudeException.causeOf(cause)
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(500, "api_error", "the call that was joined failed"), cause)));
        }
    }

    private static void forget(Message message) {
        STEP_HEADERS.forEach(message::removeHeader);
    }
}
