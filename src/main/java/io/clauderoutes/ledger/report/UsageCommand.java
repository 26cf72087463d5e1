package io.clauderoutes.ledger.report;

import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.settings.LedgerStoreSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;

/** {@code usage} on the command line: the same answers as {@link UsagePage}, out of the file and while it is written. */
public final class UsageCommand {

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final String HELP = """
            Usage: java -jar claude-routes.jar usage [--name=value ...]

            Tells what was spent, out of the ledger in claude.data.

              --from=2026-11-01      first day, UTC (30 days before the last)
              --to=2026-11-30        last day, UTC (today)
              --by=day,tenant        sums for each: day, tenant, model, source, endpoint (day)
              --tenant=  --model=  --source=  --endpoint=
                                     count only these
              --format=json          json or csv (json)
              --data=data            folder of a ledger that is a file (claude.data)
            """;

    private UsageCommand() {}

    /**
     * Runs the command.
     *
     * @param settings where the ledger is unless the arguments say otherwise
     * @return the exit code
     */
    public static int run(
            String[] arguments, Map<String, String> settings, LocalDate today, PrintStream out, PrintStream err) {
        Map<String, String> parameters = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            if (!argument.startsWith("--") || equals < 0) {
                err.println(argument + ": expected --name=value, or --help");
                return BAD_ARGUMENTS;
            }
            parameters.put(argument.substring(2, equals), argument.substring(equals + 1));
        }
        String folder = parameters.remove("data");
        LedgerStoreSettings store = new LedgerStoreSettings(
                folder == null ? settings.getOrDefault("claude.ledger.url", "") : "",
                settings.getOrDefault("claude.ledger.user", ""),
                settings.getOrDefault("claude.ledger.password", ""));
        LedgerDatabase database =
                LedgerDatabase.of(store, Path.of(folder == null ? settings.get("claude.data") : folder));
        if (!database.exists()) {
            err.println("there is no ledger at " + database.name());
            return FAILED;
        }
        try {
            UsageReport report = new UsageReport(database);
            out.print(UsageText.of(report.answer(UsageQuery.of(parameters, today)), Map.of()));
            long waiting = report.inJournal();
            if (waiting > 0) {
                err.println(waiting + " rows are in the journal beside " + database.name()
                        + " and not counted: a bundle that"
                        + " runs brings them in within a second, one that was killed when it is started again");
            }
            return 0;
        } catch (UsageQuery.BadQuery mistake) {
            err.println(mistake.getMessage());
            return BAD_ARGUMENTS;
        } catch (SQLException | IOException unreadable) {
            err.println(database.name() + " cannot be read: " + unreadable.getMessage());
            return FAILED;
        }
    }
}
