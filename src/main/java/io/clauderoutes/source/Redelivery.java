package io.clauderoutes.source;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.RequestOutcomes.FailureFilter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * Tries a message of a source until it is answered, it is found to be at fault, or too many attempts failed for no outage. A
 * requester who waits for the reply gets the failure at once instead.
 */
final class Redelivery {

    private static final String STATE = "claudeSourceRedelivery";

    private static final int MOST_PUT_BACK = 10_000;

    private final SourceGate gate;
    private final int most;
    private final boolean canPutBack;
    private final LongSupplier answeredNanos;
    private final LongSupplier ticker;
    /** Messages that went back to their source, by its id of them. */
    private final Map<String, Attempts> putBack = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Attempts> eldest) {
            return size() > MOST_PUT_BACK;
        }
    });

    /** The message goes back to its source, so that another one can show whether the dependency is down or the message at fault. */
    static final class PutBack extends RuntimeException {
        private static final long serialVersionUID = 1;

        PutBack(Exception failure) {
            super("the message goes back to its source and comes again: " + failure.getMessage(), failure);
        }
    }

    /** What has become of one message so far. */
    private static final class Attempts {
        private final Message original;
        private boolean due = true;
        private boolean trial;
        private int failures;
        /** Failures since the source brought the message this time. */
        private int failuresHere;

        private int counted;
        private long firstFailureNanos;

        private Attempts(Message original) {
            this.original = original;
        }

        private Attempts again(Message brought) {
            Attempts again = new Attempts(brought);
            again.failures = failures;
            again.counted = counted;
            again.firstFailureNanos = firstFailureNanos;
            return again;
        }
    }

    /**
     * Tries messages behind a gate.
     *
     * @param most failed attempts that count before a message goes to the dead letters
     * @param canPutBack whether the source keeps a message that fails, and brings others before it comes again
     * @param answeredNanos when an endpoint answered a request last
     */
    Redelivery(SourceGate gate, int most, boolean canPutBack, LongSupplier answeredNanos, LongSupplier ticker) {
        this.gate = gate;
        this.most = most;
        this.canPutBack = canPutBack;
        this.answeredNanos = answeredNanos;
        this.ticker = ticker;
    }

    /** Keeps the message as it came. */
    void begin(Exchange exchange) {
        String id = exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class);
        Attempts before = id == null ? null : putBack.remove(id);
        Message brought = exchange.getMessage().copy();
        exchange.setProperty(STATE, before == null ? new Attempts(brought) : before.again(brought));
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
        exchange.setProperty(
                ClaudeHeaders.TRIED_AGAIN, (FailureFilter) failure -> isTriedAgain(exchange, attempts, failure));
        if (attempts.failures > 0) {
            exchange.setMessage(attempts.original.copy());
        }
    }

    /** The message was answered. */
    void succeeded(Exchange exchange) {
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
        boolean isTriedAgain = isTriedAgain(exchange, attempts, failure);
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
        attempts.failuresHere++;
        String id = exchange.getProperty(ClaudeHeaders.SOURCE_ID, String.class);
        if (canPutBack
                && id != null
                && attempts.failuresHere > most
                && outage.get().kind() == Outage.Kind.ENDPOINT) {
            putBack.put(id, attempts);
            throw new PutBack(failure);
        }
        attempts.due = true;
    }

    private boolean isTriedAgain(Exchange exchange, Attempts attempts, Exception failure) {
        return !gate.isStopping()
                && !hasCalledTools(exchange)
                && Outage.of(failure).isPresent()
                && attempts.counted + (counts(attempts, failure) ? 1 : 0) <= most;
    }

    /** Tools have effects, and the rounds before are paid for: such a message is not tried from its start again. */
    private static boolean hasCalledTools(Exchange exchange) {
        Request request = Request.of(exchange);
        return request != null && request.progress().round() > 1;
    }

    private boolean counts(Attempts attempts, Exception failure) {
        boolean othersSucceed = attempts.failures > 0 && answeredNanos.getAsLong() - attempts.firstFailureNanos > 0;
        return Outage.counts(failure, othersSucceed);
    }
}
