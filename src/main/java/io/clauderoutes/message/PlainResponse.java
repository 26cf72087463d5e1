package io.clauderoutes.message;

import io.clauderoutes.Frame;
import java.util.Map;

/**
 * What the API said to a {@link PlainRequest}.
 *
 * @param headers that a caller may see, by lower-case name
 */
public record PlainResponse(int status, Map<String, String> headers, Frame body) {}
