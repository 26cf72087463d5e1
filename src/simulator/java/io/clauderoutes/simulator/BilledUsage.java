package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Tokens by price class. What came from the cache or went into it is not in {@code input}. */
public record BilledUsage(long input, long output, long cacheRead, long cacheWrite) {

    static final BilledUsage NONE = new BilledUsage(0, 0, 0, 0);

    public BilledUsage plus(BilledUsage other) {
        return new BilledUsage(
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
