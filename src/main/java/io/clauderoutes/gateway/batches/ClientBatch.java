package io.clauderoutes.gateway.batches;

import java.util.Optional;

/**
 * A batch of a client as it is stored.
 *
 * @param begunMillis when its creation began, since 1970
 * @param shown the endpoint's last JSON about it; empty before the first
 */
record ClientBatch(
        long id, State state, Owner owner, Location location, int items, long begunMillis, Optional<String> shown) {

    /**
     * Whose a batch is.
     *
     * @param client the name of the client's key
     */
    record Owner(String client, String tenant) {}

    /**
     * Where a batch is.
     *
     * @param apiId the endpoint's id of the batch; empty while its creation is not answered
     */
    record Location(String endpoint, Optional<String> apiId) {}

    String client() {
        return owner.client();
    }

    String tenant() {
        return owner.tenant();
    }

    String endpoint() {
        return location.endpoint();
    }

    Optional<String> apiId() {
        return location.apiId();
    }

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
