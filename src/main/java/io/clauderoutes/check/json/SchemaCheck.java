package io.clauderoutes.check.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.path.PathType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A schema that is ready to check texts. Patterns have the syntax of RE2, so that no text makes them slow; no schema is loaded from
 * elsewhere. Only this class uses the library, which is optional.
 */
public final class SchemaCheck {

    static final int DEEPEST_JSON = 200;
    private static final int MOST_VIOLATIONS = 20;

    static final String NOT_RE2 = "the pattern is not in RE2 syntax (no look-around, no back-references)";

    private static final ObjectMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST_JSON)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Schema schema;
    private final SchemaRules.Reference rules;

    private SchemaCheck(Schema schema, SchemaRules.Reference rules) {
        this.schema = schema;
        this.rules = rules;
    }

    /**
     * Prepares a schema.
     *
     * @throws IllegalArgumentException if it is no valid schema; the message says what is wrong
     */
    public static SchemaCheck of(String text) {
        try {
            SchemaRegistry registry = registry();
            JsonNode json = JSON.readTree(text);
            List<Error> mistakes = registry.getSchema(
                            SchemaLocation.of(Dialects.getDraft202012().getId()))
                    .validate(json);
            if (!mistakes.isEmpty()) {
                Error first = mistakes.get(0);
                String place = "#" + first.getInstanceLocation();
                throw new IllegalArgumentException("the schema is not valid at " + place + ": "
                        + (place.endsWith("/pattern") ? NOT_RE2 : first.getMessage()));
            }
            Schema schema = registry.getSchema(json);
            schema.initializeValidators();
            SchemaCheck check = new SchemaCheck(schema, SchemaRules.of(json));
            check.violations("null");
            return check;
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("the schema is not JSON", notJson);
        } catch (StackOverflowError endless) {
            throw new IllegalArgumentException("the schema refers to itself without end", endless);
        } catch (IllegalArgumentException refused) {
            throw refused;
        } catch (RuntimeException invalid) {
            throw new IllegalArgumentException("the schema is not valid: " + invalid.getMessage(), invalid);
        }
    }

    private static SchemaRegistry registry() {
        SchemaRegistryConfig config = SchemaRegistryConfig.builder()
                .formatAssertionsEnabled(true)
                .pathType(PathType.JSON_POINTER)
                .locale(Locale.ROOT)
                .regularExpressionFactory(SchemaCheck::pattern)
                .build();
        return SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config));
    }

    private static com.networknt.schema.regex.RegularExpression pattern(String regex) {
        try {
            Pattern pattern = Pattern.compile(regex);
            return value -> pattern.matcher(value).find();
        } catch (PatternSyntaxException unknown) {
            throw new IllegalArgumentException(NOT_RE2, unknown);
        }
    }

    /** The check of a text that arrives in pieces; {@link #violations} has the last word when it has ended. */
    public SchemaProgress begin() {
        return new SchemaProgress(rules);
    }

    /** What in a text does not fit; empty if all fits. A name that stands twice in an object does not fit. */
    public List<Violation> violations(String text) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            String place = notJson.getLocation() == null
                    ? ""
                    : " (line " + notJson.getLocation().getLineNr() + ", column "
                            + notJson.getLocation().getColumnNr() + ")";
            return List.of(new Violation("", "not JSON" + place, "not JSON" + place));
        }
        if (json.isMissingNode()) {
            return List.of(new Violation("", "no text", "no text"));
        }
        List<Violation> violations = new ArrayList<>();
        for (Error error : errors(json)) {
            if (violations.size() < MOST_VIOLATIONS) {
                violations.add(new Violation(
                        error.getInstanceLocation().toString(),
                        error.getMessage(),
                        error.getKeyword() + " at " + fragment(error)));
            }
        }
        return violations;
    }

    private List<Error> errors(JsonNode json) {
        try {
            return schema.validate(json);
        } catch (RuntimeException unresolved) {
            throw new IllegalArgumentException("the schema cannot be used: " + unresolved.getMessage(), unresolved);
        }
    }

    /** Where the rule stands in the schema. */
    private static String fragment(Error error) {
        String path = error.getEvaluationPath().toString();
        int last = path.lastIndexOf('/');
        return "#" + (last > 0 ? path.substring(0, last) : "/").replaceAll("/$", "");
    }
}
