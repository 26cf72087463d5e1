package io.clauderoutes.settings;

import java.util.List;

/** {@code claude.source.*}: the defaults of all prompts. */
public record SourceSettings(
        String model,
        long maxTokens,
        String system,
        boolean stream,
        int maxBytes,
        List<String> headers,
        List<String> checks) {

    /** The same where replies are never streams. */
    public SourceSettings unstreamed() {
        return new SourceSettings(model, maxTokens, system, false, maxBytes, headers, checks);
    }
}
