package io.clauderoutes.check.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The check of one JSON text by a schema while it arrives. A text fails at the first character after which no continuation can fit the schema, as far as
 * the rules of {@link SchemaRule} show it. Not thread-safe.
 */
public final class SchemaProgress {

    /** Rules that one value must fit at most; beyond it only the check of the whole text decides. */
    private static final int MOST_RULES = 500;

    private static final int DEEPEST_REFERENCE = 50;
    /** In digits, before or behind the point: beyond it a number is too costly to compare. */
    private static final int LONGEST_NUMBER = 300;

    private final SchemaRules.Reference schema;
    private final JsonPrefix json = new JsonPrefix(new Values());
    private final Alternative whole = Alternative.whole();
    private final Deque<Container> open = new ArrayDeque<>();
    private final List<Alternative.Group> undecided = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    /** Rules of the string, the number or the literal that is arriving. */
    private List<Obligation> scalar = List.of();

    private boolean freeString;
    private int codePoints;
    private long read;
    private long verified;
    /** Whether only the check of the whole text decides from here on. */
    private boolean rest;

    private Optional<Violation> violation = Optional.empty();

    /** A rule and the alternative that it belongs to. */
    private record Obligation(SchemaRule rule, Alternative of) {}

    /** An object or an array that is open. */
    private static final class Container {
        private final boolean object;
        private final List<Obligation> rules;
        private final Set<String> names = new HashSet<>();
        private String name = "";
        private int count;

        Container(boolean object, List<Obligation> rules) {
            this.object = object;
            this.rules = rules;
        }

        String place() {
            return "/" + (object ? name.replace("~", "~0").replace("/", "~1") : Integer.toString(count - 1));
        }
    }

    SchemaProgress(SchemaRules.Reference schema) {
        this.schema = schema;
    }

    /**
     * Takes in the next character.
     *
     * @return whether the text can still fit the schema
     */
    public boolean accept(char c) {
        if (violation.isPresent()) {
            return false;
        }
        read++;
        boolean isJson = json.accept(c);
        if (!isJson || whole.hasFailed()) {
            if (violation.isEmpty()) {
                violation = Optional.of(new Violation(place(), "not JSON", "not JSON"));
            }
            return false;
        }
        if (isVerified()) {
            verified = read;
        }
        return true;
    }

    private boolean isVerified() {
        if (rest || json.isInEscape() || (json.isInToken() && !freeString)) {
            return false;
        }
        undecided.removeIf(group -> !group.isOpen());
        return undecided.isEmpty();
    }

    /** Characters from the start of the text after which it can still fit the schema. */
    public long verified() {
        return verified;
    }

    /** What does not fit; empty as long as the text can fit. */
    public Optional<Violation> violation() {
        return violation;
    }

    private String place() {
        StringBuilder place = new StringBuilder();
        open.descendingIterator().forEachRemaining(container -> place.append(container.place()));
        return place.toString();
    }

    private boolean checked(List<Obligation> rules, String keyword, Predicate<SchemaRule> fits) {
        for (Obligation each : rules) {
            if (!each.of().isOver() && !fits.test(each.rule())) {
                each.of().fail();
                if (whole.hasFailed()) {
                    violation = Optional.of(new Violation(
                            place(),
                            keyword + " does not fit",
                            keyword + " at " + each.rule().path()));
                    return false;
                }
            }
        }
        return true;
    }

    /** The rules of the value that begins, with those of the schemas that they refer to. */
    private List<Obligation> begin(SchemaRule.Type type) {
        List<Obligation> rules = new ArrayList<>();
        if (open.isEmpty()) {
            add(rules, schema, whole, type, 0);
            return rules;
        }
        Container container = open.peek();
        if (!container.object) {
            container.count++;
            checked(
                    container.rules,
                    "items",
                    rule -> container.count <= rule.bounds().arrays().most());
        }
        for (Obligation parent : container.rules) {
            if (!parent.of().isOver()) {
                child(container, parent.rule()).ifPresent(rule -> add(rules, rule, parent.of(), type, 0));
            }
        }
        return rules;
    }

    private static Optional<SchemaRules.Reference> child(Container container, SchemaRule rule) {
        return container.object ? property(rule, container.name) : item(rule, container.count);
    }

    private static Optional<SchemaRules.Reference> property(SchemaRule rule, String name) {
        SchemaRules.Reference named = rule.bounds().objects().properties().get(name);
        return named == null ? rule.bounds().objects().others() : Optional.of(named);
    }

