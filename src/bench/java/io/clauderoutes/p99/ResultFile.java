package io.clauderoutes.p99;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The runs that were made, one JSON object on each line, so that an interrupted benchmark goes on where it was. */
final class ResultFile {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Map<String, Result> runs = new LinkedHashMap<>();

    ResultFile(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                JsonNode run = JSON.readTree(line);
                runs.put(key(run.path("cell").asText(), run.path("repeat").asInt()), read(run));
            }
        }
    }

    boolean has(String cell, int repeat) {
        return runs.containsKey(key(cell, repeat));
    }

    /** Keeps a run. */
    void add(String cell, int repeat, Result result) throws IOException {
        runs.put(key(cell, repeat), result);
        ObjectNode run = JSON.createObjectNode()
                .put("cell", cell)
                .put("repeat", repeat)
                .put("sent", result.sent())
                .put("calls", result.bill().calls())
                .put("tokens", result.bill().tokens())
                .put("others", result.others());
        ArrayNode samples = run.putArray("samples");
        for (Sample sample : result.samples().all()) {
            samples.addArray()
                    .add(sample.client())
                    .add(sample.firstText())
                    .add(sample.verified())
                    .add(sample.complete())
                    .add(sample.age());
        }
        Files.writeString(
                file, JSON.writeValueAsString(run) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** All runs of a cell together; empty if there is none. */
    Optional<Result> all(String cell, int repeats) {
        Optional<Result> all = Optional.empty();
        for (int repeat = 1; repeat <= repeats; repeat++) {
            Result run = runs.get(key(cell, repeat));
            if (run != null) {
                all = Optional.of(all.map(before -> before.plus(run)).orElse(run));
            }
        }
        return all;
    }

    /** How many runs of a cell there are. */
    int runs(String cell, int repeats) {
        int number = 0;
        for (int repeat = 1; repeat <= repeats; repeat++) {
            number += has(cell, repeat) ? 1 : 0;
        }
        return number;
    }

    private static Result read(JsonNode run) {
        List<Sample> samples = new ArrayList<>();
        for (JsonNode sample : run.path("samples")) {
            samples.add(new Sample(
                    sample.get(0).asInt(),
                    sample.get(1).asLong(),
                    sample.get(2).asLong(),
                    sample.get(3).asLong(),
                    sample.get(4).asLong()));
        }
        return new Result(
                new Samples(samples),
                run.path("sent").asLong(),
                new Bill(run.path("calls").asLong(), run.path("tokens").asLong()),
                run.path("others").asDouble());
    }

    private static String key(String cell, int repeat) {
        return cell + " | run " + repeat;
    }
}
