package io.clauderoutes.gateway.batches;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.batch.BatchSearch;
import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.request.PassThroughApi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the batches of clients from time to time: the ledger gets their results whether or not a client reads them, and a batch
 * whose creation was not answered is found.
 */
final class BatchRounds {

    private static final Logger LOG = LoggerFactory.getLogger(BatchRounds.class);
    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;
    private static final int NOT_FOUND = 404;
    /** Looks in a row at which a batch was not there, after which it is gone. */
    private static final int MOST_GONE = 3;

    private final ClientBatchStore store;
    private final Creations creations;
    private final Settlement settlement;
    private final BatchSearch search;
    private final PassThroughApi api;
    private final BatchJson json;
    private final Times times;
    private final Map<Long, Integer> gone = new HashMap<>();
    /** When batches without an id were looked for first, since 1970. */
    private final Map<Long, Long> soughtSince = new HashMap<>();

    /**
     * Times of the rounds.
     *
     * @param uncertain how long a batch may still appear after its creation was not answered
     * @param remembered how long batches stay in the store
     */
    record Times(Clock clock, Duration uncertain, Duration remembered) {}

    BatchRounds(
            ClientBatchStore store,
            Creations creations,
            Settlement settlement,
            BatchSearch search,
            PassThroughApi api,
            BatchJson json,
            Times times) {
        this.store = store;
        this.creations = creations;
        this.settlement = settlement;
        this.search = search;
        this.api = api;
        this.json = json;
        this.times = times;
    }

    /** Looks at each batch once. Not for use by two threads. */
    void round() {
        if (!store.exists()) {
            return;
        }
        try {
            store.forget(times.remembered());
            for (ClientBatch batch : store.unsettled()) {
                look(batch);
            }
        } catch (RuntimeException failure) {
            LOG.warn("Batches of clients: {}", failure.getMessage());
        }
    }

    private void look(ClientBatch batch) {
        try {
            if (batch.apiId().isPresent()) {
                settle(batch);
            } else if (!creations.isUnderWay(batch)) {
                // Its creation may have ended since the batch was read.
                Optional<ClientBatch> now = store.find(batch.id());
                if (now.isPresent() && now.get().apiId().isEmpty()) {
                    seek(batch);
                }
            }
        } catch (ClaudeException failure) {
            LOG.warn(
                    "Batch {} of client {}: {}",
                    batch.apiId().orElse("without an id"),
                    batch.client(),
                    failure.getMessage());
        }
    }

    private void seek(ClientBatch batch) {
        Instant begun = Instant.ofEpochMilli(batch.begunMillis());
        long now = times.clock().millis();
        long soughtMillis = now - soughtSince.computeIfAbsent(batch.id(), first -> now);
        BatchSearch.Found found = search.find(batch.endpoint(), batch.id(), batch.items(), begun);
        if (found.apiId().isPresent()) {
            soughtSince.remove(batch.id());
            creations.arrived(batch, found.apiId().get());
        } else if (!found.mayAppear() && soughtMillis >= times.uncertain().toMillis()) {
            soughtSince.remove(batch.id());
            creations.absent(batch);
        }
    }

    private void settle(ClientBatch batch) {
        ApiBatch state;
        try {
            state = api.call(
                    batch.endpoint(),
                    PassThroughApi.Call.get(
                            ClientBatches.PATH + "/" + batch.apiId().orElseThrow()),
                    body -> {
                        byte[] bytes = body.readNBytes(LONGEST_ANSWER);
                        store.shown(batch.id(), json.whole(bytes).toString());
                        return json.batch(bytes);
                    });
            gone.remove(batch.id());
        } catch (ClaudeException failure) {
            if (failure.status() == NOT_FOUND && gone.merge(batch.id(), 1, Integer::sum) >= MOST_GONE) {
                gone.remove(batch.id());
                settlement.lost(batch, "the API no longer has its batch: it may have been paid");
                return;
            }
            throw failure;
        }
        if (state.archived()) {
            settlement.lost(batch, "the API no longer has the results of its batch: it may have been paid");
        } else if (state.ended()) {
            settlement.read(batch, Map.of(), Settlement.Lines.NONE);
        }
    }
}
