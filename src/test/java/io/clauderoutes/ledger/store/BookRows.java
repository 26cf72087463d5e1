package io.clauderoutes.ledger.store;

import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.write.Journal;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Reads a ledger as anybody would. */
public final class BookRows {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final LedgerDatabase database;

    public BookRows(Path data) {
        this(new LedgerFile(data.resolve(Ledger.FILE)));
    }

    public BookRows(LedgerDatabase database) {
        this.database = database;
    }

    /** Rows of a query on any other file of SQLite. */
    public static List<String> of(Path file, String query) {
        return new BookRows(new LedgerFile(file)).of(query);
    }

    /** Rows of a query, cells separated by a space; null is {@code -}. What the journal has is in the store by then. */
    public List<String> of(String query) {
        Patience.until(this::isUpToDate, LONG, () -> "rows of the journal are not in the store");
        return read(query);
    }

    private boolean isUpToDate() {
        try {
            List<Row> left = database.besides().isEmpty()
                    ? List.of()
                    : Journal.left(database.besides().get());
            return left.isEmpty()
                    || new HashSet<>(read("SELECT token, number, step FROM entry JOIN run ON run.id = entry.run"))
                            .containsAll(left.stream()
                                    .map(row -> row.id().run() + " " + row.id().number() + " "
                                            + row.state().step())
                                    .toList());
        } catch (IOException unreadable) {
            throw new IllegalStateException("the journal", unreadable);
        }
    }

    private List<String> read(String query) {
        try (Connection connection = database.read();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                StringBuilder cells = new StringBuilder();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    String cell = row.getString(i);
                    cells.append(i == 1 ? "" : " ").append(cell == null ? "-" : cell);
                }
                rows.add(cells.toString());
            }
            return rows;
        } catch (SQLException unreadable) {
            throw new IllegalStateException(query, unreadable);
        }
    }

    /** The same, once no attempt is open any more. */
    public BookRows whenOver() {
        Patience.until(
                () -> of("SELECT state FROM attempt WHERE state IN ('INTENT', 'STARTED')")
                        .isEmpty(),
                LONG,
                () -> "some attempts stay open");
        return this;
    }

    /** How each attempt stands, with its tokens and cost. */
    public List<String> attempts() {
        return of("SELECT state, input_tokens, output_tokens, cost_micro_usd FROM attempt ORDER BY run, number");
    }

    /** The states that every attempt went through, in their order, but for the one that only long attempts go through. */
    public List<String> states() {
        return of(
                "SELECT string_agg(state, ' ') FROM (SELECT * FROM entry WHERE state <> 'STARTED' ORDER BY run, number, step) AS ordered"
                        + " GROUP BY run, number ORDER BY run, number");
    }

    public long number(String query) {
        return Long.parseLong(of(query).get(0));
    }
}
