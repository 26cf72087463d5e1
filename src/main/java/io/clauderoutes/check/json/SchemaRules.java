package io.clauderoutes.check.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.clauderoutes.check.json.SchemaRule.Arrays;
import io.clauderoutes.check.json.SchemaRule.Combined;
import io.clauderoutes.check.json.SchemaRule.Numbers;
import io.clauderoutes.check.json.SchemaRule.Objects;
import io.clauderoutes.check.json.SchemaRule.Strings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A schema (draft 2020-12) as rules that can be decided while a text arrives. A keyword that is not among them is left to the check of the
 * whole text. Thread-safe.
 */
final class SchemaRules {

    /** Keywords that say nothing about a value. */
    private static final Set<String> NO_RULES = Set.of(
            "$schema",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly");

    private static final Set<String> RULES = Set.of(
            "type",
            "enum",
            "const",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "minLength",
            "maxLength",
            "pattern",
            "properties",
            "additionalProperties",
            "required",
            "minProperties",
            "maxProperties",
            "prefixItems",
            "items",
            "minItems",
            "maxItems",
            "allOf",
            "anyOf",
            "oneOf",
            "$ref");

    /** Keywords that change to which schema a reference leads. */
    private static final Set<String> BASES = Set.of("$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef");

    private final JsonNode root;
    private final boolean referencesAreLocal;
    private final Map<String, SchemaRule> byPath = new ConcurrentHashMap<>();

    /** A schema, by its place. Its rules are read when a value needs them, because a schema can refer to itself. */
    record Reference(SchemaRules rules, String path, JsonNode schema) {
        SchemaRule rule() {
            SchemaRule known = rules.byPath.get(path);
            if (known == null) {
                known = rules.read(path, schema);
                rules.byPath.put(path, known);
            }
            return known;
        }
    }

    private SchemaRules(JsonNode root) {
        this.root = root;
        this.referencesAreLocal = BASES.stream().allMatch(base -> root.findValue(base) == null);
    }

    static Reference of(JsonNode root) {
        return new Reference(new SchemaRules(root), "#", root);
    }

    private SchemaRule read(String path, JsonNode schema) {
        boolean never = schema.isBoolean() && !schema.booleanValue();
        boolean rest = false;
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            rest |= !NO_RULES.contains(keyword.getKey()) && !RULES.contains(keyword.getKey());
        }
        List<Reference> all = list(path, schema, "allOf");
        if (schema.has("$ref")) {
            Optional<Reference> target = target(schema.path("$ref").asText());
            target.ifPresent(all::add);
            rest |= target.isEmpty();
        }
        boolean namesByPattern = schema.has("patternProperties");
        return new SchemaRule(
                path,
                types(schema.path("type")),
                never ? Optional.of(List.of()) : values(schema),
                new SchemaRule.Bounds(
                        new Numbers(
                                number(schema, "minimum"),
                                number(schema, "maximum"),
                                number(schema, "exclusiveMinimum"),
                                number(schema, "exclusiveMaximum")),
                        new Strings(
                                bound(schema, "minLength", 0),
                                bound(schema, "maxLength", Integer.MAX_VALUE),
                                pattern(schema)),
                        new Objects(
                                properties(path, schema),
                                namesByPattern ? Optional.empty() : child(path, schema, "additionalProperties"),
                                required(schema),
                                bound(schema, "minProperties", 0),
                                bound(schema, "maxProperties", Integer.MAX_VALUE)),
                        new Arrays(
                                list(path, schema, "prefixItems"),
                                child(path, schema, "items"),
                                bound(schema, "minItems", 0),
                                bound(schema, "maxItems", Integer.MAX_VALUE))),
                new Combined(all, groups(path, schema, "anyOf"), groups(path, schema, "oneOf")),
                rest);
    }

    private Optional<Reference> target(String reference) {
        if (!referencesAreLocal || !(reference.equals("#") || reference.startsWith("#/")) || reference.contains("%")) {
            return Optional.empty();
        }
        JsonNode schema = root.at(reference.substring(1));
        return schema.isMissingNode() ? Optional.empty() : Optional.of(new Reference(this, reference, schema));
    }

    private static Set<SchemaRule.Type> types(JsonNode type) {
        Set<SchemaRule.Type> types = new HashSet<>();
        if (type.isTextual()) {
            types.add(SchemaRule.Type.valueOf(type.asText().toUpperCase(Locale.ROOT)));
        }
        type.forEach(one -> types.add(SchemaRule.Type.valueOf(one.asText().toUpperCase(Locale.ROOT))));
        return Set.copyOf(types);
    }

    private static Optional<List<JsonNode>> values(JsonNode schema) {
        if (schema.has("const")) {
            return Optional.of(List.of(schema.path("const")));
        }
        if (!schema.has("enum")) {
            return Optional.empty();
        }
        List<JsonNode> values = new ArrayList<>();
        schema.path("enum").forEach(values::add);
        return Optional.of(List.copyOf(values));
    }

    private static Optional<BigDecimal> number(JsonNode schema, String keyword) {
        return schema.has(keyword) ? Optional.of(schema.path(keyword).decimalValue()) : Optional.empty();
    }

    private static int bound(JsonNode schema, String keyword, int otherwise) {
        JsonNode bound = schema.path(keyword);
        return bound.isNumber() ? (int) Math.min(Integer.MAX_VALUE, bound.longValue()) : otherwise;
    }

    private static Optional<Pattern> pattern(JsonNode schema) {
        if (!schema.has("pattern")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Pattern.compile(schema.path("pattern").asText()));
        } catch (PatternSyntaxException notChecked) {
            throw new IllegalArgumentException(SchemaCheck.NOT_RE2, notChecked);
        }
    }

    private Map<String, Reference> properties(String path, JsonNode schema) {
        Map<String, Reference> properties = new LinkedHashMap<>();
        schema.path("properties")
                .properties()
                .forEach(property -> properties.put(
                        property.getKey(),
                        new Reference(this, path + "/properties/" + escaped(property.getKey()), property.getValue())));
        return Map.copyOf(properties);
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static Set<String> required(JsonNode schema) {
        Set<String> names = new HashSet<>();
        schema.path("required").forEach(name -> names.add(name.asText()));
        return Set.copyOf(names);
    }

    private Optional<Reference> child(String path, JsonNode schema, String keyword) {
        return schema.has(keyword)
                ? Optional.of(new Reference(this, path + "/" + keyword, schema.path(keyword)))
                : Optional.empty();
    }

    private List<Reference> list(String path, JsonNode schema, String keyword) {
        List<Reference> list = new ArrayList<>();
        for (JsonNode each : schema.path(keyword)) {
            list.add(new Reference(this, path + "/" + keyword + "/" + list.size(), each));
        }
        return list;
    }

    private List<List<Reference>> groups(String path, JsonNode schema, String keyword) {
        return schema.has(keyword) ? List.of(list(path, schema, keyword)) : List.of();
    }
}
