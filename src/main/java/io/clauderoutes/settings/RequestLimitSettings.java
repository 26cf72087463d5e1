package io.clauderoutes.settings;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What requests may ask for.
 *
 * @param tenants whose requests it is for, besides those of keys that name it
 * @param models patterns of models
 * @param maxTokens the largest {@code max_tokens}; 0 is any
 * @param maxThinkingTokens the largest thinking budget; 0 is any
 */
public record RequestLimitSettings(
        List<String> tenants, List<Pattern> models, long maxTokens, long maxThinkingTokens, Features features) {
    /**
     * Features of the API that requests may use.
     *
     * @param serverTools patterns of types of tools that the API runs
     * @param betas patterns of values of {@code anthropic-beta}
     */
    public record Features(
            boolean tools,
            List<Pattern> serverTools,
            List<Pattern> betas,
            boolean mcpServers,
            boolean containers,
            boolean files) {}
}
