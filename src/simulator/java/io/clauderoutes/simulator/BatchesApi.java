package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * The endpoints below {@code /v1/messages/batches}. What an item's request lacks is told in its result and not when the batch is
 * created; an item is on the bill when its batch ends, whether anybody reads its result or not.
 */
final class BatchesApi {

    static final String PATH = "/v1/messages/batches";

    private static final int MOST_ITEMS = 100_000;
    private static final Pattern CUSTOM_ID = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Duration CANCELING = Duration.ofMillis(100);
    private static final double ALL = 100.0;
    private static final List<String> NOT_IN_BATCHES = List.of("speed", "thread", "fallbacks", "diagnostics");

    private final BatchRules rules;
    private final MessagesApi messages;
    private final BatchFaults faults;
    private final Clock clock;
    private final Till till;
    private final long seed;
    private final Map<String, SimulatedBatch> batches = new LinkedHashMap<>();
    private final Map<SimulatedBatch, Checks> checks = new LinkedHashMap<>();
    private final Deque<ItemFate> fates = new ArrayDeque<>();

    /** How the items of a batch are checked: by the headers of its creation. */
    private record Checks(RequestCheck check, String host) {}

    BatchesApi(SimulatorSettings settings, MessagesApi messages, BatchFaults faults, Clock clock, Till till) {
        this.rules = settings.rules().batches();
        this.seed = settings.chance().seed();
        this.messages = messages;
        this.faults = faults;
        this.clock = clock;
        this.till = till;
    }

    /** What the bill calls a path of these endpoints. */
    static String place(String path) {
        int end = path.indexOf('/', PATH.length() + 1);
        return path.length() <= PATH.length() ? PATH : PATH + "/{id}" + (end < 0 ? "" : path.substring(end));
    }

    /** Says what becomes of the next items of batches that end, whatever chance says. */
    synchronized void next(List<ItemFate> some) {
        fates.addAll(some);
    }

    void create(Call call) throws RefusedCall {
        RequestCheck check = messages.check(call, false);
        struck(call, BatchFaults.Step.CREATION, () -> {
            SimulatedBatch batch = created(call, check);
            return () -> told(call, batch);
        });
    }

