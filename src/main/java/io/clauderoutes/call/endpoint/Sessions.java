package io.clauderoutes.call.endpoint;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.message.Prompt;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Which endpoint a session was answered by last: its prompts are in that endpoint's prompt cache. Memory is bounded. */
public final class Sessions {

    private static final long MOST = 100_000;

    private final Optional<Cache<Key, Integer>> endpoints;

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

    /** The endpoint that has answered the session; -1 if there is none. */
    int endpoint(Prompt.Options options) {
        if (endpoints.isEmpty() || options.session().isEmpty()) {
            return -1;
        }
        Integer index = endpoints.get().getIfPresent(key(options));
        return index == null ? -1 : index;
    }

    /** An endpoint has answered the session. */
    void answered(Prompt.Options options, int endpoint) {
        if (endpoints.isPresent() && options.session().isPresent()) {
            endpoints.get().put(key(options), endpoint);
        }
    }

    private static Key key(Prompt.Options options) {
        return new Key(options.tenant(), options.session().orElseThrow());
    }
}
