package io.clauderoutes.credential;

import io.clauderoutes.ClaudeException;
import java.time.Duration;

/** Where the tokens of a credential come from. */
interface TokenSource {

    /**
     * Makes or fetches a new token; it may block.
     *
     * @throws ClaudeException if there is none, with a reason that holds no secret
     */
    Issued issue();

    /** Tells that an endpoint has answered, for those who keep the server's time. */
    void heard(Credential.Answer answer);

    /**
     * A new token.
     *
     * @param sinceNanos when its lifetime began, by the ticker
     */
    record Issued(String value, Duration lifetime, long sinceNanos) {
        @Override
        public String toString() {
            return "Issued[lifetime=" + lifetime + "]";
        }
    }
}
