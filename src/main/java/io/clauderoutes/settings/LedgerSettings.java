package io.clauderoutes.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What is written down of calls.
 *
 * @param prices a file with prices of the operator's own
 * @param retention how long attempts are kept one by one; zero for ever
 * @param export the URI of an endpoint that gets each attempt that ended
 * @param reconciliation with the API's own report
 */
public record LedgerSettings(
        boolean enabled,
        LedgerStoreSettings store,
        Writing writing,
        Optional<Path> prices,
        Duration retention,
        Optional<String> export,
        Optional<ReconciliationSettings> reconciliation) {
    /**
     * How rows are written.
     *
     * @param fsync whether a call waits until a file has its intent on the disk, and not with the operating system alone
     * @param goesOn whether calls go on while nothing can be written
     * @param spillFile takes what cannot be written
     */
    public record Writing(boolean fsync, boolean goesOn, Optional<Path> spillFile) {}

    /** Where rows go that the ledger cannot take. */
    public Path spill(Path data) {
        return writing.spillFile().orElseGet(() -> data.resolve("ledger.spill"));
    }
}
