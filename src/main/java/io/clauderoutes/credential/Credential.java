package io.clauderoutes.credential;

import io.clauderoutes.ClaudeException;
import java.time.Duration;
import java.util.Optional;
import org.apache.hc.core5.http.HttpRequest;

/** Who we are to an endpoint. It is put on the wire by the HTTP client itself, so that no message ever carries it. */
public interface Credential {

    /**
     * Waits until there is something to show.
     *
     * @param deadlineNanos how long at most, by the ticker
     * @throws ClaudeException if there is nothing by then, with the reason
     */
    void await(long deadlineNanos);

    /** Adds the headers that prove who we are; gives what was shown, for {@link #answered}. */
    Optional<Token> sign(HttpRequest request);

    /**
     * Learns from the head of an answer.
     *
     * @param shown what {@link #sign} had put on the call
     * @return whether {@code shown} was refused and there is another, so that one more call may go well
     */
    boolean answered(Token shown, Answer answer);

    /** Does what is due: looks at files, begins a renewal ahead of time. It is called a few times a second. */
    void look();

    Health health();

    /** How long the credential has had nothing to show, or has been refused; empty while it is usable. */
    default Optional<Duration> failingFor() {
        return Optional.empty();
    }

    /**
     * The head of an answer.
     *
     * @param date the server's {@code Date} header, empty if there was none
     * @param sentNanos when the call left, by the ticker
     * @param receivedNanos when the head had come
     */
    record Answer(int status, String date, long sentNanos, long receivedNanos) {}

    /**
     * How a credential is, in words that hold no secret.
     *
     * @param usable false if there is nothing to show
     */
    record Health(boolean usable, String detail) {}
}
