package io.clauderoutes.ledger.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The result of a query as JSON or CSV. */
final class UsageText {

    private static final ObjectMapper JSON = new ObjectMapper();

    private UsageText() {}

    /** @param reconciliation outcome of the last reconciliation; empty if there was none */
    static String of(UsageReport.Answer answer, Map<String, Object> reconciliation) {
        return answer.query().format() == UsageQuery.Format.CSV ? csv(answer) : json(answer, reconciliation);
    }

    private static String json(UsageReport.Answer answer, Map<String, Object> reconciliation) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("from", answer.query().from().toString());
        fields.put("to", answer.query().to().toString());
        fields.put("by", UsageReport.words(answer.query()));
        fields.put("totals", answer.totals().told());
        List<Object> groups = new ArrayList<>();
        answer.groups().forEach((key, sums) -> {
            Map<String, Object> group = UsageReport.named(answer.query(), key);
            group.putAll(sums.told());
            groups.add(group);
        });
        fields.put("groups", groups);
        fields.put("open_attempts", answer.open());
        fields.put("unknown_attempts", answer.unknown());
        if (!reconciliation.isEmpty()) {
            fields.put("reconciliation", reconciliation);
        }
        return of(fields);
    }

    /** What came of a reconciliation, or any other map, as JSON. */
    static String of(Map<String, Object> fields) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static String error(String message) {
        try {
            return JSON.writeValueAsString(Map.of(
                            "type", "error", "error", Map.of("type", "invalid_request_error", "message", message)))
                    + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A header and one line for each group; lines end as RFC 4180 wants them. */
    private static String csv(UsageReport.Answer answer) {
        StringBuilder lines = new StringBuilder();
        List<String> header = new ArrayList<>(UsageReport.words(answer.query()));
        header.addAll(flat(new UsageSums().told()).keySet());
        line(lines, header);
        answer.groups().forEach((key, sums) -> {
            List<String> cells = new ArrayList<>(key);
            flat(sums.told()).values().forEach(value -> cells.add(value.toString()));
            line(lines, cells);
        });
        return lines.toString();
    }

    private static Map<String, Object> flat(Map<String, Object> fields) {
        Map<String, Object> flat = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            if (value instanceof Map<?, ?> inner) {
                inner.forEach((innerName, innerValue) -> flat.put(name + "_" + innerName, innerValue));
            } else {
                flat.put(name, value);
            }
        });
        return flat;
    }

    private static void line(StringBuilder lines, List<String> cells) {
        lines.append(cells.stream().map(UsageText::quoted).collect(Collectors.joining(",")))
                .append("\r\n");
    }

    /** A cell that a spreadsheet would take for a formula is made a text. */
    private static String quoted(String cell) {
        String safe = cell.matches("[=+@\\-\\t].*") && !cell.matches("-?\\d+") ? "'" + cell : cell;
        return safe.matches("(?s).*[\",\\r\\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
    }
}
