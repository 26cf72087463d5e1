package io.clauderoutes.gateway;

import io.clauderoutes.message.CallerCredential;
import java.util.Optional;

/**
 * Who asks.
 *
 * @param tenant whose limits and cache the request uses
 * @param credential the caller's own, if it goes on to the endpoint
 * @param redactPolicy the name of the redaction policy of its key, if that has one
 */
record Caller(String tenant, Optional<CallerCredential> credential, Optional<String> redactPolicy) {}
