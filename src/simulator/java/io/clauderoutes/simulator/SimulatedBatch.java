package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One batch, from its creation to its results. Until it has ended it tells nothing of how its items fare. */
final class SimulatedBatch {

    private static final Duration LIFE = Duration.ofHours(24);

    private final String id;
    private final Instant created;
    private final List<Item> items;
    private final Map<ItemFate, Integer> counts = new EnumMap<>(ItemFate.class);
    private Optional<Instant> canceled = Optional.empty();
    private Optional<Instant> ended = Optional.empty();
    private List<Buffer> results = List.of();

    /** What one item asks for. */
    record Item(String customId, JsonNode params) {}

    /** What has become of one item, and its line among the results. */
    record Outcome(ItemFate fate, Buffer line) {}

    SimulatedBatch(String id, Instant created, List<Item> items) {
        this.id = id;
        this.created = created;
        this.items = List.copyOf(items);
    }

    String id() {
        return id;
    }

    List<Item> items() {
        return items;
    }

    boolean isEnded() {
        return ended.isPresent();
    }

    boolean isCanceled() {
        return canceled.isPresent();
    }

    void cancel(Instant now) {
        if (!isEnded() && !isCanceled()) {
            canceled = Optional.of(now);
        }
    }

    void end(Instant now, List<Outcome> outcomes) {
        ended = Optional.of(now);
        outcomes.forEach(outcome -> counts.merge(outcome.fate(), 1, Integer::sum));
        results = outcomes.stream()
                .flatMap(outcome ->
                        Collections.nCopies(outcome.fate() == ItemFate.DOUBLED ? 2 : 1, outcome.line()).stream())
                .toList();
    }

    int count(ItemFate fate) {
        return counts.getOrDefault(fate, 0);
    }

    /** A line for each item, in no order. */
    List<Buffer> results() {
        return results;
    }

    void writeTo(JsonGenerator json, String url) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id);
        json.writeStringField("type", "message_batch");
        json.writeStringField("processing_status", isEnded() ? "ended" : isCanceled() ? "canceling" : "in_progress");
        json.writeObjectFieldStart("request_counts");
        json.writeNumberField("processing", isEnded() ? 0 : items.size());
        json.writeNumberField("succeeded", count(ItemFate.SUCCEEDED) + count(ItemFate.DOUBLED));
        json.writeNumberField("errored", count(ItemFate.ERRORED));
        json.writeNumberField("canceled", count(ItemFate.CANCELED));
        json.writeNumberField("expired", count(ItemFate.EXPIRED));
        json.writeEndObject();
        json.writeStringField("created_at", created.toString());
        json.writeStringField("expires_at", created.plus(LIFE).toString());
        time(json, "ended_at", ended);
        time(json, "cancel_initiated_at", canceled);
        json.writeNullField("archived_at");
        if (isEnded()) {
            json.writeStringField("results_url", url + "/v1/messages/batches/" + id + "/results");
        } else {
            json.writeNullField("results_url");
        }
        json.writeEndObject();
    }

    private static void time(JsonGenerator json, String name, Optional<Instant> time) throws IOException {
        if (time.isPresent()) {
            json.writeStringField(name, time.get().toString());
        } else {
            json.writeNullField(name);
        }
    }
}
