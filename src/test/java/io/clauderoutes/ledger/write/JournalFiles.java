package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A journal as a killed process leaves it. */
public final class JournalFiles {

    private JournalFiles() {}

    public static void leave(Path store, Row... rows) throws IOException {
        try (Journal journal = new Journal(store, true, Duration.ofSeconds(10), () -> 0)) {
            for (Row row : rows) {
                journal.append(row);
            }
        }
    }
}
