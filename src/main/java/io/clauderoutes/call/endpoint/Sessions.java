package io.clauderoutes.call.endpoint;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.message.Prompt;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The endpoint that replied to a session last: the session's prompts are in its prompt cache. Memory is bounded. */
public final class Sessions {

    private static final long MOST = 100_000;

    private final Optional<Cache<Key, Endpoint>> endpoints;

    private record Key(String tenant, String session) {}

    /** @param stickiness how long a session is remembered after its last request; zero for not at all */
    public Sessions(Duration stickiness, LongSupplier ticker) {
        this.endpoints = stickiness.isZero()
                ? Optional.empty()
                : Optional.of(Caffeine.newBuilder()
                        .maximumSize(MOST)
                        .expireAfterAccess(stickiness)
                        .executor(Runnable::run)
                        .ticker(ticker::getAsLong)
                        .build());
    }

    /** The endpoint that replied to the session last. */
    Optional<Endpoint> endpoint(Prompt.Options options) {
        return endpoints.isEmpty() || options.conversation().session().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(endpoints.get().getIfPresent(key(options)));
    }

    /** An endpoint has replied to the session. */
    void replied(Prompt.Options options, Endpoint endpoint) {
        if (endpoints.isPresent() && options.conversation().session().isPresent()) {
            endpoints.get().put(key(options), endpoint);
        }
    }

    private static Key key(Prompt.Options options) {
        return new Key(options.tenant(), options.conversation().session().orElseThrow());
    }
}
