package io.clauderoutes.gateway.batches;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.PassThroughApi;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates batches for clients. The store has a batch before it is sent, so a batch whose creation was not answered is found again and
 * no cost is lost.
 */
final class Creations {

    private static final Logger LOG = LoggerFactory.getLogger(Creations.class);
    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;

    private final ClientBatchStore store;
    private final BatchRequests requests;
    private final ItemEntries entries;
    private final Settlement settlement;
    private final PassThroughApi api;
    private final MessageJson json;
    private final BatchJson batches;
    /** Batches whose creation is at work in this process. */
    private final Set<Long> underWay = ConcurrentHashMap.newKeySet();

    Creations(
            ClientBatchStore store,
            BatchRequests requests,
            ItemEntries entries,
            Settlement settlement,
            PassThroughApi api,
            MessageJson json) {
        this.store = store;
        this.requests = requests;
        this.entries = entries;
        this.settlement = settlement;
        this.api = api;
        this.json = json;
        this.batches = new BatchJson(json);
    }

    /** Whether this process waits for the creation of a batch. */
    synchronized boolean isUnderWay(ClientBatch batch) {
        return underWay.contains(batch.id());
    }

    /** While this lock is held, no thread finds the batch in the store and regards it as abandoned. */
    private synchronized ClientBatch begin(BatchClient client, String endpoint, List<NewItem> asked) {
        ClientBatch batch = store.begin(client, endpoint, asked);
        underWay.add(batch.id());
        return batch;
    }

    /**
     * Creates a batch.
     *
     * @return what the endpoint says about it
     * @throws ClaudeException if it is refused, or if it is unknown whether it was created
     */
    ObjectNode create(BatchClient client, byte[] body) {
        List<NewItem> asked = requests.read(client, body);
        String endpoint = api.open().stream()
                .filter(name -> !api.isForPrompts(name))
                .findFirst()
                .orElseThrow(() -> new ClaudeException.Unavailable(
                        ApiError.ours(503, "api_error", "no endpoint takes batches now: see /observe/health")));
        ClientBatch batch = begin(client, endpoint, asked);
        try {
            List<BatchItem> items = store.items(batch.id());
            reserve(batch, items);
            return created(client, batch, asked, items);
        } finally {
            underWay.remove(batch.id());
        }
    }

    /** All requests of a batch are sent, or none. */
    private void reserve(ClientBatch batch, List<BatchItem> items) {
        Map<Long, ClaudeException> refusals;
        try {
            refusals = entries.open(batch, items);
        } catch (ClaudeException unwritten) {
            dismiss(batch, items, unwritten);
            throw unwritten;
        }
        if (!refusals.isEmpty()) {
            ClaudeException refusal = refusals.values().iterator().next();
            dismiss(
                    batch,
                    items.stream()
                            .filter(item -> !refusals.containsKey(item.number()))
                            .toList(),
                    refusal);
            throw refusal;
        }
    }

    /** The batch was not sent. */
    private void dismiss(ClientBatch batch, List<BatchItem> items, ClaudeException why) {
        settlement.failed(batch, items, why, false);
        store.remove(batch.id());
    }

    private ObjectNode created(BatchClient client, ClientBatch batch, List<NewItem> asked, List<BatchItem> items) {
        PassThroughApi.Call call = new PassThroughApi.Call(
                "POST", ClientBatches.PATH, client.headers(), Optional.of(out -> write(out, asked, items)));
        try {
            ObjectNode response =
                    api.call(batch.endpoint(), call, body -> batches.whole(body.readNBytes(LONGEST_ANSWER)));
            arrived(batch, response.path("id").asText());
            store.shown(batch.id(), json.string(response));
            return response;
        } catch (ClaudeException failure) {
            throw failed(batch, items, failure);
        }
    }

    private void write(OutputStream out, List<NewItem> asked, List<BatchItem> items) throws IOException {
        batches.creation(out, each -> {
            for (int i = 0; i < asked.size(); i++) {
                each.item(
                        entries.apiName(items.get(i).number()),
                        asked.get(i).params().bytes());
            }
        });
    }

    /** The endpoint has the batch. */
    void arrived(ClientBatch batch, String apiId) {
        store.created(batch.id(), apiId);
        LOG.info(
                "Batch {} of client {} created at endpoint {}: {} requests",
                apiId,
                batch.client(),
                batch.endpoint(),
                batch.items());
    }

    private ClaudeException failed(ClientBatch batch, List<BatchItem> items, ClaudeException failure) {
        if (!api.mayHaveBeenMade(failure)) {
            dismiss(batch, items, failure);
            return failure;
        }
        LOG.warn(
                "Batch of client {} with {} requests: endpoint {} did not say whether it was created ({}). The bundle looks for it",
                batch.client(),
                batch.items(),
                batch.endpoint(),
                failure.getMessage());
        ApiError error = failure.error();
        return new ClaudeException.Unavailable(
                new ApiError(
                        502,
                        "api_error",
                        "the endpoint did not say whether the batch was created: " + error.message()
                                + ". Do not send it again before you have looked at the list of batches: if it was created, it"
                                + " appears there when it has ended",
                        error.code(),
                        error.requestId(),
                        Optional.empty(),
                        new ApiError.ErrorResponse(Map.of("x-should-retry", "false"), Optional.empty())),
                failure);
    }

    /** A batch whose creation was not answered was not created. */
    void absent(ClientBatch batch) {
        LOG.info(
                "Batch of client {} with {} requests is not at endpoint {}: its creation had not arrived",
                batch.client(),
                batch.items(),
                batch.endpoint());
        dismiss(
                batch,
                store.unsettledItems(batch.id()),
                new ClaudeException.Unavailable(
                        ApiError.ours(503, "api_error", "the creation of the batch did not arrive at the endpoint")));
    }
}
