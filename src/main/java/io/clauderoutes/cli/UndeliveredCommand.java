package io.clauderoutes.cli;

import io.clauderoutes.undelivered.UndeliveredReport;
import io.clauderoutes.undelivered.UndeliveredStore;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code undelivered} on the command line: lists the kept replies, also while the bundle runs. */
public final class UndeliveredCommand {

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final String HELP = """
            Usage: java -jar claude-routes.jar undelivered [--name=value ...]

            Lists the replies that a sink did not take. They are delivered when the sink takes messages again.

              --show=3               prints the text of one reply, by its id
              --data=data            folder of the replies (claude.data)
            """;

    private UndeliveredCommand() {}

    /**
     * Runs the command.
     *
     * @param data where the replies are unless the arguments say otherwise
     * @return the exit code
     */
    public static int run(String[] arguments, Path data, PrintStream out, PrintStream err) {
        Path folder = data;
        OptionalLong shown = OptionalLong.empty();
        for (String argument : arguments) {
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            if (argument.startsWith("--data=")) {
                folder = Path.of(argument.substring("--data=".length()));
            } else if (argument.matches("--show=[0-9]{1,18}")) {
                shown = OptionalLong.of(Long.parseLong(argument.substring("--show=".length())));
            } else {
                err.println(argument + ": expected --show=<id>, --data=<folder> or --help");
                return BAD_ARGUMENTS;
            }
        }
        try {
            UndeliveredReport report = new UndeliveredReport(folder);
            if (shown.isEmpty()) {
                out.print(report.list());
                return 0;
            }
            Optional<String> body = report.body(shown.getAsLong());
            body.ifPresentOrElse(out::println, () -> err.println("there is no such reply"));
            return body.isPresent() ? 0 : FAILED;
        } catch (SQLException unreadable) {
            err.println(folder.resolve(UndeliveredStore.FILE) + " cannot be read: " + unreadable.getMessage());
            return FAILED;
        }
    }
}
