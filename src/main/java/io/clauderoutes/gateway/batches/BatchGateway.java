package io.clauderoutes.gateway.batches;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.batch.BatchSearch;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.BatchSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together what serves the batches of clients. */
public final class BatchGateway {

    private static final Logger LOG = LoggerFactory.getLogger(BatchGateway.class);
    /** The API keeps results for 29 days. */
    private static final Duration RESULTS_KEPT = Duration.ofDays(30);

    private final ClientBatchStore store;
    private final ItemEntries entries;
    private final ClientBatches clients;
    private final BatchRounds rounds;

    /**
     * What this depends on.
     *
     * @param longestLine bytes that a line of results may have
     * @param redaction redacts a line of results by the policy of this name
     */
    public record Parts(
            BatchSettings settings,
            int longestLine,
            PassThroughApi api,
            BatchRecorder books,
            MessageJson json,
            BiFunction<Optional<String>, byte[], byte[]> redaction,
            BundleRuntime runtime) {}

    public BatchGateway(ClientBatchStore store, BatchRequests requests, Parts parts) {
        BatchJson json = new BatchJson(parts.json());
        Executor threads = parts.runtime().threads().perTask("claude-client-batch");
        this.store = store;
        this.entries = new ItemEntries(parts.books(), store, parts.runtime().ticker());
        Settlement settlement = new Settlement(store, entries, parts.api(), parts.json(), threads, parts.longestLine());
        Creations creations = new Creations(store, requests, entries, settlement, parts.api(), parts.json());
        this.clients =
                new ClientBatches(store, creations, settlement, parts.api(), parts.json(), threads, parts.redaction());
        Duration remembered = parts.settings().remembered();
        this.rounds = new BatchRounds(
                store,
                creations,
                settlement,
                new BatchSearch(
                        parts.api(), json, parts.longestLine(), store::isKnown, customId -> entries.number(customId)
                                .flatMap(store::batchOf)),
                parts.api(),
                json,
                new BatchRounds.Times(
                        parts.runtime().clock(),
                        parts.settings().polling().uncertainWait(),
                        remembered.compareTo(RESULTS_KEPT) < 0 ? RESULTS_KEPT : remembered));
    }

    /** Takes what batches of a process before can cost from the budgets of their tenants. */
    public void open() {
        if (store.exists()) {
            try {
                store.unsettled().forEach(batch -> entries.hold(batch, store.unsettledItems(batch.id())));
            } catch (ClaudeException unusable) {
                LOG.error("Batches of clients: {}", unusable.getMessage());
            }
        }
    }

    /** What clients can do. */
    public ClientBatches clients() {
        return clients;
    }

    /** Looks at the batches that are not settled. Not for use by two threads. */
    public void round() {
        rounds.round();
    }
}