    private synchronized SimulatedBatch created(Call call, RequestCheck check) throws RefusedCall {
        JsonNode requests = RequestCheck.parse(call.body()).path("requests");
        if (!requests.isArray()) {
            throw invalid("requests: Field required");
        }
        if (requests.isEmpty()) {
            throw invalid("requests: List should have at least 1 item after validation, not 0");
        }
        if (requests.size() > MOST_ITEMS) {
            throw invalid("requests: List should have at most " + MOST_ITEMS + " items after validation, not "
                    + requests.size());
        }
        Set<String> ids = new HashSet<>();
        List<SimulatedBatch.Item> items = new ArrayList<>(requests.size());
        for (JsonNode request : requests) {
            String at = "requests." + items.size();
            String id = request.path("custom_id").asText("");
            if (!CUSTOM_ID.matcher(id).matches()) {
                throw invalid(at + ".custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
            }
            if (!ids.add(id)) {
                throw invalid(at + ".custom_id: custom_id must be unique within a batch: " + id);
            }
            if (!request.path("params").isObject()) {
                throw invalid(at + ".params: Field required");
            }
            items.add(new SimulatedBatch.Item(id, request.path("params")));
        }
        SimulatedBatch batch = new SimulatedBatch("msgbatch_" + call.id(), clock.instant(), items);
        batches.put(batch.id(), batch);
        checks.put(batch, new Checks(check, call.header("host").orElse("localhost")));
        till.batchCreated(items.size());
        end(call.vertx(), batch, rules.takes());
        return batch;
    }

    private void end(Vertx vertx, SimulatedBatch batch, Duration after) {
        if (after.isZero()) {
            end(batch);
        } else if (!after.equals(Fault.FOREVER)) {
            vertx.setTimer(Outflow.millis(after), id -> end(batch));
        }
    }

    /** Ends whatever is under way. */
    synchronized void endAll() {
        batches.values().forEach(this::end);
    }

    private synchronized void end(SimulatedBatch batch) {
        if (batch.isEnded()) {
            return;
        }
        RequestCheck check = checks.get(batch).check();
        SplittableRandom random = new SplittableRandom(seed + batch.id().hashCode());
        List<SimulatedBatch.Outcome> outcomes = new ArrayList<>();
        for (SimulatedBatch.Item item : batch.items()) {
            outcomes.add(outcome(batch, item, fate(batch, random), check, outcomes.size()));
        }
        Collections.shuffle(outcomes, new Random(random.nextLong()));
        till.batchEnded();
        batch.end(clock.instant(), outcomes);
    }

    private ItemFate fate(SimulatedBatch batch, SplittableRandom random) {
        ItemFate told = fates.poll();
        if (told != null) {
            return told;
        }
        if (batch.isCanceled()) {
            return ItemFate.CANCELED;
        }
        double drawn = random.nextDouble() * ALL;
        if (drawn < rules.erroredPercent()) {
            return ItemFate.ERRORED;
        }
        return drawn < rules.erroredPercent() + rules.expiredPercent() ? ItemFate.EXPIRED : ItemFate.SUCCEEDED;
    }

    private SimulatedBatch.Outcome outcome(
            SimulatedBatch batch, SimulatedBatch.Item item, ItemFate fate, RequestCheck check, int number) {
        String id = batch.id().substring("msgbatch_".length()) + "_" + number;
        if (fate == ItemFate.ERRORED) {
            return errored(item, new ErrorReply(500, "Internal server error"), id);
        }
        if (fate == ItemFate.EXPIRED || fate == ItemFate.CANCELED) {
            return outcome(
                    item,
                    fate,
                    json -> json.writeStringField("type", fate == ItemFate.EXPIRED ? "expired" : "canceled"));
        }
        try {
            for (String name : NOT_IN_BATCHES) {
                if (item.params().has(name)) {
                    throw invalid(name + ": not supported in batches");
                }
            }
            if (item.params().path("stream").asBoolean()) {
                throw invalid("stream: streaming is not supported in batches");
            }
            if (item.params().path("max_tokens").asInt(1) == 0) {
                throw invalid("max_tokens: must be at least 1 in batches");
            }
            FinishedReply reply = messages.reply(check.read(item.params()), id);
            if (reply.billed()) {
                till.batchItemBilled("req_" + id, reply.model(), reply.input(), reply.outputTokens());
            }
            return outcome(item, fate, json -> {
                json.writeStringField("type", "succeeded");
                json.writeFieldName("message");
                json.writeRawValue(new String(ReplyJson.wholeOfBatch(reply), StandardCharsets.UTF_8));
            });
        } catch (RefusedCall refused) {
            return errored(item, refused.error(), id);
        }
    }

    private static SimulatedBatch.Outcome errored(SimulatedBatch.Item item, ErrorReply error, String id) {
        return outcome(item, ItemFate.ERRORED, json -> {
            json.writeStringField("type", "errored");
            json.writeFieldName("error");
            json.writeRawValue(new String(error.body("req_" + id), StandardCharsets.UTF_8));
        });
    }

    private static SimulatedBatch.Outcome outcome(SimulatedBatch.Item item, ItemFate fate, Json.Writing result) {
        return new SimulatedBatch.Outcome(fate, Buffer.buffer(Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("custom_id", item.customId());
            json.writeObjectFieldStart("result");
            result.to(json);
            json.writeEndObject();
            json.writeEndObject();
        })));
    }

    void list(Call call) throws RefusedCall {
        messages.version(call);
        struck(call, BatchFaults.Step.LOOK, () -> {
            int limit = MessagesApi.limit(call);
            String after = call.parameter("after_id").orElse("");
            String before = call.parameter("before_id").orElse("");
            return () -> page(call, limit, after, before);
        });
    }

    private synchronized void page(Call call, int limit, String after, String before) {
        List<SimulatedBatch> all = new ArrayList<>(batches.values());
        Collections.reverse(all);
        int from = after.isEmpty() ? 0 : place(all, after) + 1;
        int to = before.isEmpty() ? Math.min(all.size(), from + limit) : place(all, before);
        if (!before.isEmpty()) {
            from = Math.max(0, to - limit);
        }
        boolean more = before.isEmpty() ? to < all.size() : from > 0;
        List<SimulatedBatch> page = from < to ? all.subList(from, to) : List.of();
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (SimulatedBatch batch : page) {
                write(json, batch);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", more);
            json.writeStringField(
                    "first_id", page.isEmpty() ? null : page.get(0).id());
            json.writeStringField(
                    "last_id", page.isEmpty() ? null : page.get(page.size() - 1).id());
            json.writeEndObject();
        }));
    }

    private static int place(List<SimulatedBatch> all, String id) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).id().equals(id)) {
                return i;
            }
        }
        return all.size();
    }

    /** What concerns one batch: GET and DELETE of it, its results, its cancellation. */
    void one(Call call, String method, String path) throws RefusedCall {
        messages.version(call);
        String rest = path.substring(PATH.length() + 1);
        int slash = rest.indexOf('/');
        String id = slash < 0 ? rest : rest.substring(0, slash);
        String what = method + (slash < 0 ? "" : rest.substring(slash));
        switch (what) {
            case "GET" ->
                struck(call, BatchFaults.Step.LOOK, () -> {
                    SimulatedBatch batch = find(id);
                    return () -> told(call, batch);
                });
            case "POST/cancel" ->
                struck(call, BatchFaults.Step.LOOK, () -> {
                    SimulatedBatch batch = canceled(call, id);
                    return () -> told(call, batch);
                });
            case "DELETE" ->
                struck(call, BatchFaults.Step.LOOK, () -> {
                    deleted(id);
                    return () -> call.json(200, Json.write(json -> {
                        json.writeStartObject();
                        json.writeStringField("id", id);
                        json.writeStringField("type", "message_batch_deleted");
                        json.writeEndObject();
                    }));
                });
            case "GET/results" -> results(call, id);
            default -> throw new RefusedCall(new ErrorReply(404, "Not found"));
        }
    }

    private synchronized SimulatedBatch find(String id) throws RefusedCall {
        SimulatedBatch batch = batches.get(id);
        if (batch == null) {
            throw new RefusedCall(new ErrorReply(404, "Could not find Message Batch with id " + id));
        }
        return batch;
    }

    private synchronized SimulatedBatch canceled(Call call, String id) throws RefusedCall {
        SimulatedBatch batch = find(id);
        batch.cancel(clock.instant());
        end(call.vertx(), batch, CANCELING);
        return batch;
    }

    private synchronized void deleted(String id) throws RefusedCall {
        SimulatedBatch batch = find(id);
        if (!batch.isEnded()) {
            throw invalid("Message Batch " + id + " has not ended yet, and only ended ones can be deleted");
        }
        batches.remove(id);
        checks.remove(batch);
    }

    private void results(Call call, String id) throws RefusedCall {
        Fault fault = faults.next(BatchFaults.Step.RESULTS, call);
        if (fault instanceof Fault.Instead instead) {
            till.fault(fault.name());
            instead.choose(new Mishap(call)).run();
            return;
        }
        SimulatedBatch batch = find(id);
        List<Buffer> lines;
        synchronized (this) {
            if (!batch.isEnded()) {
                throw invalid("Message Batch " + id + " has not ended yet, so it has no results");
            }
            lines = batch.results();
        }
        Script script = new ResultLines(lines);
        if (fault instanceof Fault.Within within) {
            till.fault(fault.name());
            script = new FaultedScript((ResultLines) script, within);
        }
        call.response().setChunked(true);
        new Outflow(call.vertx(), call.response(), call.reset(), script, new Sent(call), 0, 1).start();
    }

    /** Results are paid for already. */
    private record Sent(Call call) implements Outflow.Progress {
        @Override
        public void head() {
            call.head(200, "application/x-jsonl");
        }

        @Override
        public void tokens(int produced) {
            // they were made when the batch ended
        }

        @Override
        public void whole() {
            // nothing is counted
        }

        @Override
        public void cut() {
            // nothing is counted
        }
    }

    private void told(Call call, SimulatedBatch batch) {
        byte[] json;
        synchronized (this) {
            json = Json.write(out -> write(out, batch));
        }
        call.json(200, json);
    }

    private void write(JsonGenerator json, SimulatedBatch batch) throws IOException {
        batch.writeTo(json, "http://" + checks.get(batch).host());
    }

    /** What a call does; what comes back tells of it. */
    @FunctionalInterface
    private interface Doing {
        Runnable done() throws RefusedCall;
    }

    /** Does what is asked, or what the fault says in its place, or both if only the answer is lost. */
    private void struck(Call call, BatchFaults.Step step, Doing doing) throws RefusedCall {
        Fault fault = faults.next(step, call);
        if (!(fault instanceof Fault.Instead instead)) {
            doing.done().run();
            return;
        }
        till.fault(fault.name());
        if (fault instanceof Fault.ResetBeforeHeaders lost && lost.billed()) {
            doing.done();
        }
        instead.choose(new Mishap(call)).run();
    }

    private static RefusedCall invalid(String message) {
        return new RefusedCall(ErrorReply.invalid(message));
    }
}
