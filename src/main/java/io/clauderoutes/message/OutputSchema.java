package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A JSON schema that a reply has to fit. The API is sent the part of it that the API can enforce; the reply is checked by all of it.
 *
 * @param text the whole schema as JSON
 * @param forApi the schema as the API takes it; it never changes
 */
public record OutputSchema(String text, JsonNode forApi) {

    /** Longest schema in characters. */
    public static final int LONGEST = 256 * 1024;

    @Override
    public String toString() {
        return "OutputSchema[" + text.length() + " characters]";
    }
}
