package io.clauderoutes.gateway.batches;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.batches.Settlement.Lines;
import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.text.Printable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/**
 * What clients of the gateway can do with batches. A client that asks about another client's batch gets the same response as for a
 * batch that does not exist.
 */
public final class ClientBatches {

    /** Of all calls about batches. */
    static final String PATH = "/v1/messages/batches";

    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;
    /** Batches of one page about which the endpoint is asked; of the others the client sees what is stored. */
    private static final int MOST_LOOKS = 100;

    private final ClientBatchStore store;
    private final Creations creations;
    private final Settlement settlement;
    private final PassThroughApi api;
    private final MessageJson json;
    private final BatchJson batches;
    private final Executor threads;
    private final BiFunction<Optional<String>, byte[], byte[]> redaction;

    /** @param redaction redacts a line of results by the policy of this name */
    ClientBatches(
            ClientBatchStore store,
            Creations creations,
            Settlement settlement,
            PassThroughApi api,
            MessageJson json,
            Executor threads,
            BiFunction<Optional<String>, byte[], byte[]> redaction) {
        this.store = store;
        this.creations = creations;
        this.settlement = settlement;
        this.api = api;
        this.json = json;
        this.batches = new BatchJson(json);
        this.threads = threads;
        this.redaction = redaction;
    }

    /** A page of a client's list. */
    public record Page(int limit, Optional<String> afterId, Optional<String> beforeId) {}

    /** Creates a batch. */
    public byte[] create(BatchClient client, byte[] body) {
        return json.bytes(seenBy(client, creations.create(client, body)));
    }

    /** Looks at a batch. */
    public byte[] look(BatchClient client, String apiId) {
        return json.bytes(seenBy(client, look(client, found(client, apiId))));
    }

    private ObjectNode look(BatchClient client, ClientBatch batch) {
        return told(batch, new PassThroughApi.Call("GET", path(batch), client.headers(), Optional.empty()));
    }

    /** Cancels a batch. */
    public byte[] cancel(BatchClient client, String apiId) {
        ClientBatch batch = found(client, apiId);
        return json.bytes(seenBy(
                client,
                told(
                        batch,
                        new PassThroughApi.Call("POST", path(batch) + "/cancel", client.headers(), Optional.empty()))));
    }

    /** What the endpoint says about a batch; it is stored for lists. */
    private ObjectNode told(ClientBatch batch, PassThroughApi.Call call) {
        ObjectNode response = api.call(batch.endpoint(), call, body -> batches.whole(body.readNBytes(LONGEST_ANSWER)));
        if (!response.path("id").asText("").equals(batch.apiId().orElse(""))) {
            throw new ClaudeException.Unavailable(
                    ApiError.unreadable("not_the_batch", "the endpoint's response is not about this batch"));
        }
        store.shown(batch.id(), json.string(response));
        return response;
    }

    /** Deletes a batch that has ended. First the ledger gets its results, which would be gone. */
    public byte[] delete(BatchClient client, String apiId) {
        ClientBatch batch = found(client, apiId);
        if (batch.state() != ClientBatch.State.SETTLED) {
            ApiBatch state = batches.batch(json.bytes(look(client, batch)));
            if (state.ended() && !state.archived()) {
                settlement.read(batch, client.headers(), Lines.NONE);
            }
        }
        byte[] response = api.call(
                batch.endpoint(),
                new PassThroughApi.Call("DELETE", path(batch), client.headers(), Optional.empty()),
                body -> body.readNBytes(LONGEST_ANSWER));
        if (!store.unsettledItems(batch.id()).isEmpty()) {
            settlement.lost(batch, "its batch was deleted: it may have been paid");
        }
        store.remove(batch.id());
        return response;
    }

