package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.RequestOutcomes.FailureFilter;
import io.clauderoutes.message.ClaudeException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Tries a message of a source until it is answered, it is found to be at fault, or too many attempts failed for no outage. A
 * requester who waits for the reply gets the failure at once instead.
 */
final class Redelivery {

    private static final String STATE = "claudeSourceRedelivery";

    private final SourceGate gate;
    private final int most;
    private final AtomicLong answeredNanos;
    private final LongSupplier ticker;

    /** What has become of one message so far. */
    private static final class Attempts {
        private final Message original;
        private boolean due = true;
        private boolean trial;
        private int failures;
        private int counted;
        private long firstFailureNanos;

        private Attempts(Message original) {
            this.original = original;
        }
    }

    /**
     * Tries messages behind a gate.
     *
     * @param most failed attempts that count before a message is given up
     * @param answeredNanos when a prompt of any source was answered last
     */
    Redelivery(SourceGate gate, int most, AtomicLong answeredNanos, LongSupplier ticker) {
        this.gate = gate;
        this.most = most;
        this.answeredNanos = answeredNanos;
        this.ticker = ticker;
    }

    /** Keeps the message as it came. */
    void begin(Exchange exchange) {
        exchange.setProperty(STATE, new Attempts(exchange.getMessage().copy()));
    }

    private static Attempts attempts(Exchange exchange) {
        return exchange.getProperty(STATE, Attempts.class);
    }

    /** Whether the message is to be tried, again or for the first time. */
    boolean isDue(Exchange exchange) {
        Attempts attempts = attempts(exchange);
        boolean due = attempts.due;
        attempts.due = false;
        return due;
    }

    /** Waits until the message may be tried, and puts it back as it came. */
    void enter(Exchange exchange) {
        Attempts attempts = attempts(exchange);
        if (exchange.getPattern().isOutCapable()) {
            return;
        }
        attempts.trial = gate.enter();
        exchange.setProperty(ClaudeHeaders.TRIED_AGAIN, (FailureFilter) failure -> isTriedAgain(attempts, failure));
        if (attempts.failures > 0) {
            exchange.setMessage(attempts.original.copy());
        }
    }

    /** The message was answered. */
    void succeeded(Exchange exchange) {
        answeredNanos.set(ticker.getAsLong());
        gate.succeeded();
    }

    /**
     * The message was not answered.
     *
     * @throws Exception the failure, if the message is not tried again
     */
    void failed(Exchange exchange) throws Exception {
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        Attempts attempts = attempts(exchange);
        if (failure instanceof RejectedExecutionException
                || exchange.getPattern().isOutCapable()) {
            throw failure;
        }
        boolean isTriedAgain = isTriedAgain(attempts, failure);
        Optional<Outage> outage = Outage.of(failure);
        if (outage.isEmpty()) {
            if (ClaudeException.causeOf(failure)
                    .flatMap(ClaudeException::requestId)
                    .isPresent()) {
                gate.succeeded();
            } else if (attempts.trial) {
                gate.trialEnded();
            }
            throw failure;
        }
        if (counts(attempts, failure)) {
            attempts.counted++;
        }
        if (attempts.failures++ == 0) {
            attempts.firstFailureNanos = ticker.getAsLong();
        }
        gate.failed(outage.get(), attempts.trial);
        if (!isTriedAgain) {
            throw failure;
        }
        attempts.due = true;
    }

    private boolean isTriedAgain(Attempts attempts, Exception failure) {
        return !gate.isStopping()
                && Outage.of(failure).isPresent()
                && attempts.counted + (counts(attempts, failure) ? 1 : 0) <= most;
    }

    private boolean counts(Attempts attempts, Exception failure) {
        boolean othersSucceed = attempts.failures > 0 && answeredNanos.get() - attempts.firstFailureNanos > 0;
        return Outage.counts(failure, othersSucceed);
    }
}