    /** @param number from 1 */
    private static Optional<SchemaRules.Reference> item(SchemaRule rule, int number) {
        List<SchemaRules.Reference> first = rule.bounds().arrays().first();
        return number <= first.size()
                ? Optional.of(first.get(number - 1))
                : rule.bounds().arrays().others();
    }

    private static boolean mayExist(Optional<SchemaRules.Reference> child) {
        return child.filter(schema -> schema.rule().isNever()).isEmpty();
    }

    private static boolean mayHaveAnother(Container container, SchemaRule rule) {
        if (!container.object) {
            return container.count < rule.bounds().arrays().most() && mayExist(item(rule, container.count + 1));
        }
        SchemaRule.Objects objects = rule.bounds().objects();
        return container.names.size() < objects.most()
                && (mayExist(objects.others())
                        || objects.properties().entrySet().stream()
                                .anyMatch(property -> !container.names.contains(property.getKey())
                                        && !property.getValue().rule().isNever()));
    }

    private void add(
            List<Obligation> rules,
            SchemaRules.Reference reference,
            Alternative of,
            SchemaRule.Type type,
            int references) {
        if (of.isOver()) {
            return;
        }
        if (rules.size() >= MOST_RULES || references >= DEEPEST_REFERENCE) {
            rest = true;
            return;
        }
        SchemaRule rule = reference.rule();
        Obligation obligation = new Obligation(rule, of);
        if (!checked(List.of(obligation), "type", its -> mayBe(its, type)) || of.isOver()) {
            return;
        }
        rest |= rule.rest();
        rules.add(obligation);
        rule.combined().all().forEach(each -> add(rules, each, of, type, references + 1));
        rule.combined().any().forEach(group -> addGroup(rules, group, of, type, references));
        rule.combined().one().forEach(group -> undecided.add(addGroup(rules, group, of, type, references)));
    }

    private Alternative.Group addGroup(
            List<Obligation> rules,
            List<SchemaRules.Reference> alternatives,
            Alternative of,
            SchemaRule.Type type,
            int references) {
        Alternative.Group group = new Alternative.Group(of, alternatives.size());
        List<Alternative> each =
                alternatives.stream().map(alternative -> Alternative.of(group)).toList();
        for (int i = 0; i < alternatives.size(); i++) {
            add(rules, alternatives.get(i), each.get(i), type, references + 1);
        }
        return group;
    }

    private static boolean mayBe(SchemaRule rule, SchemaRule.Type type) {
        if (rule.values().isPresent() && rule.values().get().stream().noneMatch(value -> typeOf(value) == type)) {
            return false;
        }
        return rule.types().isEmpty()
                || rule.types().contains(type)
                || (type == SchemaRule.Type.NUMBER && rule.types().contains(SchemaRule.Type.INTEGER));
    }

