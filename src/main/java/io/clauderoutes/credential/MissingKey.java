package io.clauderoutes.credential;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import java.util.Optional;
import org.apache.hc.core5.http.HttpRequest;

/** The key that an endpoint requires and that is not set. No call is sent; each fails with the name of the setting. */
final class MissingKey implements Credential {

    private static final int UNAUTHORIZED = 401;

    private final String name;

    MissingKey(String name) {
        this.name = name;
    }

    @Override
    public void await(long deadlineNanos) {
        throw failure();
    }

    @Override
    public Optional<Token> sign(HttpRequest request) {
        throw failure();
    }

    private ClaudeException failure() {
        return new ClaudeException.Unauthorized(
                ApiError.ours(UNAUTHORIZED, "authentication_error", "credential " + name + " has no key"),
                "Set " + settings() + ". Or set claude.simulator.enabled=true for generated replies without the API");
    }

    private String settings() {
        String setting = "claude.credentials." + name + ".key";
        return setting + ", " + setting + "-file or the environment variable ANTHROPIC_API_KEY";
    }

    @Override
    public boolean answered(Token shown, Answer answer) {
        return false;
    }

    @Override
    public void look() {
        // settings that come later need a restart
    }

    @Override
    public Health health() {
        return new Health(false, "no key: set " + settings());
    }
}
