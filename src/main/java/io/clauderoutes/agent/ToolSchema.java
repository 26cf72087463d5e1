package io.clauderoutes.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.agent.output.OutputClass;
import io.clauderoutes.check.json.SchemaCheck;
import io.clauderoutes.check.json.Violation;
import io.clauderoutes.settings.OptionalLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JSON schema of a tool's input: the model gets it, and each input is checked by it before the call. */
public final class ToolSchema {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ObjectNode json;
    private final Optional<SchemaCheck> check;
    private final Optional<OutputClass> type;

    private ToolSchema(ObjectNode json, Optional<SchemaCheck> check, Optional<OutputClass> type) {
        this.json = json;
        this.check = check;
        this.type = type;
    }

    /**
     * The schema of parameters.
     *
     * @param options by what follows {@code parameter.} in their names, such as {@code city=string}
     * @throws IllegalArgumentException if an option cannot be
     */
    public static ToolSchema ofParameters(Map<String, ?> options) {
        return new ToolSchema(ParameterSchema.of(options), Optional.empty(), Optional.empty());
    }

    /**
     * A schema that is written as JSON.
     *
     * @throws IllegalArgumentException if it is not the schema of an object
     */
    public static ToolSchema ofText(String text) {
        return of(text, Optional.empty());
    }

    /**
     * The schema of a class.
     *
     * @throws IllegalArgumentException if no input can be an instance of it, or a library is absent
     */
    public static ToolSchema ofClass(Class<?> type) {
        OutputClass made = OutputClass.of(type, "parametersClass");
        return of(made.schema(), Optional.of(made));
    }

    private static ToolSchema of(String text, Optional<OutputClass> type) {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode schema
                    && schema.path("type").asText().equals("object")) {
                return new ToolSchema(
                        schema,
                        OptionalLibrary.JSON_SCHEMA.isPresent() ? Optional.of(SchemaCheck.of(text)) : Optional.empty(),
                        type);
            }
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("schema is not JSON", notJson);
        }
        throw new IllegalArgumentException(
                "schema: expected a JSON schema with \"type\": \"object\", because the input of a"
                        + " tool is an object");
    }

    /** The schema as JSON; to be read only. */
    public ObjectNode json() {
        return json;
    }

    /** What in an input does not fit; empty if all fits. */
    List<String> violations(ObjectNode input) {
        return check.map(full -> full.violations(input.toString()).stream()
                        .map(Violation::toString)
                        .toList())
                .orElseGet(() -> plainViolations(input));
    }

    /** Checks names and types right below the input: all that options of parameters say. */
    private List<String> plainViolations(ObjectNode input) {
        List<String> violations = new ArrayList<>();
        for (JsonNode name : json.path("required")) {
            if (!input.has(name.asText())) {
                violations.add(name.asText() + ": required property not found");
            }
        }
        input.properties().forEach(field -> {
            JsonNode property = json.path("properties").path(field.getKey());
            if (property.isMissingNode()) {
                if (json.path("additionalProperties").isBoolean()
                        && !json.path("additionalProperties").asBoolean()) {
                    violations.add(field.getKey() + ": there is no such property");
                }
                return;
            }
            if (!hasType(field.getValue(), property.path("type").asText(""))) {
                violations.add(
                        field.getKey() + ": expected " + property.path("type").asText());
            } else if (property.has("enum") && !contains(property.get("enum"), field.getValue())) {
                violations.add(field.getKey() + ": expected one of " + property.get("enum"));
            }
        });
        return violations;
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode each : values) {
            if (each.equals(value)
                    || (each.isNumber()
                            && value.isNumber()
                            && each.decimalValue().compareTo(value.decimalValue()) == 0)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasType(JsonNode value, String type) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "number" -> value.isNumber();
            case "integer" ->
                value.isIntegralNumber()
                        || (value.isNumber()
                                && value.decimalValue().stripTrailingZeros().scale() <= 0);
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            case "null" -> value.isNull();
            default -> true;
        };
    }

    /** The object that a route gets as its body; empty if it gets a map. */
    Optional<Object> instance(ObjectNode input) throws InvalidInput {
        try {
            return type.map(made -> made.instance(input.toString()));
        } catch (ClaudeException.InvalidOutput refused) {
            throw new InvalidInput("parameters", refused.violations());
        }
    }
}
