package io.clauderoutes.settings;

/** Per minute; 0 is no limit. */
public record QuotaSettings(long requests, long inputTokens, long outputTokens) {}
