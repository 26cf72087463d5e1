package io.clauderoutes.ledger.row;

/**
 * What a tenant has spent since some time.
 *
 * @param microUsd millionths of a US dollar; calls that may have been billed count as what was reserved for them
 * @param releasedMicroUsd what was reserved for calls that may have been billed, and was found not to be spent. It is not in
 *     {@code microUsd}
 */
public record Spending(long microUsd, long releasedMicroUsd) {

    /** Spent and released together. It never becomes less within a period. */
    public long gross() {
        return microUsd + releasedMicroUsd;
    }
}
