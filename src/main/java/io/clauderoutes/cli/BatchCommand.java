package io.clauderoutes.cli;

import io.clauderoutes.batch.BatchPage;
import io.clauderoutes.batch.BatchReport;
import io.clauderoutes.batch.BatchStore;
import io.clauderoutes.batch.BatchText;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.OptionalLong;

/** {@code batches} on the command line: the same answers as {@link BatchPage}, out of the file and while it is written. */
public final class BatchCommand {

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final String HELP = """
            Usage: java -jar claude-routes.jar batches [--name=value ...]

            Tells how batches and their prompts stand, out of claude.data.

              --batch=3              the prompts of one batch
              --data=data            folder of the batches (claude.data)
            """;

    private BatchCommand() {}

    /**
     * Runs the command.
     *
     * @param data where the batches are unless the arguments say otherwise
     * @return the exit code
     */
    public static int run(String[] arguments, Path data, PrintStream out, PrintStream err) {
        Path folder = data;
        OptionalLong batch = OptionalLong.empty();
        for (String argument : arguments) {
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            if (argument.startsWith("--data=")) {
                folder = Path.of(argument.substring("--data=".length()));
            } else if (argument.matches("--batch=[0-9]{1,18}")) {
                batch = OptionalLong.of(Long.parseLong(argument.substring("--batch=".length())));
            } else {
                err.println(argument + ": expected --batch=<number>, --data=<folder> or --help");
                return BAD_ARGUMENTS;
            }
        }
        Path file = folder.resolve(BatchStore.FILE);
        if (!Files.exists(file)) {
            err.println("there are no batches at " + file);
            return FAILED;
        }
        try {
            out.print(BatchText.of(new BatchReport(file).answer(batch)));
            return 0;
        } catch (SQLException unreadable) {
            err.println(file + " cannot be read: " + unreadable.getMessage());
            return FAILED;
        }
    }
}
