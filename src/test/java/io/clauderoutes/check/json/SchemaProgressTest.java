package io.clauderoutes.check.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A JSON text that is checked while it arrives, against the check of the whole text. */
class SchemaProgressTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int SCHEMAS = 1_000;
    private static final int TEXTS_EACH = 100;
    private static final List<String> WORDS = List.of(
            "", "a", "red", "green", "blue", "äöü", "日本", "🙂", "2026-11-30", "a/b~c", "x\"y\\z", "long words here");
    private static final List<String> NAMES = List.of("a", "b", "name", "size", "x/y", "日");

    private final Random random = new Random(17);

    /** Characters of a text that are accepted; all of them if it can fit. */
    private static int accepted(SchemaProgress progress, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!progress.accept(text.charAt(i))) {
                return i;
            }
        }
        return text.length();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"object\"} | [ | 0",
                "{\"type\":\"object\"} | x{} | 0",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}} | {\"a\":\"1\"} | 5",
                "{\"properties\":{\"a\":true},\"additionalProperties\":false} | {\"b\":1} | 3",
                "{\"required\":[\"a\"]} | {\"b\":1} | 6",
                "{\"enum\":[\"red\",\"green\"]} | \"blue\" | 1",
                "{\"enum\":[\"red\",\"green\"]} | \"reed\" | 3",
                "{\"maxLength\":3} | \"abcd\" | 4",
                "{\"minLength\":3} | \"ab\" | 3",
                "{\"pattern\":\"^a+$\"} | \"ab\" | 3",
                "{\"items\":{\"type\":\"string\"},\"maxItems\":2} | [\"a\",\"b\",\"c\"] | 8",
                "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false} | [\"a\",1] | 4",
                "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]} | 1 | 0",
                "{\"anyOf\":[{\"properties\":{\"k\":{\"const\":\"a\"}}},{\"properties\":{\"k\":{\"const\":\"b\"}}}]} | {\"k\":\"c\"} | 6",
                "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"properties\":{\"t\":{\"$ref\":\"#/$defs/t\"}},\"additionalProperties\":false}}} | {\"t\":{\"t\":{\"u\":1}}} | 13",
                "{\"maximum\":10} | [11] | 4",
                "{\"items\":{\"maximum\":10}} | [11] | 3",
                "{\"type\":\"array\"} | [1,] | 3",
                "{} | {\"a\":1,\"a\":2} | 9",
                "false | {} | 0",
            })
    void a_text_fails_at_the_first_character_that_cannot_fit(String schema, String text, int accepted) {
        SchemaProgress progress = SchemaCheck.of(schema).begin();

        assertThat(accepted(progress, text)).isEqualTo(accepted);
        assertThat(progress.violation().isPresent()).isEqualTo(accepted < text.length());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"object\"} | {\"a\":\"some te | 13",
                "{\"properties\":{\"a\":{\"maxLength\":9}}} | {\"a\":\"some te | 5",
                "{\"properties\":{\"a\":{\"enum\":[\"red\"]}}} | {\"a\":\"re | 5",
                "{\"properties\":{\"a\":{\"type\":\"number\"}}} | {\"a\":12 | 5",
                "{\"properties\":{\"a\":{\"format\":\"date\"}}} | {\"b\":1,\"a\":\"2026-11-30\" | 11",
                "{\"not\":{\"required\":[\"a\"]}} | {\"b\":1} | 0",
                "{\"oneOf\":[{\"properties\":{\"k\":{\"const\":1}}},{\"properties\":{\"k\":{\"const\":2}}}]} | {\"k\":1, | 7",
                "{\"oneOf\":[{\"type\":\"object\"},{\"minProperties\":0}]} | {\"k\":1, | 0",
                "{} | \"a\\u00 | 2",
            })
    void text_is_verified_as_soon_as_it_can_stay_as_it_is(String schema, String text, long verified) {
        SchemaProgress progress = SchemaCheck.of(schema).begin();

        assertThat(accepted(progress, text)).isEqualTo(text.length());
        assertThat(progress.verified()).isEqualTo(verified);
    }

    @Test
    void no_prefix_of_a_valid_text_fails_and_no_text_that_fails_early_is_valid() throws JsonProcessingException {
        int valid = 0;
        int early = 0;
        int invalid = 0;
        for (int i = 0; i < SCHEMAS; i++) {
            JsonNode sample = value(3);
            String schema = JSON.writeValueAsString(schemaOf(sample, 3));
            SchemaCheck check = SchemaCheck.of(schema);
            for (int j = 0; j < TEXTS_EACH; j++) {
                String text = text(j % 3 == 0 ? sample : changed(sample));
                boolean fits = check.violations(text).isEmpty();
                SchemaProgress progress = check.begin();
                int accepted = accepted(progress, text);
                Optional<Violation> violation = progress.end();
                if (fits) {
                    valid++;
                    assertThat(violation).as("%s of %s", text, schema).isEmpty();
                } else {
                    invalid++;
                    early += accepted < text.length() ? 1 : 0;
                }
                assertThat(progress.verified()).isBetween(0L, (long) accepted);
            }
        }

        assertThat(valid).isGreaterThan(SCHEMAS * TEXTS_EACH / 4);
        assertThat(early).isGreaterThan(invalid / 3);
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private JsonNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 5)) {
            case 0 -> NODES.textNode(oneOf(WORDS));
            case 1 -> NODES.numberNode(random.nextInt(40) - 20);
            case 2 -> NODES.numberNode((random.nextInt(400) - 200) / 10.0);
            case 3 -> NODES.booleanNode(random.nextBoolean());
            case 4 -> NODES.nullNode();
            case 5 -> {
                ArrayNode array = NODES.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = NODES.objectNode();
                for (int i = random.nextInt(5); i > 0; i--) {
                    object.set(oneOf(NAMES), value(depth - 1));
                }
                yield object;
            }
        };
    }

    /** A value that differs from another in a place, as a rule. */
    private JsonNode changed(JsonNode value) {
        if (random.nextInt(4) == 0) {
            return value(2);
        }
        JsonNode copy = value.deepCopy();
        if (copy instanceof ObjectNode object && !object.isEmpty() && random.nextInt(5) > 0) {
            String name = oneOf(object.properties().stream()
                    .map(java.util.Map.Entry::getKey)
                    .toList());
            if (random.nextInt(3) == 0) {
                object.remove(name);
            } else {
                object.set(name, changed(object.get(name)));
            }
        } else if (copy instanceof ArrayNode array && !array.isEmpty()) {
            int index = random.nextInt(array.size());
            array.set(index, changed(array.get(index)));
        }
        return copy;
    }

    /** A schema that the value fits, as a rule. */
    private JsonNode schemaOf(JsonNode value, int depth) {
        ObjectNode schema = NODES.objectNode();
        if (random.nextInt(15) == 0) {
            return NODES.booleanNode(random.nextInt(4) > 0);
        }
        if (random.nextInt(3) > 0) {
            type(schema, value);
        }
        if (random.nextInt(6) == 0) {
            schema.putArray("enum").add(value).add(value(1));
        }
        if (value.isTextual()) {
            strings(schema, value.textValue());
        } else if (value.isNumber()) {
            schema.put(
                    oneOf(List.of("minimum", "exclusiveMinimum", "default")), value.doubleValue() - random.nextInt(3));
            schema.put(
                    oneOf(List.of("maximum", "exclusiveMaximum", "default")), value.doubleValue() + random.nextInt(3));
        } else if (value.isArray()) {
            arrays(schema, value, depth);
        } else if (value.isObject()) {
            objects(schema, value, depth);
        }
        return depth > 0 && random.nextInt(4) == 0 ? combined(schema, value, depth) : schema;
    }

    private void type(ObjectNode schema, JsonNode value) {
        String type =
                switch (value.getNodeType()) {
                    case OBJECT -> "object";
                    case ARRAY -> "array";
                    case STRING -> "string";
                    case NUMBER -> value.isIntegralNumber() && random.nextBoolean() ? "integer" : "number";
                    case BOOLEAN -> "boolean";
                    default -> "null";
                };
        if (random.nextInt(4) == 0) {
            schema.putArray("type").add(type).add(type.equals("null") ? "string" : "null");
        } else {
            schema.put("type", type);
        }
    }

    private void strings(ObjectNode schema, String text) {
        int length = text.codePointCount(0, text.length());
        switch (random.nextInt(6)) {
            case 0 -> schema.put("maxLength", length + random.nextInt(2));
            case 1 -> schema.put("minLength", Math.max(0, length - random.nextInt(2)));
            case 2 -> schema.put("pattern", text.isEmpty() ? "^$" : "^[^0]");
            case 3 -> schema.put("format", "date");
            default -> {}
        }
    }

    private void arrays(ObjectNode schema, JsonNode array, int depth) {
        if (!array.isEmpty() && random.nextBoolean()) {
            schema.set("items", random.nextInt(3) == 0 ? schemaOf(array.get(0), depth - 1) : NODES.objectNode());
        } else if (random.nextBoolean()) {
            ArrayNode first = schema.putArray("prefixItems");
            array.forEach(item -> first.add(schemaOf(item, depth - 1)));
            if (first.isEmpty()) {
                schema.remove("prefixItems");
            } else {
                schema.put("items", random.nextBoolean());
            }
        }
        if (random.nextInt(3) == 0) {
            schema.put("maxItems", array.size() + random.nextInt(2));
        }
        if (random.nextInt(4) == 0) {
            schema.put("minItems", array.size());
        }
        if (random.nextInt(8) == 0) {
            schema.put("uniqueItems", true);
        }
    }

    private void objects(ObjectNode schema, JsonNode object, int depth) {
        ObjectNode properties = schema.putObject("properties");
        object.properties().forEach(property -> {
            if (random.nextInt(5) > 0) {
                properties.set(property.getKey(), schemaOf(property.getValue(), depth - 1));
            }
            if (random.nextInt(3) == 0) {
                schema.withArray("required").add(property.getKey());
            }
        });
        switch (random.nextInt(6)) {
            case 0 -> schema.put("additionalProperties", false);
            case 1 -> schema.putObject("additionalProperties").put("type", "string");
            case 2 -> schema.putObject("patternProperties").putObject("^n").put("type", "string");
            case 3 -> schema.put("maxProperties", object.size());
            default -> {}
        }
    }

    private JsonNode combined(ObjectNode schema, JsonNode value, int depth) {
        ObjectNode outer = NODES.objectNode();
        switch (random.nextInt(6)) {
            case 0 -> outer.putArray("allOf").add(schema).add(schemaOf(value, depth - 1));
            case 1 -> outer.putArray("anyOf").add(schema).add(schemaOf(value(1), depth - 1));
            case 2 -> outer.putArray("oneOf").add(schema).add(schemaOf(value(1), depth - 1));
            case 3 -> outer.set("not", schemaOf(value(1), 0));
            case 4 -> {
                outer.putObject("if").put("type", "object");
                outer.set("then", schema);
            }
            default -> {
                return schema;
            }
        }
        return outer;
    }

    /** The text of a value, with white space and escapes that mean nothing, and now and then cut off. */
    private String text(JsonNode value) throws JsonProcessingException {
        String text = random.nextBoolean()
                ? JSON.writeValueAsString(value)
                : JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        if (random.nextInt(4) == 0) {
            text = text.replace("日", "\\u65e5");
        }
        if (random.nextInt(20) == 0) {
            text = text.substring(0, random.nextInt(text.length() + 1));
        }
        return random.nextInt(8) == 0 ? " \n" + text + "\t " : text;
    }
}
