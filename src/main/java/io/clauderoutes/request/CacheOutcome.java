package io.clauderoutes.request;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What the reply cache did for a request.
 *
 * @param status hit, miss, joined or bypass
 * @param age of a reply from the cache
 * @param shared where the reply of this request is recorded for requests that join it
 */
public record CacheOutcome(Status status, Duration age, Optional<SharedReply> shared) {

    /** The cache was not used. */
    public static final CacheOutcome BYPASS = new CacheOutcome(Status.BYPASS, Duration.ZERO, Optional.empty());

    /** The request joins another that is in progress. */
    public static final CacheOutcome JOINED = new CacheOutcome(Status.JOINED, Duration.ZERO, Optional.empty());

    /** What the reply cache does; the name in lower case is the value of the header. */
    public enum Status {
        HIT,
        MISS,
        JOINED,
        BYPASS
    }

    /** The reply is in the cache. */
    public static CacheOutcome hit(Duration age) {
        return new CacheOutcome(Status.HIT, age, Optional.empty());
    }

    /** The reply is not in the cache: it is recorded as it arrives. */
    public static CacheOutcome miss(SharedReply shared) {
        return new CacheOutcome(Status.MISS, Duration.ZERO, Optional.of(shared));
    }

    /** Whether the reply comes from an endpoint, called for this request. */
    public boolean isFromEndpoint() {
        return status == Status.MISS || status == Status.BYPASS;
    }

    /** Whether another request reads the reply of this one. */
    public boolean isJoined() {
        return shared.isPresent() && shared.get().isJoined();
    }

    /** The value of {@link io.clauderoutes.ClaudeHeaders#CACHE_STATUS}. */
    public String headerValue() {
        return status.name().toLowerCase(Locale.ROOT);
    }
}
