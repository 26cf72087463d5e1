package io.clauderoutes.message;

import io.clauderoutes.Frame;
import java.util.Map;
import java.util.Optional;

/**
 * A call of the API that is passed through as it is.
 *
 * @param path with its query
 * @param headers that leave with it, by lower-case name; no credential is among them
 * @param credential the caller's own, if it leaves in place of ours
 * @param redactPolicy the name of the caller's redaction policy, if it has one of its own
 */
public record PlainRequest(
        String method,
        String path,
        Map<String, String> headers,
        Frame body,
        Optional<CallerCredential> credential,
        Optional<String> redactPolicy) {}
