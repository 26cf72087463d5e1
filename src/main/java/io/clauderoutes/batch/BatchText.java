package io.clauderoutes.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** The state of batches as JSON. */
public final class BatchText {

    private static final ObjectMapper JSON = new ObjectMapper();

    private BatchText() {}

    public static String of(Map<String, Object> told) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(told) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String error(String message) {
        return of(Map.of("type", "error", "error", Map.of("type", "invalid_request_error", "message", message)));
    }
}
