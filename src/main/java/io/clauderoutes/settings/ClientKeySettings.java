package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.Strategy;
import java.util.List;
import java.util.Optional;

/**
 * A key that clients of the gateway show. The key is not in {@link #toString()}.
 *
 * @param tenant that they are with it
 */
public record ClientKeySettings(SecretSettings secret, String tenant, Replies replies, Requests requests) {
    /**
     * Options of the requests with this key.
     *
     * @param cache whether their requests use the reply cache; empty leaves it to the gateway
     * @param limits name of the limits of their requests
     * @param tools of the bundle that their requests use; empty leaves it to the gateway
     * @param mcpTools that they may call as MCP clients; empty leaves it to the gateway
     */
    public record Requests(
            Optional<Boolean> cache,
            Optional<String> limits,
            Optional<List<String>> tools,
            Optional<List<String>> mcpTools) {}

    /**
     * Options of the replies to requests with this key.
     *
     * @param redactPolicy name of the policy by which their requests and replies are redacted
     * @param strategy when text is sent to them; empty leaves it to {@code claude.split.strategy}
     * @param checks that replies to them have to pass; empty leaves it to the gateway
     * @param resumable whether streamed replies to them are retained; empty leaves it to the gateway
     */
    public record Replies(
            Optional<String> redactPolicy,
            Optional<Strategy> strategy,
            Optional<List<String>> checks,
            Optional<Boolean> resumable) {}

    @Override
    public String toString() {
        return "CallerKey[tenant=" + tenant + "]";
    }
}
