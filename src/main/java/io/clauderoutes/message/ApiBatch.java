package io.clauderoutes.message;

import java.time.Instant;

/**
 * A batch as the API tells of it.
 *
 * @param ended whether its results can be read
 * @param archived whether they no longer can
 */
public record ApiBatch(String id, Instant created, boolean ended, boolean archived, Counts counts) {

    /** Items by what has become of them; all are in processing until the batch has ended. */
    public record Counts(long processing, long succeeded, long errored, long canceled, long expired) {
        public long all() {
            return processing + succeeded + errored + canceled + expired;
        }

        @Override
        public String toString() {
            return processing + " processing, " + succeeded + " succeeded, " + errored + " errored, " + canceled
                    + " canceled, " + expired + " expired";
        }
    }
}
