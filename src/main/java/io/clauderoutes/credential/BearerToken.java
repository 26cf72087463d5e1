package io.clauderoutes.credential;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;

/** A token that expires, sent as {@code Authorization: Bearer}, whatever source it comes from. */
final class BearerToken implements Credential {

    private static final int UNAUTHORIZED = 401;
    private static final String BETA = "anthropic-beta";
    /** A call that was let in with a token which another call has lost meanwhile waits no longer than this for the next. */
    private static final Duration LAST_WAIT = Duration.ofSeconds(10);

    private final TokenSource source;
    private final TokenKeeper keeper;
    private final Secret secret;
    private final String beta;
    private final LongSupplier ticker;

    /**
     * Shows the tokens of a keeper.
     *
     * @param secret what tokens are made of; when it changes a new one is had
     * @param beta what {@code anthropic-beta} has to name with such a token; empty for nothing
     */
    BearerToken(TokenSource source, TokenKeeper keeper, Secret secret, String beta, LongSupplier ticker) {
        this.source = source;
        this.keeper = keeper;
        this.secret = secret;
        this.beta = beta;
        this.ticker = ticker;
    }

    @Override
    public void await(long deadlineNanos) {
        keeper.get(deadlineNanos);
    }

    @Override
    public Optional<Token> sign(HttpRequest request) {
        Token token = keeper.get(ticker.getAsLong() + LAST_WAIT.toNanos());
        request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token.value());
        if (!beta.isEmpty()) {
            addBeta(request);
        }
        return Optional.of(token);
    }

    private void addBeta(HttpRequest request) {
        Header asked = request.getFirstHeader(BETA);
        if (asked == null || asked.getValue().isBlank()) {
            request.setHeader(BETA, beta);
        } else if (!asked.getValue().contains(beta)) {
            request.setHeader(BETA, asked.getValue() + "," + beta);
        }
    }

    @Override
    public boolean answered(Token shown, Answer answer) {
        source.heard(answer);
        if (answer.status() == UNAUTHORIZED) {
            if (secret.isOtherThan(secret.value())) {
                keeper.renewNow();
            }
            return keeper.refused(shown);
        }
        keeper.accepted(shown);
        return false;
    }

    @Override
    public void look() {
        if (secret.look()) {
            keeper.renewNow();
        } else {
            keeper.look();
        }
    }

    @Override
    public Optional<Duration> failingFor() {
        return keeper.failingFor();
    }

    @Override
    public Health health() {
        return keeper.health();
    }

    @Override
    public String toString() {
        return "BearerToken[" + source.getClass().getSimpleName() + "]";
    }
}
