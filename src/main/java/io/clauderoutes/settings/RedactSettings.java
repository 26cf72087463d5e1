package io.clauderoutes.settings;

import java.util.Map;

/**
 * What is redacted.
 *
 * @param policies others by name, which sources and keys of the gateway may choose
 */
public record RedactSettings(
        boolean enabled,
        Scope scope,
        Map<String, RedactKindSettings> kinds,
        Map<String, RedactPatternSettings> patterns,
        Map<String, RedactSettings> policies) {
    /**
     * Which texts are redacted besides replies.
     *
     * @param keepsToolInput whether the inputs of tools in replies stay byte for byte
     * @param redactsToolOutput whether the results of tools are redacted before the model gets them
     */
    public record Scope(boolean prompts, boolean dropThinking, boolean keepsToolInput, boolean redactsToolOutput) {}
}