    private static SchemaRule.Type typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> SchemaRule.Type.OBJECT;
            case ARRAY -> SchemaRule.Type.ARRAY;
            case STRING -> SchemaRule.Type.STRING;
            case NUMBER -> SchemaRule.Type.NUMBER;
            case BOOLEAN -> SchemaRule.Type.BOOLEAN;
            default -> SchemaRule.Type.NULL;
        };
    }

    private boolean beginScalar(SchemaRule.Type type) {
        scalar = begin(type);
        return !whole.hasFailed();
    }

    private boolean beginContainer(SchemaRule.Type type) {
        List<Obligation> rules = begin(type);
        // Equality with a whole object or array is left to the check of the whole text.
        rest |= rules.stream().anyMatch(each -> each.rule().values().isPresent());
        open.push(new Container(type == SchemaRule.Type.OBJECT, rules));
        return !whole.hasFailed();
    }

    /** Takes in the values of the text. */
    private final class Values implements JsonPrefix.Handler {

        @Override
        public boolean beginObject() {
            return beginContainer(SchemaRule.Type.OBJECT);
        }

        @Override
        public boolean endObject() {
            Container ended = open.pop();
            return checked(
                            ended.rules,
                            "required",
                            rule -> ended.names.containsAll(
                                    rule.bounds().objects().required()))
                    && checked(
                            ended.rules,
                            "minProperties",
                            rule -> ended.names.size()
                                    >= rule.bounds().objects().fewest());
        }

        @Override
        public boolean beginArray() {
            return beginContainer(SchemaRule.Type.ARRAY);
        }

        @Override
        public boolean endArray() {
            Container ended = open.pop();
            return checked(
                    ended.rules,
                    "minItems",
                    rule -> ended.count >= rule.bounds().arrays().fewest());
        }

        @Override
        public boolean another() {
            Container container = open.element();
            return checked(
                    container.rules,
                    container.object ? "properties" : "items",
                    rule -> mayHaveAnother(container, rule));
        }

        @Override
        public boolean name(String name) {
            Container object = open.element();
            object.name = name;
            if (!object.names.add(name)) {
                violation = Optional.of(new Violation(place(), "the name stands twice in the object", "equal names"));
                return false;
            }
            return checked(
                    object.rules,
                    "properties",
                    rule -> object.names.size() <= rule.bounds().objects().most() && mayExist(property(rule, name)));
        }

        @Override
        public boolean beginString() {
            text.setLength(0);
            codePoints = 0;
            boolean begun = beginScalar(SchemaRule.Type.STRING);
            freeString = scalar.stream()
                    .allMatch(each -> each.rule().bounds().strings().isFree()
                            && each.rule().values().isEmpty());
            return begun;
        }

        @Override
        public boolean character(char unit) {
            if (freeString) {
                return true;
            }
            text.append(unit);
            if (!Character.isLowSurrogate(unit)) {
                codePoints++;
            }
            return checked(
                            scalar,
                            "maxLength",
                            rule -> codePoints <= rule.bounds().strings().longest())
                    && checked(scalar, "enum", SchemaProgress.this::canBecomeValue);
        }

        @Override
        public boolean endString() {
            if (freeString) {
                freeString = false;
                return true;
            }
            String value = text.toString();
            int length = value.codePointCount(0, value.length());
            return checked(
                            scalar,
                            "minLength",
                            rule -> length >= rule.bounds().strings().shortest())
                    && checked(
                            scalar,
                            "enum",
                            rule -> isValue(
                                    rule,
                                    node -> node.isTextual() && node.textValue().equals(value)))
                    && checked(scalar, "pattern", rule -> rule.bounds()
                            .strings()
                            .pattern()
                            .filter(pattern -> !pattern.matcher(value).find())
                            .isEmpty());
        }

        @Override
        public boolean beginNumber() {
            return beginScalar(SchemaRule.Type.NUMBER);
        }

        @Override
        public boolean number(String digits) {
            BigDecimal value = digits.length() > LONGEST_NUMBER ? null : new BigDecimal(digits);
            if (value == null || Math.abs((long) value.scale()) > LONGEST_NUMBER) {
                rest = true;
                return true;
            }
            boolean isWhole = value.stripTrailingZeros().scale() <= 0;
            boolean looksWhole = digits.chars().allMatch(c -> c == '-' || Character.isDigit(c));
            if (isWhole && !looksWhole) {
                // Whether 1.0 is an integer is left to the check of the whole text.
                rest = true;
            }
            return checked(
                            scalar,
                            "type",
                            rule -> isWhole
                                    || rule.types().isEmpty()
                                    || rule.types().contains(SchemaRule.Type.NUMBER))
                    && checked(scalar, "bounds of the number", rule -> rule.bounds()
                            .numbers()
                            .allow(value))
                    && checked(
                            scalar,
                            "enum",
                            rule -> isValue(
                                    rule,
                                    node -> node.isNumber()
                                            && node.decimalValue().compareTo(value) == 0));
        }

        @Override
        public boolean beginLiteral(char first) {
            return beginScalar(first == 'n' ? SchemaRule.Type.NULL : SchemaRule.Type.BOOLEAN);
        }

        @Override
        public boolean literal(String name) {
            return checked(
                    scalar,
                    "enum",
                    rule -> isValue(
                            rule, node -> !node.isTextual() && node.asText().equals(name)));
        }
    }

    private static boolean isValue(SchemaRule rule, Predicate<JsonNode> same) {
        return rule.values().isEmpty() || rule.values().get().stream().anyMatch(same);
    }

    private boolean canBecomeValue(SchemaRule rule) {
        return isValue(rule, node -> node.isTextual() && startsWith(node.textValue(), text));
    }

    private static boolean startsWith(String value, StringBuilder begin) {
        return value.length() >= begin.length()
                && value.substring(0, begin.length()).contentEquals(begin);
    }

    /**
     * The text has ended.
     *
     * @return what does not fit, as far as the rules show it
     */
    public Optional<Violation> end() {
        if (violation.isEmpty() && !json.end() && violation.isEmpty()) {
            violation = Optional.of(new Violation("", "not JSON: the text ends too early", "not JSON"));
        }
        return violation;
    }
}
