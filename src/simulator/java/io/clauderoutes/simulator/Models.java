package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The models on the simulator's list, and what can be told of any model by its name. Names that are not on the list
 * are taken all the same, as long as they begin like a model of this family: new models are not errors.
 */
final class Models {

    /** A name without a version we can read is taken for the newest. */
    private static final double NEWEST = 99;

    static final List<Model> ALL = List.of(
            new Model("claude-fable-5-2", "Claude Fable 5.2", "fable", "2026-11-09", "active"),
            new Model("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", "2026-10-07", "active"),
            new Model("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", "2026-09-28", "active"),
            new Model("claude-opus-5-5", "Claude Opus 5.5", "opus", "2026-09-22", "active"),
            new Model("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24", "active"),
            new Model("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "2026-06-30", "active"),
            new Model("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", "active"),
            new Model("claude-haiku-4-5", "Claude Haiku 4.5", "haiku", "2025-10-15", "active"),
            new Model("claude-sonnet-4-5", "Claude Sonnet 4.5", "sonnet", "2025-09-29", "deprecated"));

    private Models() {}

    static boolean exists(String id) {
        return id.startsWith("claude-") || id.startsWith("anthropic.claude-");
    }

    static Optional<Model> find(String id) {
        return ALL.stream().filter(model -> model.id.equals(id)).findFirst();
    }

    static boolean acceptsPrefill(String id) {
        return version(id) < 4.6;
    }

    static boolean acceptsSampling(String id) {
        return version(id) < 4.7;
    }

    static boolean acceptsThinkingBudget(String id) {
        return version(id) < 4.7;
    }

    static boolean alwaysThinks(String id) {
        return id.contains("opus-5-5") || id.contains("fable-5");
    }

    static boolean acceptsForcedTools(String id) {
        return !id.contains("fable-5-1");
    }

    /** The first number of a name, and the second after a point when it is no date. */
    static double version(String id) {
        int at = 0;
        while (at < id.length() && (id.charAt(at) != '-' || !digitAt(id, at + 1))) {
            at++;
        }
        if (at == id.length()) {
            return NEWEST;
        }
        int major = id.charAt(at + 1) - '0';
        boolean oneDigit = !digitAt(id, at + 2);
        boolean minor = at + 3 < id.length() && id.charAt(at + 2) == '-' && digitAt(id, at + 3) && !digitAt(id, at + 4);
        if (!oneDigit) {
            return NEWEST;
        }
        return minor ? major + (id.charAt(at + 3) - '0') / 10.0 : major;
    }

    private static boolean digitAt(String id, int at) {
        return at < id.length() && id.charAt(at) >= '0' && id.charAt(at) <= '9';
    }

    record Model(String id, String name, String line, String day, String lifecycle) {

        void writeTo(JsonGenerator json) throws IOException {
            boolean thinksByBudget = acceptsThinkingBudget(id);
            json.writeStartObject();
            json.writeStringField("type", "model");
            json.writeStringField("id", id);
            json.writeStringField("display_name", name);
            json.writeStringField("created_at", day + "T00:00:00Z");
            json.writeStringField("lifecycle", lifecycle);
            if (lifecycle.equals("deprecated")) {
                json.writeStringField("deprecated_at", "2026-08-01T00:00:00Z");
                json.writeStringField("retires_at", "2026-11-30T00:00:00Z");
            } else {
                json.writeNullField("deprecated_at");
                json.writeNullField("retires_at");
            }
            json.writeStringField("line", line);
            json.writeNumberField("max_input_tokens", version(id) < 4.6 ? 200_000 : 1_000_000);
            json.writeNumberField("max_tokens", version(id) < 4.6 ? 64_000 : 128_000);
            json.writeObjectFieldStart("capabilities");
            for (String capability : List.of("batch", "citations", "image_input", "pdf_input", "structured_outputs")) {
                supported(json, capability, true);
            }
            json.writeObjectFieldStart("thinking");
            json.writeBooleanField("supported", true);
            json.writeObjectFieldStart("types");
            supported(json, "adaptive", version(id) >= 4.6);
            supported(json, "enabled", thinksByBudget);
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }

        private static void supported(JsonGenerator json, String capability, boolean supported) throws IOException {
            json.writeObjectFieldStart(capability);
            json.writeBooleanField("supported", supported);
            json.writeEndObject();
        }
    }
}
