package io.clauderoutes.cli;

import io.clauderoutes.store.PrivateFile;
import io.clauderoutes.store.SqliteFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** {@code backup} on the command line: copies the data of a bundle, which may be running, to a folder that it creates. */
final class BackupCommand {

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final String DATABASE = ".db";
    private static final String ANSWERED = "answered.txt";
    private static final String SPILL = "ledger.spill";
    /** SQLite's own files, whose content is in the copy of the database, and locks. */
    private static final List<String> NOT_COPIED = List.of("-wal", "-shm", "-journal", ".lock");

    private static final String HELP = """
            Usage: java -jar claude-routes.jar backup FOLDER

            Copies claude.data to FOLDER, which must not exist, while the bundle runs: ledger, journal, spill file, batches and
            the list of answered messages. Restore: stop the bundle, replace claude.data with FOLDER, start it.
            A ledger in PostgreSQL is not copied: use pg_dump.
            """;

    /**
     * Where a bundle keeps its data.
     *
     * @param spill the ledger's spill file where it is not in the folder
     * @param external whether the ledger is a PostgreSQL database
     */
    record DataFiles(Path folder, Optional<Path> spill, boolean external) {}

    private BackupCommand() {}

    /**
     * Runs the command.
     *
     * @return the exit code
     */
    static int run(String[] arguments, DataFiles data, PrintStream out, PrintStream err) {
        if (arguments.length == 1 && List.of("--help", "-h").contains(arguments[0])) {
            out.print(HELP);
            return 0;
        }
        if (arguments.length != 1 || arguments[0].startsWith("-")) {
            err.print("backup: expected the name of one folder\n\n" + HELP);
            return BAD_ARGUMENTS;
        }
        Path target = Path.of(arguments[0]).toAbsolutePath().normalize();
        Path source = data.folder().toAbsolutePath().normalize();
        if (!Files.isDirectory(source)) {
            err.println("backup: " + source + " (claude.data) is not a folder");
            return FAILED;
        }
        if (target.startsWith(source)) {
            err.println("backup: " + target + " is in claude.data: choose a folder outside");
            return BAD_ARGUMENTS;
        }
        if (Files.exists(target)) {
            err.println("backup: " + target + " exists: choose a new folder");
            return BAD_ARGUMENTS;
        }
        try {
            int files = copy(source, data.spill(), target);
            out.println("Copied " + files + " files of " + source + " to " + target);
            if (data.external()) {
                err.println("The ledger is in PostgreSQL (claude.ledger.url) and not in the backup: use pg_dump");
            }
            return 0;
        } catch (IOException | SQLException failure) {
            err.println("backup: " + source + " was not copied: " + failure);
            return FAILED;
        }
    }

    /** The target has its name only when it is complete. */
    private static int copy(Path source, Optional<Path> spill, Path target) throws IOException, SQLException {
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        if (Files.exists(partial)) {
            throw new IOException(partial + " of an earlier backup exists: remove it");
        }
        PrivateFile.createFolder(partial);
        int files =
                Files.exists(source.resolve(ANSWERED)) ? plain(source.resolve(ANSWERED), partial.resolve(ANSWERED)) : 0;
        if (spill.isPresent() && Files.isRegularFile(spill.get())) {
            files += plain(spill.get(), partial.resolve(SPILL));
        }
        for (Path file : inOrder(source)) {
            Path copy = partial.resolve(source.relativize(file).toString());
            if (file.getFileName().toString().endsWith(DATABASE)) {
                SqliteFile.copy(file, copy);
                files++;
            } else {
                files += plain(file, copy);
            }
        }
        Files.move(partial, target);
        return files;
    }

    /**
     * The answered messages come first: the ledger, which is copied later, has the calls for all that they name. Rows move from the
     * journal and the spill file to the database, so those files come before it: a row is in one copy or in both, which is no harm.
     */
    private static List<Path> inOrder(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(folder.resolve(TempFolder.NAME)))
                    .filter(file -> !file.equals(folder.resolve(ANSWERED)))
                    .filter(Predicate.not(file ->
                            NOT_COPIED.stream().anyMatch(file.getFileName().toString()::endsWith)))
                    .forEach(files::add);
        }
        files.sort(Comparator.comparingInt(BackupCommand::turn).thenComparing(Comparator.naturalOrder()));
        return files;
    }

    private static int turn(Path file) {
        return file.getFileName().toString().endsWith(DATABASE) ? 1 : 0;
    }

    /** A segment of the journal that is gone by now is in the database. */
    private static int plain(Path file, Path copy) throws IOException {
        PrivateFile.create(copy);
        try {
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        } catch (NoSuchFileException gone) {
            Files.deleteIfExists(copy);
            return 0;
        }
        PrivateFile.create(copy);
        return 1;
    }
}
