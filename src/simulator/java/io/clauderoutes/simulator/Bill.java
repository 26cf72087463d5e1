package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
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
 * @param batches what was done in batches, at half the price
 */
public record Bill(
        Map<String, Long> calls,
        Map<Integer, Long> statuses,
        long unanswered,
        Map<String, Long> faults,
        Billed billed,
        Streams streams,
        Batches batches) {
    /**
     * Billed replies and their tokens.
     *
     * @param answers calls that cost something; items of batches are not among them
     * @param tokens of all billed answers
     * @param models the same, by model
     */
    public record Billed(long answers, BilledUsage tokens, Map<String, BilledUsage> models) {
        public Billed {
            models = Map.copyOf(models);
        }
    }

    /** Streams by their end. */
    public record Streams(long begun, long ended, long cut) {}

    public Bill {
        calls = Map.copyOf(calls);
        statuses = Map.copyOf(statuses);
        faults = Map.copyOf(faults);
    }

    /**
     * Batches and their items.
     *
     * @param items that were asked for
     * @param billed items that cost something, when their batch ended
     * @param tokens of all billed items
     * @param models the same, by model
     */
    public record Batches(
            long created, long ended, long items, long billed, BilledUsage tokens, Map<String, BilledUsage> models) {

        static final Batches NONE = new Batches(0, 0, 0, 0, BilledUsage.NONE, Map.of());

        public Batches {}

        Batches created(int more) {
            return new Batches(created + 1, ended, items + more, billed, tokens, models);
        }

        Batches oneEnded() {
            return new Batches(created, ended + 1, items, billed, tokens, models);
        }

        Batches billed(String model, BilledUsage usage) {
            Map<String, BilledUsage> sums = new TreeMap<>(models);
            sums.merge(model, usage, BilledUsage::plus);
            return new Batches(created, ended, items, billed + 1, tokens.plus(usage), sums);
        }

        void writeTo(JsonGenerator json) throws IOException {
            json.writeStartObject();
            json.writeNumberField("created", created);
            json.writeNumberField("ended", ended);
            json.writeNumberField("items", items);
            json.writeNumberField("items_billed", billed);
            json.writeFieldName("tokens");
            tokens.writeTo(json);
            Bill.writeTo(json, models);
            json.writeEndObject();
        }
    }

    public long callsOf(String endpoint) {
        return calls.getOrDefault(endpoint, 0L);
    }

    public long answersWith(int status) {
        return statuses.getOrDefault(status, 0L);
    }

    private static void writeTo(JsonGenerator json, Map<String, BilledUsage> models) throws IOException {
        json.writeObjectFieldStart("models");
        for (Map.Entry<String, BilledUsage> model : new TreeMap<>(models).entrySet()) {
            json.writeFieldName(model.getKey());
            model.getValue().writeTo(json);
        }
        json.writeEndObject();
    }

    String toJson() {
        return new String(
                Json.write(json -> {
                    json.writeStartObject();
                    json.writeObjectField("calls", new TreeMap<>(calls));
                    json.writeObjectField("statuses", new TreeMap<>(statuses));
                    json.writeNumberField("unanswered", unanswered);
                    json.writeObjectField("faults", new TreeMap<>(faults));
                    json.writeNumberField("answers_billed", billed.answers());
                    json.writeFieldName("tokens");
                    billed.tokens().writeTo(json);
                    writeTo(json, billed.models());
                    json.writeObjectFieldStart("streams");
                    json.writeNumberField("begun", streams.begun());
                    json.writeNumberField("ended", streams.ended());
                    json.writeNumberField("cut", streams.cut());
                    json.writeEndObject();
                    json.writeFieldName("batches");
                    batches.writeTo(json);
                    json.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }
}
