package io.clauderoutes.cli;

import io.clauderoutes.store.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The temporary files of a standalone bundle: uploads, caches and unpacked libraries, in one folder below {@code claude.data} for each
 * process. What a process left that was killed is removed at the next start.
 */
final class TempFolder {

    /** Name of the folder below {@code claude.data}. */
    static final String NAME = "tmp";

    private static final String PROPERTY = "java.io.tmpdir";

    private TempFolder() {}

    /** Makes the folder of this process, and removes those of processes that are gone. Without a folder the system's is used. */
    static void use(Path data, Properties system) {
        Path folder = data.resolve(NAME).toAbsolutePath();
        Path own = folder.resolve(Long.toString(ProcessHandle.current().pid()));
        try {
            PrivateFile.createFolder(folder);
            for (Path left : children(folder)) {
                if (left.equals(own) || !isOfProcess(left)) {
                    remove(left);
                }
            }
            PrivateFile.createFolder(own);
            system.setProperty(PROPERTY, own.toString());
        } catch (IOException unwritable) {
            // The check of claude.data names the folder.
        }
    }

    private static boolean isOfProcess(Path left) {
        String name = left.getFileName().toString();
        return name.matches("[0-9]{1,18}")
                && ProcessHandle.of(Long.parseLong(name)).isPresent();
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** Links are removed, and not what they lead to. */
    private static void remove(Path path) throws IOException {
        List<Path> all;
        try (Stream<Path> walked = Files.walk(path)) {
            all = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }
}
