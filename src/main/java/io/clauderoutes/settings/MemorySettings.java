package io.clauderoutes.settings;

import java.time.Duration;

/**
 * {@code claude.memory.*}: the history of sessions.
 *
 * @param maxMessages of a history that are sent with a prompt
 * @param maxTokens of a history that are sent with a prompt, at four bytes each
 * @param expiresAfter how long a history is kept after its last turn; zero for ever
 * @param key encrypts the histories; empty: they are not encrypted
 * @param summary what happens to turns beyond the window
 */
public record MemorySettings(
        int maxMessages, long maxTokens, Duration expiresAfter, SecretSettings key, MemorySummarySettings summary) {}
