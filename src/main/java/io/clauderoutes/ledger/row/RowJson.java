package io.clauderoutes.ledger.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Rows as JSON, one on each line, for as long as they are somewhere else than in the store. */
public final class RowJson {

    private static final int USUAL_LENGTH = 384;

    private final ObjectMapper mapper = new ObjectMapper();
    private final JsonFactory factory = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            // Jackson's own choice keeps buffers by thread, and a virtual thread lives for one request.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    /** Lines that begin with a line break, so that they do not continue a line that was cut off. */
    public byte[] lines(Collection<Row> rows) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(USUAL_LENGTH * rows.size());
        for (Row row : rows) {
            lines.write('\n');
            write(row, lines);
        }
        return lines.toByteArray();
    }

    /** A line after a head of some bytes, which are zero. */
    public byte[] line(int head, Row row) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(USUAL_LENGTH);
        line.write(new byte[head]);
        line.write('\n');
        write(row, line);
        return line.toByteArray();
    }

    /** The rows of some lines. A line that is not a row was cut off, and its row was never acknowledged. */
    public List<Row> rows(byte[] lines) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n", -1)) {
            try {
                if (!line.isBlank()) {
                    rows.add(row(mapper.readTree(line)));
                }
            } catch (JsonProcessingException | IllegalArgumentException cutOff) {
                // a line that was never told to be safe
            }
        }
        return rows;
    }

    private void write(Row row, OutputStream out) throws IOException {
        try (JsonGenerator json = factory.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("run", row.id().run());
            json.writeNumberField("number", row.id().number());
            json.writeStringField("state", row.state().name());
            json.writeNumberField("at", row.times().atMillis());
            json.writeNumberField("begun", row.times().begunMillis());
            json.writeStringField("tenant", row.subject().tenant());
            json.writeStringField("source", row.subject().source());
            json.writeStringField("model", row.subject().model());
            json.writeStringField("endpoint", row.subject().endpoint());
            json.writeNumberField("attempt", row.position().attempt());
            json.writeNumberField("round", row.position().round());
            json.writeStringField("prompt", row.position().prompt());
            put(json, "session", row.position().session().orElse(""));
            put(json, "request_id", row.result().requestId());
            put(json, "client_request_id", row.clientIds().requestId());
            put(json, "traceparent", row.clientIds().traceParent());
            put(json, "price", row.result().price());
            put(json, "reason", row.result().reason());
            put(json, "strategy", row.result().strategy());
            put(json, "input", row.result().tokens().input());
            put(json, "output", row.result().tokens().output());
            put(json, "cache_read", row.result().tokens().cacheRead());
            put(json, "cache_write_5m", row.result().tokens().cacheWrite5m());
            put(json, "cache_write_1h", row.result().tokens().cacheWrite1h());
            put(json, "web_searches", row.result().tokens().webSearches());
            put(json, "cost_micro_usd", row.result().costMicroUsd());
            json.writeEndObject();
        }
    }

    private static void put(JsonGenerator json, String name, String text) throws IOException {
        if (!text.isEmpty()) {
            json.writeStringField(name, text);
        }
    }

    private static void put(JsonGenerator json, String name, OptionalLong count) throws IOException {
        if (count.isPresent()) {
            json.writeNumberField(name, count.getAsLong());
        }
    }

    private static Row row(JsonNode json) {
        return new Row(
                new RowId(json.path("run").asText(), json.path("number").asLong()),
                State.valueOf(json.path("state").asText()),
                new RowTimes(json.path("at").asLong(), json.path("begun").asLong()),
                new Subject(
                        json.path("tenant").asText(),
                        json.path("source").asText(),
                        json.path("model").asText(),
                        json.path("endpoint").asText()),
                new AttemptPosition(
                        json.path("prompt").asText(),
                        Optional.of(json.path("session").asText()).filter(session -> !session.isEmpty()),
                        json.path("attempt").asInt(),
                        json.path("round").asInt(1)),
                new AttemptResult(
                        json.path("request_id").asText(),
                        new Tokens(
                                count(json, "input"),
                                count(json, "output"),
                                count(json, "cache_read"),
                                count(json, "cache_write_5m"),
                                count(json, "cache_write_1h"),
                                count(json, "web_searches")),
                        count(json, "cost_micro_usd"),
                        json.path("price").asText(),
                        json.path("reason").asText(),
                        json.path("strategy").asText()),
                new ClientIds(
                        json.path("client_request_id").asText(),
                        json.path("traceparent").asText()));
    }

    private static OptionalLong count(JsonNode json, String name) {
        return json.has(name) ? OptionalLong.of(json.path(name).asLong()) : OptionalLong.empty();
    }
}
