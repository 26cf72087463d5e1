package io.clauderoutes.check.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rules of one schema that can be decided while a value arrives. All of them must hold.
 *
 * @param path where the schema stands, as a fragment
 * @param types that the value may have; empty for any
 * @param values that are allowed; empty for any
 * @param combined other schemas that the value must fit
 * @param rest whether there are rules that only the whole text decides
 */
record SchemaRule(
        String path, Set<Type> types, Optional<List<JsonNode>> values, Bounds bounds, Combined combined, boolean rest) {
    /**
     * Bounds of a value, by its type.
     *
     * @param numbers bounds of a number
     * @param strings bounds of a string
     * @param objects rules of an object
     * @param arrays rules of an array
     */
    record Bounds(Numbers numbers, Strings strings, Objects objects, Arrays arrays) {}

    /** Whether no value fits. */
    boolean isNever() {
        return values.isPresent() && values.get().isEmpty();
    }

    enum Type {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        INTEGER,
        BOOLEAN,
        NULL
    }

    /** Bounds of a number; an absent bound is empty. */
    record Numbers(
            Optional<BigDecimal> least,
            Optional<BigDecimal> most,
            Optional<BigDecimal> above,
            Optional<BigDecimal> below) {

        boolean allow(BigDecimal value) {
            return least.filter(bound -> value.compareTo(bound) < 0).isEmpty()
                    && most.filter(bound -> value.compareTo(bound) > 0).isEmpty()
                    && above.filter(bound -> value.compareTo(bound) <= 0).isEmpty()
                    && below.filter(bound -> value.compareTo(bound) >= 0).isEmpty();
        }
    }

    /** Bounds of a string, in code points. */
    record Strings(int shortest, int longest, Optional<Pattern> pattern) {
        boolean isFree() {
            return shortest == 0 && longest == Integer.MAX_VALUE && pattern.isEmpty();
        }
    }

    /**
     * Rules of an object.
     *
     * @param others schema of the properties that are not named; empty if they are not decided while the value arrives
     */
    record Objects(
            Map<String, SchemaRules.Reference> properties,
            Optional<SchemaRules.Reference> others,
            Set<String> required,
            int fewest,
            int most) {}

    /**
     * Rules of an array.
     *
     * @param first schemas of the first items
     * @param others schema of the items behind them
     */
    record Arrays(List<SchemaRules.Reference> first, Optional<SchemaRules.Reference> others, int fewest, int most) {}

    /**
     * Other schemas for the same value.
     *
     * @param all each must fit
     * @param any of each group one must fit
     * @param one of each group exactly one must fit
     */
    record Combined(
            List<SchemaRules.Reference> all,
            List<List<SchemaRules.Reference>> any,
            List<List<SchemaRules.Reference>> one) {}
}
