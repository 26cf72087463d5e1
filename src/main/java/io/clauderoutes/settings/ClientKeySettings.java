package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.Strategy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A key that clients of the gateway show. The key is not in {@link #toString()}.
 *
 * @param keyFile file with the key, in place of {@code key}
 * @param tenant that they are with it
 * @param redactPolicy name of the policy by which their requests and replies are redacted
 * @param strategy when text is sent to them; empty leaves it to {@code claude.split.strategy}
 * @param cache whether their requests use the reply cache; empty leaves it to the gateway
 * @param limits name of the limits of their requests
 * @param tools of the bundle that their requests use; empty leaves it to the gateway
 * @param checks that replies to them have to pass; empty leaves it to the gateway
 * @param resumable whether streamed replies to them are retained; empty leaves it to the gateway
 * @param mcpTools that they may call as MCP clients; empty leaves it to the gateway
 */
public record ClientKeySettings(
        String key,
        Optional<Path> keyFile,
        String tenant,
        Optional<String> redactPolicy,
        Optional<Strategy> strategy,
        Optional<Boolean> cache,
        Optional<String> limits,
        Optional<List<String>> tools,
        Optional<List<String>> checks,
        Optional<Boolean> resumable,
        Optional<List<String>> mcpTools) {
    @Override
    public String toString() {
        return "CallerKey[tenant=" + tenant + "]";
    }
}
