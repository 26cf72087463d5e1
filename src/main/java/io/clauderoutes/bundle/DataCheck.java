package io.clauderoutes.bundle;

import io.clauderoutes.agent.memory.Memories;
import io.clauderoutes.gateway.batches.ClientBatchStore;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.resume.ResumeStore;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.PrivateFile;
import io.clauderoutes.store.SqliteFile;
import io.clauderoutes.undelivered.UndeliveredStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at the files of {@code claude.data} before anything is started: a damaged one cannot be repaired while the process runs. */
final class DataCheck {

    private static final String ANSWERED = "answered.txt";

    private DataCheck() {}

    /**
     * Checks the folder and its files.
     *
     * @throws SettingsException that names each file that cannot be used, and what to do
     */
    static void check(ClaudeSettings settings) {
        Path data = settings.operation().routes().data();
        List<String> mistakes = new ArrayList<>();
        try {
            PrivateFile.createFolder(data);
            if (!Files.isWritable(data)) {
                mistakes.add("claude.data=" + data + ": the folder cannot be written");
            }
        } catch (IOException failure) {
            mistakes.add("claude.data=" + data + ": the folder cannot be made (" + failure + ")");
        }
        answered(data.resolve(ANSWERED), mistakes);
        if (settings.operation().ledger().enabled()
                && settings.operation().ledger().store().url().isEmpty()) {
            database(data.resolve(LedgerFile.NAME), LedgerFile.SCHEMA, mistakes);
        }
        database(data.resolve(ClientBatchStore.FILE), ClientBatchStore.SCHEMA, mistakes);
        database(data.resolve(Memories.FILE), Memories.SCHEMA, mistakes);
        database(data.resolve(ResumeStore.FILE), ResumeStore.SCHEMA, mistakes);
        database(data.resolve(UndeliveredStore.FILE), UndeliveredStore.SCHEMA, mistakes);
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    private static void answered(Path file, List<String> mistakes) {
        if (!Files.isRegularFile(file)) {
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String line = lines.readLine();
            while (line != null) {
                line = lines.readLine();
            }
        } catch (MalformedInputException damaged) {
            mistakes.add(file
                    + " is damaged: restore it from a backup, or move it away (messages that were answered and come"
                    + " again are then paid for again)");
        } catch (IOException unreadable) {
            mistakes.add(file + " cannot be read (" + unreadable + ")");
        }
    }

    private static void database(Path file, Migrations schema, List<String> mistakes) {
        SqliteFile.mistake(file, schema)
                .ifPresent(reason -> mistakes.add(
                        file + " " + reason + ": restore it from a backup, start the newer version, or move it away"));
    }
}
