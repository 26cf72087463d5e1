package io.clauderoutes.simulator;

import java.time.Duration;
import java.util.Map;

/**
 * Which tokens the simulator gives out and takes.
 *
 * @param lifetime of those that it gives out, in whole seconds
 * @param clients secrets by client id; empty for any client
 * @param jwtKey what tokens that callers signed themselves are checked with: the shared secret, or a public key as PEM;
 *     empty if they are no tokens but keys like any other
 * @param issuer whom such tokens have to come from
 */
public record TokenRules(Duration lifetime, Map<String, String> clients, String jwtKey, String issuer) {

    public TokenRules {
        clients = Map.copyOf(clients);
        if (lifetime.toSeconds() < 1) {
            throw new IllegalArgumentException("a token's lifetime must be at least 1 s, but is " + lifetime);
        }
    }

    /** Tokens of an hour for any client. */
    public static TokenRules usual() {
        return new TokenRules(Duration.ofHours(1), Map.of(), "", "");
    }

    public TokenRules withLifetime(Duration value) {
        return new TokenRules(value, clients, jwtKey, issuer);
    }

    public TokenRules withClients(Map<String, String> value) {
        return new TokenRules(lifetime, value, jwtKey, issuer);
    }

    public TokenRules withJwt(String key, String from) {
        return new TokenRules(lifetime, clients, key, from);
    }

    /** Says how many clients there are, and no secret. */
    @Override
    public String toString() {
        return "TokenRules[lifetime=" + lifetime + ", clients=" + clients.size() + ", jwtKey="
                + (jwtKey.isEmpty() ? "none" : "set") + ", issuer=" + issuer + "]";
    }
}
