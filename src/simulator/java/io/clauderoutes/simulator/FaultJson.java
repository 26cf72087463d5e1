package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads faults from JSON and from their short names, and says which ones there are when it meets another. */
final class FaultJson {

    private static final int SOME_DELTAS = 3;

    private static final Map<String, Set<String>> FIELDS = Map.ofEntries(
            Map.entry("ok", Set.of()),
            Map.entry("status", Set.of("status", "retry_after", "error_code", "message", "headers")),
            Map.entry("html", Set.of("status")),
            Map.entry("redirect", Set.of("status", "location")),
            Map.entry("reset-before-headers", Set.of("billed")),
            Map.entry("stall-before-headers", Set.of("ms")),
            Map.entry("reset", Set.of("after_deltas")),
            Map.entry("end", Set.of("after_deltas")),
            Map.entry("error", Set.of("after_deltas", "type", "message")),
            Map.entry("junk", Set.of("after_deltas")),
            Map.entry("unknown-event", Set.of("after_deltas")),
            Map.entry("stall", Set.of("after_deltas", "ms")),
            Map.entry("huge-line", Set.of("after_deltas", "bytes", "gzipped")),
            Map.entry("refusal", Set.of("after_deltas", "category")),
            Map.entry("byte-by-byte", Set.of()),
            Map.entry("gzip", Set.of()),
            Map.entry("broken", Set.of()),
            Map.entry("slow", Set.of("ms", "tokens_per_second")));

    private FaultJson() {}

    static List<Fault> read(String json) {
        JsonNode node;
        try {
            node = Json.read(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("faults must be JSON, but: " + e.getOriginalMessage());
        }
        if (!node.isArray()) {
            return List.of(one(node));
        }
        List<Fault> faults = new ArrayList<>();
        node.forEach(each -> faults.add(one(each)));
        return List.copyOf(faults);
    }

    static Fault named(String name) {
        if (FIELDS.containsKey(name)) {
            return make(name, Map.of());
        }
        int dash = name.lastIndexOf('-');
        if (dash > 0 && dash < name.length() - 1) {
            String kind = name.substring(0, dash);
            String rest = name.substring(dash + 1);
            if (kind.equals("reset-before-headers") && rest.equals("billed")) {
                return new Fault.ResetBeforeHeaders(true);
            }
            if (FIELDS.containsKey(kind) && rest.chars().allMatch(c -> c >= '0' && c <= '9') && rest.length() < 16) {
                return make(kind, Map.of(numberOf(kind), Long.parseLong(rest)));
            }
        }
        throw unknown(name);
    }

    private static Fault one(JsonNode node) {
        if (node.isTextual()) {
            return named(node.textValue());
        }
        if (!node.isObject() || !node.path("fault").isTextual()) {
            throw new IllegalArgumentException(
                    "a fault must be a name or an object with the name in its field \"fault\", but is " + node);
        }
        String kind = node.get("fault").textValue();
        Set<String> known = FIELDS.get(kind);
        if (known == null) {
            throw unknown(kind);
        }
        Map<String, Object> fields = new HashMap<>();
        node.properties().forEach(field -> {
            if (known.contains(field.getKey())) {
                fields.put(field.getKey(), value(field.getValue()));
            } else if (!field.getKey().equals("fault")) {
                throw new IllegalArgumentException("the fault " + kind + " must have only the fields "
                        + new TreeSet<>(known) + ", but has " + field.getKey());
            }
        });
        return make(kind, fields);
    }

    private static Object value(JsonNode node) {
        if (node.isIntegralNumber()) {
            return node.longValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isObject()) {
            Map<String, String> map = new HashMap<>();
            node.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
            return map;
        }
        return node.asText();
    }

    private static String numberOf(String kind) {
        return switch (kind) {
            case "status", "html", "redirect" -> "status";
            case "stall-before-headers", "slow" -> "ms";
            case "huge-line" -> "bytes";
            default -> "after_deltas";
        };
    }

    private static Fault make(String kind, Map<String, Object> fields) {
        int after = (int) number(fields, "after_deltas", SOME_DELTAS);
        return switch (kind) {
            case "ok" -> new Fault.Ok();
            case "status" -> status(fields);
            case "html" -> new Fault.Html((int) number(fields, "status", 502));
            case "redirect" -> new Fault.Redirect((int) number(fields, "status", 307), text(fields, "location", "/"));
            case "reset-before-headers" -> new Fault.ResetBeforeHeaders(flag(fields, "billed"));
            case "stall-before-headers" -> new Fault.StallBeforeHeaders(duration(fields));
            case "reset" -> new Fault.Reset(after);
            case "end" -> new Fault.End(after);
            case "error" ->
                new Fault.ErrorEvent(
                        after, text(fields, "type", "overloaded_error"), text(fields, "message", "Overloaded"));
            case "junk" -> new Fault.Junk(after);
            case "unknown-event" -> new Fault.UnknownEvent(after);
            case "stall" -> new Fault.Stall(after, duration(fields));
            case "huge-line" -> new Fault.HugeLine(after, number(fields, "bytes", 1L << 30), flag(fields, "gzipped"));
            case "refusal" ->
                new Fault.Refusal((int) number(fields, "after_deltas", 0), text(fields, "category", "cyber"));
            case "byte-by-byte" -> new Fault.ByteByByte();
            case "gzip" -> new Fault.Gzip();
            case "broken" -> new Fault.Broken();
            case "slow" ->
                new Fault.Slow(
                        Duration.ofMillis(number(fields, "ms", 2_000)), (int) number(fields, "tokens_per_second", 10));
            default -> throw unknown(kind);
        };
    }

    private static Fault status(Map<String, Object> fields) {
        Map<String, String> headers = new HashMap<>();
        if (fields.get("headers") instanceof Map<?, ?> given) {
            given.forEach((name, value) -> headers.put(String.valueOf(name), String.valueOf(value)));
        }
        if (fields.containsKey("retry_after")) {
            headers.put("retry-after", String.valueOf(fields.get("retry_after")));
        }
        return new Fault.Status(
                (int) number(fields, "status", 500),
                text(fields, "error_code", ""),
                text(fields, "message", ""),
                headers);
    }

    private static Duration duration(Map<String, Object> fields) {
        long ms = number(fields, "ms", -1);
        return ms < 0 ? Fault.FOREVER : Duration.ofMillis(ms);
    }

    private static long number(Map<String, Object> fields, String name, long otherwise) {
        Object value = fields.getOrDefault(name, otherwise);
        if (value instanceof Long number) {
            return number;
        }
        throw new IllegalArgumentException("the fault's field " + name + " must be a whole number, but is " + value);
    }

    private static boolean flag(Map<String, Object> fields, String name) {
        Object value = fields.getOrDefault(name, false);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new IllegalArgumentException("the fault's field " + name + " must be true or false, but is " + value);
    }

    private static String text(Map<String, Object> fields, String name, String otherwise) {
        return String.valueOf(fields.getOrDefault(name, otherwise));
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("a fault must be one of " + new TreeSet<>(FIELDS.keySet())
                + ", with a number or without, but is " + name);
    }
}
