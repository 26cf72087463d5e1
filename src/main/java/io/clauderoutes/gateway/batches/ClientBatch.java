package io.clauderoutes.gateway.batches;

import java.util.Optional;

/**
 * A batch of a client as it is stored.
 *
 * @param client the name of the client's key
 * @param endpoint where the batch is
 * @param apiId the endpoint's id of the batch; empty while its creation is not answered
 * @param begunMillis when its creation began, since 1970
 * @param shown the endpoint's last JSON about it; empty before the first
 */
record ClientBatch(
        long id,
        State state,
        String client,
        String tenant,
        String endpoint,
        Optional<String> apiId,
        int items,
        long begunMillis,
        Optional<String> shown) {

    /** How far a batch has come. */
    enum State {
        /** Its creation was begun: it may be at the endpoint. */
        CREATING,
        /** It is at the endpoint, and the ledger does not have all its results. */
        CREATED,
        /** The ledger has the result of each item. */
        SETTLED
    }
}
