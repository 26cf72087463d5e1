package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Tokens by price class. What came from the cache or went into it is not in {@code input}. */
public record Usage(long input, long output, long cacheRead, long cacheWrite) {

    static final Usage NONE = new Usage(0, 0, 0, 0);

    public Usage plus(Usage other) {
        return new Usage(
                input + other.input, output + other.output, cacheRead + other.cacheRead, cacheWrite + other.cacheWrite);
    }

    void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeNumberField("input_tokens", input);
        json.writeNumberField("output_tokens", output);
        json.writeNumberField("cache_read_input_tokens", cacheRead);
        json.writeNumberField("cache_creation_input_tokens", cacheWrite);
        json.writeEndObject();
    }
}
