package io.clauderoutes.message;

import java.util.Map;

/**
 * A call of the API that is passed through as it is.
 *
 * @param path with its query
 * @param headers that leave with it, by lower-case name; our credential is not among them
 */
public record PlainRequest(String method, String path, Map<String, String> headers, Frame body) {}
