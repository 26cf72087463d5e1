package io.clauderoutes.agent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the JSON schema of a tool's input of options such as {@code city=string} and {@code city.description=…}. */
final class ParameterSchema {

    private static final List<String> TYPES = List.of("string", "number", "integer", "boolean");
    private static final List<String> DETAILS = List.of("description", "enum", "required");
    private static final Pattern OPTION = Pattern.compile("([A-Za-z0-9_-]{1,64})(?:\\.(.+))?");
    private static final String PREFIX = "parameter.";

    private ParameterSchema() {}

    /**
     * The schema of the parameters. Each is required, unless it says otherwise.
     *
     * @param options by what follows {@code parameter.} in their names
     * @throws IllegalArgumentException if an option cannot be
     */
    static ObjectNode of(Map<String, ?> options) {
        Map<String, Map<String, String>> parameters = new TreeMap<>();
        options.forEach((name, value) -> {
            Matcher option = OPTION.matcher(name);
            if (!option.matches() || (option.group(2) != null && !DETAILS.contains(option.group(2)))) {
                throw new IllegalArgumentException(PREFIX + name + " is not an option: expected " + PREFIX
                        + "<name>=<type>, and " + PREFIX + "<name>. with one of " + String.join(", ", DETAILS)
                        + ". A name is made of letters, digits, - and _");
            }
            if (ToolHeaders.isReserved(option.group(1))) {
                throw new IllegalArgumentException(PREFIX + option.group(1)
                        + ": the name is one of Camel's or of a protocol. Choose another name");
            }
            parameters
                    .computeIfAbsent(option.group(1), added -> new TreeMap<>())
                    .put(option.group(2) == null ? "type" : option.group(2), String.valueOf(value));
        });
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        parameters.forEach((name, details) -> {
            properties.set(name, property(name, details));
            if (!"false".equals(details.get("required"))) {
                required.add(name);
            }
        });
        return schema.put("additionalProperties", false);
    }

    private static ObjectNode property(String name, Map<String, String> details) {
        String type = details.get("type");
        if (type == null || !TYPES.contains(type)) {
            throw new IllegalArgumentException(PREFIX + name + (type == null ? " is missing" : "=" + type)
                    + ": expected one of " + String.join(", ", TYPES) + ". For anything else, set schema");
        }
        String required = details.getOrDefault("required", "true");
        if (!required.equals("true") && !required.equals("false")) {
            throw new IllegalArgumentException(PREFIX + name + ".required=" + required + ": expected true or false");
        }
        ObjectNode property = JsonNodeFactory.instance.objectNode().put("type", type);
        if (details.containsKey("description")) {
            property.put("description", details.get("description"));
        }
        if (details.containsKey("enum")) {
            ArrayNode values = property.putArray("enum");
            Arrays.stream(details.get("enum").split(",", -1))
                    .map(String::trim)
                    .forEach(value -> add(values, name, type, value));
        }
        return property;
    }

    private static void add(ArrayNode values, String name, String type, String value) {
        switch (type) {
            case "string" -> values.add(value);
            case "boolean" -> values.add(Boolean.parseBoolean(value));
            default -> {
                try {
                    values.add(new BigDecimal(value));
                } catch (NumberFormatException notANumber) {
                    throw new IllegalArgumentException(
                            PREFIX + name + ".enum: expected numbers, separated by commas", notANumber);
                }
            }
        }
    }
}
