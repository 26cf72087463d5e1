package io.clauderoutes.logging;

import io.clauderoutes.settings.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** Chooses the Log4j configuration of a standalone bundle from {@code claude.log.*}, before the first line is logged. */
public final class LogSetup {

    /** System property that names Log4j's configuration; one that is set already wins over {@code claude.log.*}. */
    public static final String CONFIGURATION = "log4j2.configurationFile";

    private static final String PACKAGED = "claudeLogSetup";
    private static final String FOLDER = "classpath:io/clauderoutes/";

    private LogSetup() {}

    /** Whether the log is set up by {@code claude.log.*}, and not by a configuration of the user's own. */
    public static boolean isPackaged(Properties system) {
        return system.getProperty(PACKAGED) != null;
    }

    /** Why a file cannot take the log; empty if it can. */
    public static Optional<String> trouble(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
            return Optional.empty();
        } catch (IOException unwritable) {
            return Optional.of("the file cannot be written (" + unwritable + ")");
        }
    }

    /** Sets the system properties that Log4j and the packaged configurations read. */
    public static void apply(LogSettings settings, Properties system) {
        List<String> configurations = new ArrayList<>(List.of(FOLDER + "log4j2.properties"));
        if (settings.json()) {
            configurations.add(FOLDER + "log4j2-json.properties");
        }
        // The start names a file that cannot be written, with all other mistakes.
        settings.file().filter(file -> trouble(file).isEmpty()).ifPresent(file -> {
            configurations.add(FOLDER + (settings.json() ? "log4j2-file-json.properties" : "log4j2-file.properties"));
            system.setProperty("claudeLogFile", file.toString());
            system.setProperty("claudeLogFileBytes", Long.toString(settings.maxFileBytes()));
            system.setProperty("claudeLogFiles", Integer.toString(settings.maxFiles()));
        });
        system.setProperty(CONFIGURATION, String.join(",", configurations));
        system.setProperty(PACKAGED, "true");
    }
}
