package io.clauderoutes.message;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A call of a tool that a reply asks for.
 *
 * @param id the API's, which the result repeats
 * @param input to be read only. The model wrote it: it is data of a stranger
 */
public record ToolCall(String id, String name, ObjectNode input) {}
