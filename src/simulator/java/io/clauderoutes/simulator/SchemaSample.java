package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A value that fits a JSON schema, and the bounds that a description ends with, such as {@code {maxLength: 20}}. Where the schema leaves a
 * string open, it says something about the prompt.
 */
final class SchemaSample {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 12;
    private static final Pattern BOUNDS = Pattern.compile("\\{([^{}]*)}\\s*$");
    private static final Pattern BOUND = Pattern.compile("(\\w+): (-?\\d+(?:\\.\\d+)?)");

    private final JsonNode root;
    private final String text;

    private SchemaSample(JsonNode root, String text) {
        this.root = root;
        this.text = text;
    }

    static JsonNode of(JsonNode schema, String text) {
        return new SchemaSample(schema, text).value(schema, 0);
    }

    private JsonNode value(JsonNode written, int depth) {
        JsonNode schema = withBounds(written);
        if (depth > DEEPEST) {
            return NODES.nullNode();
        }
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (!schema.path("enum").isEmpty()) {
            return schema.get("enum").get(0);
        }
        if (schema.path("$ref").asText().startsWith("#")) {
            return value(root.at(schema.get("$ref").asText().substring(1)), depth + 1);
        }
        for (String choice : new String[] {"anyOf", "oneOf", "allOf"}) {
            if (!schema.path(choice).isEmpty()) {
                return value(schema.get(choice).get(0), depth + 1);
            }
        }
        JsonNode type = schema.path("type");
        return switch (type.isArray() ? type.path(0).asText() : type.asText()) {
            case "string" -> string(schema);
            case "integer" -> NODES.numberNode((long) number(schema, 7));
            case "number" -> NODES.numberNode(number(schema, 7.5));
            case "boolean" -> NODES.booleanNode(true);
            case "null" -> NODES.nullNode();
            case "array" -> array(schema, depth);
            default -> object(schema, depth);
        };
    }

    private static JsonNode withBounds(JsonNode schema) {
        Matcher bounds = BOUNDS.matcher(schema.path("description").asText());
        if (!(schema instanceof ObjectNode) || !bounds.find()) {
            return schema;
        }
        ObjectNode bounded = schema.deepCopy();
        Matcher bound = BOUND.matcher(bounds.group(1));
        while (bound.find()) {
            bounded.put(bound.group(1), new BigDecimal(bound.group(2)));
        }
        return bounded;
    }

    private static double number(JsonNode schema, double usual) {
        double least = Math.max(
                schema.path("minimum").asDouble(Double.NEGATIVE_INFINITY),
                schema.path("exclusiveMinimum").asDouble(Double.NEGATIVE_INFINITY) + 1);
        double most = Math.min(
                schema.path("maximum").asDouble(Double.POSITIVE_INFINITY),
                schema.path("exclusiveMaximum").asDouble(Double.POSITIVE_INFINITY) - 1);
        return Math.max(least, Math.min(most, usual));
    }

    private String bounded(JsonNode schema) {
        int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        int least = schema.path("minLength").asInt(0);
        String fit = text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, Math.max(0, most)));
        return fit + ".".repeat(Math.max(0, Math.min(1_000, least - fit.codePointCount(0, fit.length()))));
    }

    private JsonNode string(JsonNode schema) {
        return NODES.textNode(
                switch (schema.path("format").asText()) {
                    case "date" -> "2026-11-22";
                    case "date-time" -> "2026-11-22T10:00:00Z";
                    case "time" -> "10:00:00Z";
                    case "email" -> "ada@example.com";
                    case "uri" -> "https://example.com/";
                    case "uuid" -> "00000000-0000-4000-8000-000000000000";
                    default -> bounded(schema);
                });
    }

    private ArrayNode array(JsonNode schema, int depth) {
        ArrayNode array = NODES.arrayNode();
        int size = Math.min(
                10,
                Math.max(
                        1,
                        Math.min(
                                schema.path("maxItems").asInt(10),
                                schema.path("minItems").asInt(1))));
        for (int i = 0; i < size && depth < DEEPEST; i++) {
            array.add(value(schema.path("items"), depth + 1));
        }
        return array;
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = NODES.objectNode();
        schema.path("properties").properties().forEach(property -> {
            boolean required = false;
            for (JsonNode name : schema.path("required")) {
                required |= name.asText().equals(property.getKey());
            }
            if (required || depth < 3) {
                object.set(property.getKey(), value(property.getValue(), depth + 1));
            }
        });
        return object;
    }
}