    /** The batches of a client, newest first. */
    public byte[] list(BatchClient client, Page page) {
        if (!store.exists()) {
            return page(List.of(), false);
        }
        List<ClientBatch> found = page.beforeId().isPresent()
                ? store.newerThan(client.name(), found(client, page.beforeId().get()), page.limit() + 1)
                : store.olderThan(client.name(), page.afterId().map(id -> found(client, id)), page.limit() + 1);
        boolean more = found.size() > page.limit();
        if (more) {
            found = page.beforeId().isPresent() ? found.subList(1, found.size()) : found.subList(0, page.limit());
        }
        List<CompletableFuture<ObjectNode>> responses = new ArrayList<>(found.size());
        int looks = 0;
        for (ClientBatch batch : found) {
            boolean mayHaveChanged = !isEnded(batch) && looks < MOST_LOOKS;
            looks += mayHaveChanged ? 1 : 0;
            responses.add(
                    mayHaveChanged
                            ? CompletableFuture.supplyAsync(() -> lookOrStored(client, batch), threads)
                            : CompletableFuture.completedFuture(stored(batch)));
        }
        return page(
                responses.stream()
                        .map(CompletableFuture::join)
                        .map(batch -> seenBy(client, batch))
                        .toList(),
                more);
    }

    private static boolean isEnded(ClientBatch batch) {
        return batch.shown().filter(its -> its.contains("\"ended\"")).isPresent();
    }

    private ObjectNode lookOrStored(BatchClient client, ClientBatch batch) {
        try {
            return look(client, batch);
        } catch (ClaudeException notNow) {
            return stored(batch);
        }
    }

    /** What the endpoint said last; only the id where it has said nothing that is known here. */
    private ObjectNode stored(ClientBatch batch) {
        return batch.shown()
                .flatMap(json::value)
                .filter(ObjectNode.class::isInstance)
                .map(ObjectNode.class::cast)
                .orElseGet(() -> json.newObject()
                        .put("id", batch.apiId().orElseThrow())
                        .put("type", "message_batch")
                        .put("processing_status", "in_progress"));
    }

    private byte[] page(List<ObjectNode> found, boolean more) {
        ObjectNode page = json.newObject();
        ArrayNode data = page.putArray("data");
        found.forEach(data::add);
        page.put("has_more", more);
        page.put("first_id", found.isEmpty() ? null : found.get(0).path("id").asText());
        page.put(
                "last_id",
                found.isEmpty() ? null : found.get(found.size() - 1).path("id").asText());
        return json.bytes(page);
    }

    /** Receives the results of a batch. */
    @FunctionalInterface
    public interface Results {
        /** The stream that gets the results; asked for when the first of them is there. */
        OutputStream begin();
    }

    /** Writes the results of a batch, one JSON document in each line. */
    public void results(BatchClient client, String apiId, Results results) {
        ClientBatch batch = found(client, apiId);
        ResultWriter writer = new ResultWriter(client, results);
        settlement.read(batch, client.headers(), writer);
        writer.end();
    }

    /** Gives each result the client's own name of its request, and redacts it. */
    private final class ResultWriter implements Lines {
        private final BatchClient client;
        private final Results results;
        private OutputStream out;

        ResultWriter(BatchClient client, Results results) {
            this.client = client;
            this.results = results;
        }

        @Override
        public void line(byte[] line, Optional<BatchItem> item) throws IOException {
            begin();
            byte[] named =
                    item.map(its -> batches.withCustomId(line, its.customId())).orElse(line);
            out.write(redaction.apply(client.redactPolicy(), named));
            out.write('\n');
        }

        private void begin() {
            if (out == null) {
                out = results.begin();
            }
        }

        void end() {
            begin();
        }
    }

    /** A response body about a batch, redacted by the policy of its client. */
    public byte[] redacted(BatchClient client, byte[] body) {
        return redaction.apply(client.redactPolicy(), body);
    }

    private ClientBatch found(BatchClient client, String apiId) {
        return Optional.of(store)
                .filter(ClientBatchStore::exists)
                .flatMap(its -> its.find(client.name(), apiId))
                .orElseThrow(() -> new ClaudeException.Rejected(ApiError.ours(
                        404, "not_found_error", "Could not find Message Batch with id " + Printable.of(apiId))));
    }

    private static String path(ClientBatch batch) {
        return PATH + "/" + batch.apiId().orElseThrow();
    }

    /** Clients fetch results from the URL that a batch names, with their credential: it has to be this gateway's. */
    private ObjectNode seenBy(BatchClient client, ObjectNode batch) {
        if (!batch.path("results_url").isTextual()) {
            return batch;
        }
        ObjectNode seen = MessageJson.copy(batch);
        seen.put("results_url", client.url() + PATH + "/" + batch.path("id").asText() + "/results");
        return seen;
    }
}
