package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads output schemas. The API takes a part of JSON Schema: other keywords are moved to the description of their schema, as the official
 * SDKs do, so that the model knows them. An object that says nothing of further properties has none.
 */
final class SchemaReader {

    private static final int DEEPEST = 60;

    /** Keywords that the API takes and that hold no schema. */
    private static final Set<String> TAKEN =
            Set.of("type", "enum", "const", "title", "description", "default", "required");

    /** Keywords whose value is one schema. */
    private static final Set<String> ONE = Set.of("items");

    /** Keywords whose value is a list of schemas. */
    private static final Set<String> LISTS = Set.of("anyOf", "allOf");

    /** Keywords whose value is schemas by name. */
    private static final Set<String> NAMED = Set.of("properties", "$defs", "definitions");

    /** Keywords that say nothing of a value. */
    private static final Set<String> SILENT = Set.of(
            "$schema", "$id", "$comment", "$anchor", "$vocabulary", "examples", "deprecated", "readOnly", "writeOnly");

    private static final Set<String> FORMATS =
            Set.of("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid");

    /** Formats that say how a number is stored. */
    private static final Set<String> SIZES = Set.of("int32", "int64", "float", "double");

    private final JsonValues values;

    SchemaReader(JsonValues values) {
        this.values = values;
    }

    /**
     * Reads a schema.
     *
     * @throws IllegalArgumentException if it is none, or if the API cannot take it
     */
    OutputSchema read(String text) {
        if (text.length() > OutputSchema.LONGEST) {
            throw new IllegalArgumentException("the schema is longer than " + OutputSchema.LONGEST + " characters");
        }
        Optional<JsonNode> json = values.value(text);
        if (json.isEmpty() || !(json.get() instanceof ObjectNode schema)) {
            throw new IllegalArgumentException("the schema is not a JSON object");
        }
        return read(schema);
    }

    OutputSchema read(JsonNode schema) {
        return new OutputSchema(values.string(schema), reduced(schema, "#", 0));
    }

    private JsonNode reduced(JsonNode schema, String place, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("the schema is nested deeper than " + DEEPEST + " levels");
        }
        if (!(schema instanceof ObjectNode object)) {
            throw new IllegalArgumentException("the schema has no JSON object at " + place);
        }
        ObjectNode reduced = values.newObject();
        Map<String, JsonNode> told = new TreeMap<>();
        object.properties().forEach(field -> keyword(field.getKey(), field.getValue(), place, depth, reduced, told));
        if (isObject(object)) {
            reduced.put("additionalProperties", false);
        }
        if (!told.isEmpty()) {
            describe(reduced, told);
        }
        return reduced;
    }

    private static boolean isObject(ObjectNode schema) {
        JsonNode type = schema.path("type");
        boolean named = type.asText().equals("object");
        for (JsonNode one : type) {
            named |= one.asText().equals("object");
        }
        return named || (schema.has("properties") && type.isMissingNode());
    }

    private void keyword(
            String name, JsonNode value, String place, int depth, ObjectNode reduced, Map<String, JsonNode> told) {
        String here = place + "/" + name;
        if (name.equals("$ref") || name.equals("$dynamicRef")) {
            if (!value.asText().startsWith("#")) {
                throw new IllegalArgumentException("the schema refers to another document at " + here
                        + ": expected a reference such as #/$defs/name");
            }
            reduced.set(name, value);
        } else if (name.equals("additionalProperties")) {
            if (!value.isBoolean() || value.asBoolean()) {
                throw new IllegalArgumentException(
                        "the schema allows properties without a name at " + here
                                + ": the API takes only false. List the properties, or use an array of objects with key and value");
            }
        } else if (TAKEN.contains(name) || (name.equals("format") && FORMATS.contains(value.asText()))) {
            reduced.set(name, value);
        } else if (name.equals("minItems") && value.isInt() && value.asInt() <= 1) {
            reduced.set(name, value);
        } else if (ONE.contains(name)) {
            reduced.set(name, reduced(value, here, depth + 1));
        } else if (LISTS.contains(name) || name.equals("oneOf")) {
            ArrayNode list = reduced.putArray(name.equals("oneOf") ? "anyOf" : name);
            for (int i = 0; i < value.size(); i++) {
                list.add(reduced(value.get(i), here + "/" + i, depth + 1));
            }
        } else if (NAMED.contains(name)) {
            ObjectNode all = reduced.putObject(name);
            value.properties()
                    .forEach(one ->
                            all.set(one.getKey(), reduced(one.getValue(), here + "/" + one.getKey(), depth + 1)));
        } else if (!SILENT.contains(name) && !(name.equals("format") && SIZES.contains(value.asText()))) {
            told.put(name, value);
        }
    }

    private static void describe(ObjectNode reduced, Map<String, JsonNode> told) {
        List<String> rules = told.entrySet().stream()
                .map(rule -> rule.getKey() + ": "
                        + (rule.getValue().isTextual()
                                ? rule.getValue().asText()
                                : rule.getValue().toString()))
                .toList();
        String own = reduced.path("description").asText("");
        reduced.put("description", (own.isEmpty() ? "" : own + " ") + "{" + String.join(", ", rules) + "}");
    }
}
