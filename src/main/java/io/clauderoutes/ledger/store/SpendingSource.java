package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.row.Spending;
import java.sql.SQLException;
import java.time.Instant;

/** Tells what tenants have spent. */
@FunctionalInterface
public interface SpendingSource {

    /**
     * What a tenant has spent since the beginning of an hour, as far as it is known.
     *
     * @throws SQLException if the ledger cannot be read
     */
    Spending since(String tenant, Instant start) throws SQLException;
}
