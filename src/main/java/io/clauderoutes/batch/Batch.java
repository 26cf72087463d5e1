package io.clauderoutes.batch;

import java.util.Optional;

/**
 * A batch as it is kept.
 *
 * @param endpoint where it is, empty before it was sent for the first time
 * @param apiId the API's id of it, once that is known
 * @param formedMillis when it was put together, since 1970
 * @param sentMillis when its creation was last begun, since 1970; 0 before
 */
record Batch(
        long id,
        BatchState state,
        String endpoint,
        Optional<String> apiId,
        int items,
        long formedMillis,
        long sentMillis) {}
