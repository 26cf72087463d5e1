package io.clauderoutes.simulator;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was counted since the start. A call counts under its status when its head is sent, and as unanswered when it
 * ended without one; a stream is cut when it ended without the event that ends a message.
 *
 * @param calls by endpoint
 * @param statuses by HTTP status
 * @param unanswered calls that ended before any status
 * @param faults by name; calls without a fault are not among them
 * @param answersBilled calls that cost something
 * @param tokens of all billed answers
 * @param models the same, by model
 */
public record Bill(
        Map<String, Long> calls,
        Map<Integer, Long> statuses,
        long unanswered,
        Map<String, Long> faults,
        long answersBilled,
        Usage tokens,
        Map<String, Usage> models,
        long streamsBegun,
        long streamsEnded,
        long streamsCut) {

    public Bill {
        calls = Map.copyOf(calls);
        statuses = Map.copyOf(statuses);
        faults = Map.copyOf(faults);
        models = Map.copyOf(models);
    }

    public long callsOf(String endpoint) {
        return calls.getOrDefault(endpoint, 0L);
    }

    public long answersWith(int status) {
        return statuses.getOrDefault(status, 0L);
    }

    String toJson() {
        return new String(
                Json.write(json -> {
                    json.writeStartObject();
                    json.writeObjectField("calls", new TreeMap<>(calls));
                    json.writeObjectField("statuses", new TreeMap<>(statuses));
                    json.writeNumberField("unanswered", unanswered);
                    json.writeObjectField("faults", new TreeMap<>(faults));
                    json.writeNumberField("answers_billed", answersBilled);
                    json.writeFieldName("tokens");
                    tokens.writeTo(json);
                    json.writeObjectFieldStart("models");
                    for (Map.Entry<String, Usage> model : new TreeMap<>(models).entrySet()) {
                        json.writeFieldName(model.getKey());
                        model.getValue().writeTo(json);
                    }
                    json.writeEndObject();
                    json.writeObjectFieldStart("streams");
                    json.writeNumberField("begun", streamsBegun);
                    json.writeNumberField("ended", streamsEnded);
                    json.writeNumberField("cut", streamsCut);
                    json.writeEndObject();
                    json.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }
}
