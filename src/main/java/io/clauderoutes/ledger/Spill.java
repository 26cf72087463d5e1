package io.clauderoutes.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Rows that the store could not take, one on each line as JSON, on the disk before a call goes on. */
final class Spill {

    private final Path file;
    private final ObjectMapper mapper = new ObjectMapper();

    Spill(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    void append(Collection<Row> rows) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Row row : rows) {
            lines.write('\n');
            lines.write(mapper.writeValueAsBytes(json(row)));
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(lines.toByteArray());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** All rows that are there. A last line that was cut off with its process was never told to be safe, and is none. */
    List<Row> read() throws IOException {
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readString(file, StandardCharsets.UTF_8).split("\n", -1)) {
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

    void delete() throws IOException {
        if (Files.isRegularFile(file)) {
            Files.delete(file);
        }
    }

    private ObjectNode json(Row row) {
        ObjectNode json = mapper.createObjectNode()
                .put("run", row.run())
                .put("number", row.number())
                .put("state", row.state().name())
                .put("at", row.atMillis())
                .put("begun", row.begunMillis())
                .put("tenant", row.subject().tenant())
                .put("source", row.subject().source())
                .put("model", row.subject().model())
                .put("endpoint", row.subject().endpoint())
                .put("attempt", row.attempt())
                .put("prompt", row.prompt())
                .put("session", row.session().orElse(""))
                .put("request_id", row.requestId())
                .put("price", row.price())
                .put("reason", row.reason());
        put(json, "input", row.tokens().input());
        put(json, "output", row.tokens().output());
        put(json, "cache_read", row.tokens().cacheRead());
        put(json, "cache_write_5m", row.tokens().cacheWrite5m());
        put(json, "cache_write_1h", row.tokens().cacheWrite1h());
        put(json, "web_searches", row.tokens().webSearches());
        put(json, "cost_micro_usd", row.costMicroUsd());
        return json;
    }

    private static void put(ObjectNode json, String name, OptionalLong count) {
        count.ifPresent(known -> json.put(name, known));
    }

    private static Row row(JsonNode json) {
        return new Row(
                json.path("run").asText(),
                json.path("number").asLong(),
                State.valueOf(json.path("state").asText()),
                json.path("at").asLong(),
                json.path("begun").asLong(),
                new Subject(
                        json.path("tenant").asText(),
                        json.path("source").asText(),
                        json.path("model").asText(),
                        json.path("endpoint").asText()),
                json.path("attempt").asInt(),
                json.path("prompt").asText(),
                Optional.of(json.path("session").asText()).filter(session -> !session.isEmpty()),
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
                json.path("reason").asText());
    }

    private static OptionalLong count(JsonNode json, String name) {
        return json.has(name) ? OptionalLong.of(json.path(name).asLong()) : OptionalLong.empty();
    }
}
