package io.clauderoutes.credential;

import io.clauderoutes.credential.Credential.Answer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time as a server has it, measured from the {@code Date} of its answers. A difference of more than five minutes is told
 * and not followed: then it is this machine's clock that has to be set.
 */
final class ServerClock {

    private static final Logger LOG = LoggerFactory.getLogger(ServerClock.class);
    private static final long ALARM_MILLIS = 30_000;
    private static final long MOST_MILLIS = 300_000;
    private static final long SLOWEST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SAMPLES = 5;
    private static final int UNAUTHORIZED = 401;

    private enum State {
        RIGHT,
        OFF,
        FAR_OFF
    }

    private final String name;
    private final Clock clock;
    private final LongSupplier ticker;
    private final Deque<Long> samples = new ArrayDeque<>();
    private volatile long skewMillis;
    private volatile long heardNanos;
    private State state = State.RIGHT;

    ServerClock(String name, Clock clock, LongSupplier ticker) {
        this.name = name;
        this.clock = clock;
        this.ticker = ticker;
        this.heardNanos = ticker.getAsLong() - BETWEEN_NANOS;
    }

    /** The server's time. */
    Instant now() {
        long skew = skewMillis;
        return clock.instant().plusMillis(Math.abs(skew) > MOST_MILLIS ? 0 : skew);
    }

    /** By how much the server is ahead of us. */
    Duration skew() {
        return Duration.ofMillis(skewMillis);
    }

    /** Takes a sample, at most one a second; but a refusal is always looked at, because a wrong time may be its reason. */
    void heard(Answer answer) {
        boolean recent = answer.receivedNanos() - heardNanos < BETWEEN_NANOS;
        if (answer.date().isEmpty()
                || (recent && answer.status() != UNAUTHORIZED)
                || answer.receivedNanos() - answer.sentNanos() > SLOWEST_NANOS) {
            return;
        }
        try {
            Instant date = ZonedDateTime.parse(answer.date(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            sample(date, answer);
        } catch (DateTimeParseException noDate) {
            LOG.debug("credential {}: a Date header that is none", name);
        }
    }

    /** A Date has whole seconds, so half a second is added to it. */
    private synchronized void sample(Instant date, Answer answer) {
        heardNanos = answer.receivedNanos();
        long middle = answer.sentNanos() + (answer.receivedNanos() - answer.sentNanos()) / 2;
        Instant ours = clock.instant().minusNanos(ticker.getAsLong() - middle);
        long sample = Duration.between(ours, date).toMillis() + 500;
        if (Math.abs(sample - skewMillis) > ALARM_MILLIS) {
            // One of the clocks was set: what was measured before is worth nothing.
            samples.clear();
        }
        samples.addLast(sample);
        if (samples.size() > SAMPLES) {
            samples.removeFirst();
        }
        skewMillis =
                samples.stream().sorted().skip(samples.size() / 2).findFirst().orElse(0L);
        tell();
    }

    private void tell() {
        long off = Math.abs(skewMillis);
        State now = off > MOST_MILLIS ? State.FAR_OFF : off > ALARM_MILLIS ? State.OFF : State.RIGHT;
        if (now == state) {
            return;
        }
        state = now;
        long seconds = TimeUnit.MILLISECONDS.toSeconds(skewMillis);
        switch (now) {
            case OFF ->
                LOG.warn(
                        "credential {}: the server's clock is {} s ahead of this machine's (negative: behind); what is"
                                + " signed follows it",
                        name,
                        seconds);
            case FAR_OFF ->
                LOG.warn(
                        "credential {}: the server's clock is {} s ahead of this machine's (negative: behind), too far to"
                                + " follow: set this machine's clock",
                        name,
                        seconds);
            default -> LOG.info("credential {}: the clocks agree again", name);
        }
    }
}
