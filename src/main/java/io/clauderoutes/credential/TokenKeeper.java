package io.clauderoutes.credential;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.credential.Credential.Health;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one token and renews it: ahead of time while the old one serves, once for any number of callers, and not at once
 * again after it failed. A renewal that fails or hangs harms nobody who has a valid token.
 */
final class TokenKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(TokenKeeper.class);
    /** Who has a token for a few more seconds waits no longer than this for the next one. */
    private static final Duration HARD_WAIT = Duration.ofSeconds(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String name;
    private final TokenSource source;
    private final Executor threads;
    private final Consumer<Boolean> renewals;
    private final LongSupplier ticker;
    private final Supplier<RandomGenerator> random;
    private volatile Token current;
    private CompletableFuture<Token> renewal;
    private int failures;
    private int refusals;
    private long pausedUntilNanos;
    private ClaudeException problem;
    private long problemSinceNanos;

    /**
     * Keeps the token of one credential.
     *
     * @param threads runs renewals, which block
     * @param renewals gets the outcome of each renewal
     */
    TokenKeeper(
            String name,
            TokenSource source,
            Executor threads,
            Consumer<Boolean> renewals,
            LongSupplier ticker,
            Supplier<RandomGenerator> random) {
        this.name = name;
        this.source = source;
        this.threads = threads;
        this.renewals = renewals;
        this.ticker = ticker;
        this.random = random;
    }

    /**
     * A token that is valid now.
     *
     * @throws ClaudeException if there is none by {@code deadlineNanos}
     */
    Token get(long deadlineNanos) {
        while (true) {
            long now = ticker.getAsLong();
            Token token = current;
            if (token != null && token.isFresh(now)) {
                token.use();
                return token;
            }
            Optional<CompletableFuture<Token>> begun = renewal();
            if (token == null || !token.isValid(now)) {
                return awaited(begun.orElseThrow(() -> none(now)), deadlineNanos);
            }
            token.use();
            if (begun.isEmpty() || token.isSafe(now)) {
                return token;
            }
            CompletableFuture<Token> next = begun.get();
            long until = earlier(earlier(deadlineNanos, now + HARD_WAIT.toNanos()), token.expiresNanos());
            boolean lacking = !ended(next, until) || next.isCompletedExceptionally();
            if (lacking && token.isValid(ticker.getAsLong())) {
                return token;
            }
        }
    }

    private static long earlier(long left, long right) {
        return left - right < 0 ? left : right;
    }

    /** Waits for a renewal, whatever becomes of it; false if it is still under way. */
    private boolean ended(CompletableFuture<Token> next, long untilNanos) {
        try {
            next.get(Math.max(0, untilNanos - ticker.getAsLong()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException failed) {
            return true;
        } catch (TimeoutException still) {
            return false;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Token awaited(CompletableFuture<Token> next, long deadlineNanos) {
        try {
            Token token = next.get(Math.max(0, deadlineNanos - ticker.getAsLong()), TimeUnit.NANOSECONDS);
            token.use();
            return token;
        } catch (ExecutionException failed) {
            throw none(ticker.getAsLong());
        } catch (TimeoutException late) {
            throw new ClaudeException.TimedOut(
                    ApiError.ours(504, "timeout_error", "credential " + name + " had no token in time"), late);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new ClaudeException.Unavailable(
                    ApiError.ours(503, "api_error", "credential " + name + " is being stopped"), stopping);
        }
    }

    /** Why there is no token, with the time after which it is worth another try. No two threads get the same exception. */
    private synchronized ClaudeException none(long now) {
        ClaudeException cause = problem == null
                ? new ClaudeException.Unavailable(
                        ApiError.ours(503, "api_error", "credential " + name + " has no token"))
                : problem;
        long rest = Math.max(0, pausedUntilNanos - now);
        ApiError error = cause.error().withRetryAfter(Duration.ofMillis(TimeUnit.NANOSECONDS.toMillis(rest) + 1));
        return switch (cause.kind()) {
            case UNAUTHORIZED -> new ClaudeException.Unauthorized(cause.error(), "Check claude.credentials." + name);
            case TIMED_OUT -> new ClaudeException.TimedOut(error, cause);
            case REJECTED,
                    RATE_LIMITED,
                    OVERLOADED,
                    UNAVAILABLE,
                    STREAM_BROKEN,
                    OVER_BUDGET,
                    INVALID_OUTPUT,
                    CHECK_FAILED -> new ClaudeException.Unavailable(error, cause);
        };
    }

    /** The renewal under way, or a new one; empty while there is a pause after a failure. */
    private synchronized Optional<CompletableFuture<Token>> renewal() {
        if (renewal != null) {
            return Optional.of(renewal);
        }
        if (isPaused()) {
            return Optional.empty();
        }
        CompletableFuture<Token> next = new CompletableFuture<>();
        renewal = next;
        try {
            threads.execute(() -> renew(next));
        } catch (RejectedExecutionException stopped) {
            failed(
                    next,
                    new ClaudeException.Unavailable(
                            ApiError.ours(503, "api_error", "credential " + name + " is being stopped"), stopped));
        }
        return Optional.of(next);
    }

    private boolean isPaused() {
        return (failures > 0 || refusals > 1) && ticker.getAsLong() - pausedUntilNanos < 0;
    }

    private void renew(CompletableFuture<Token> next) {
        try {
            renewed(next, Token.of(source.issue(), random.get()));
        } catch (ClaudeException failure) {
            failed(next, failure);
        } catch (RuntimeException failure) {
            failed(
                    next,
                    new ClaudeException.Unavailable(
                            ApiError.ours(503, "api_error", "credential " + name + " could not be renewed"), failure));
        }
    }

    private void renewed(CompletableFuture<Token> next, Token token) {
        boolean recovered;
        synchronized (this) {
            recovered = failures > 0;
            current = token;
            renewal = null;
            failures = 0;
            if (refusals < 2) {
                problem = null;
            }
        }
        renewals.accept(true);
        if (recovered) {
            LOG.info("credential {}: renewed again", name);
        }
        next.complete(token);
    }

    private void failed(CompletableFuture<Token> next, ClaudeException failure) {
        boolean news;
        Duration pause;
        synchronized (this) {
            renewal = null;
            pause = pause(failures++);
            news = problem == null
                    || !problem.error().message().equals(failure.error().message());
            problem(failure);
        }
        renewals.accept(false);
        if (news) {
            LOG.warn(
                    "credential {}: not renewed, next try in {} ms: {}",
                    name,
                    pause.toMillis(),
                    failure.error().message());
        }
        next.completeExceptionally(failure);
    }

    /** Begins a pause that doubles with each failure, and is by chance up to a half shorter. */
    private Duration pause(int before) {
        long most = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(before, 10));
        long pause = most - random.get().nextLong(most / 2 + 1);
        pausedUntilNanos = ticker.getAsLong() + pause;
        return Duration.ofNanos(pause);
    }

    /** An endpoint took the token. */
    void accepted(Token token) {
        if (!token.isAccepted()) {
            token.accept();
            synchronized (this) {
                refusals = 0;
                if (failures == 0) {
                    problem = null;
                }
            }
        }
    }

    /**
     * An endpoint did not take the token: that very token is dropped, whatever has come since stays. A second token in a row
     * that was never taken by anybody makes a pause, for then it is not the token that is wrong.
     *
     * @return whether there is another, or will be soon
     */
    boolean refused(Token token) {
        boolean hopeless = false;
        synchronized (this) {
            if (current == token) {
                current = null;
                refusals = token.isAccepted() ? 1 : refusals + 1;
                if (refusals > 1) {
                    hopeless = problem == null;
                    pause(refusals - 2);
                    problem(new ClaudeException.Unauthorized(
                            ApiError.ours(
                                    401,
                                    "authentication_error",
                                    "credential " + name + ": the endpoint refuses tokens that were issued just now"),
                            "Check claude.credentials." + name));
                }
            }
        }
        if (hopeless) {
            LOG.warn("credential {}: the endpoint refuses tokens that were issued just now", name);
        }
        return current != null || renewal().isPresent();
    }

    /** Something that tokens are made of has changed: a new one is had now, whatever failed before. */
    void renewNow() {
        synchronized (this) {
            pausedUntilNanos = ticker.getAsLong();
        }
        renewal();
    }

    /** Has the first token, renews what is due and was needed, and tries again what failed. */
    void look() {
        Token token = current;
        if (token == null || (token.isUsed() && !token.isFresh(ticker.getAsLong()))) {
            renewal();
        }
    }

    /** Seconds for which the token is still valid; 0 without one. */
    long secondsLeft() {
        Token token = current;
        return token == null
                ? 0
                : Math.max(0, TimeUnit.NANOSECONDS.toSeconds(token.expiresNanos() - ticker.getAsLong()));
    }

    private synchronized void problem(ClaudeException failure) {
        problemSinceNanos = problem == null ? ticker.getAsLong() : problemSinceNanos;
        problem = failure;
    }

    /** How long renewals have failed, or tokens have been refused; empty while neither is so. */
    synchronized Optional<Duration> failingFor() {
        return problem == null
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(ticker.getAsLong() - problemSinceNanos));
    }

    synchronized Health health() {
        boolean valid = current != null && current.isValid(ticker.getAsLong());
        if (problem == null) {
            return new Health(true, valid ? "valid for " + secondsLeft() + " s" : "no token yet");
        }
        String reason = problem.error().message();
        return valid
                ? new Health(true, "valid for " + secondsLeft() + " s, but not renewed: " + reason)
                : new Health(false, "no token: " + reason);
    }
}
