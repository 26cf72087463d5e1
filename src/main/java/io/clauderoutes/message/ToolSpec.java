package io.clauderoutes.message;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A tool as the model sees it.
 *
 * @param name of letters, digits, - and _, with 128 characters at most
 * @param description what the tool does and when to use it
 * @param schema JSON schema of its input, an object; to be read only
 * @param strict whether the API itself keeps the input to the schema
 */
public record ToolSpec(String name, String description, ObjectNode schema, boolean strict) {}
