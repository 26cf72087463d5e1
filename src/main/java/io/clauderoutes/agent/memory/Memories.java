package io.clauderoutes.agent.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.SessionOrder;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.store.Database;
import io.clauderoutes.store.DatabaseFile;
import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.SharedDatabase;
import io.clauderoutes.store.SharedDatabase.Schema;
import io.clauderoutes.store.SharedDatabase.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes the memory of the settings, and checks its key. */
public final class Memories {

    /** The file below {@code claude.data}. */
    public static final String FILE = "memory.db";

    /** The schema of the file. */
    public static final Migrations SCHEMA = new Migrations(List.of("/io/clauderoutes/memory/sqlite/001-turns.sql"));

    private static final Schema POSTGRES = new Schema(
            new Migrations(List.of("/io/clauderoutes/memory/postgresql/001-turns.sql")),
            "memory_schema",
            0x436c_6175_6465_0003L);

    private static final int SHORTEST = 16;
    private static final int LONGEST = 4_096;

    private Memories() {}

    /** The memory. Nothing is opened before it is used. */
    public static ConversationMemory of(
            ClaudeSettings settings, MessageJson json, Summarizer summarizer, BundleRuntime runtime) {
        LedgerStoreSettings shared = settings.operation().ledger().store();
        Database database =
                settings.operation().ledger().enabled() && !shared.url().isEmpty()
                        ? new SharedDatabase(new Server(shared.url(), shared.user(), shared.password()), POSTGRES)
                        : new DatabaseFile(
                                settings.operation().routes().data().resolve(FILE),
                                SCHEMA,
                                runtime.threads().perTask("claude-memory"));
        MemoryStore store = new MemoryStore(
                database,
                secret(settings.agents().memory().key()),
                settings.agents().memory().expiresAfter(),
                json,
                runtime.clock());
        return new ConversationMemory(
                settings.agents().memory(),
                settings.upstream().call().deadline(),
                store,
                new SessionOrder(runtime.ticker()),
                json,
                summarizer,
                runtime.clock());
    }

    /**
     * Checks the key.
     *
     * @throws SettingsException if it cannot be read or is too short
     */
    public static void check(SecretSettings key) {
        secret(key);
    }

    private static Optional<String> secret(SecretSettings key) {
        if (key.isEmpty()) {
            return Optional.empty();
        }
        String setting =
                key.file().map(file -> "claude.memory.key-file=" + file).orElse("claude.memory.key");
        String text = key.file().map(file -> read(setting, file)).orElse(key.text());
        if (text.length() < SHORTEST) {
            throw new SettingsException(List.of(setting + ": expected 32 bytes in Base64, or a passphrase of at least "
                    + SHORTEST + " characters"));
        }
        return Optional.of(text);
    }

    private static String read(String setting, Path file) {
        try {
            if (Files.size(file) > LONGEST) {
                throw new SettingsException(List.of(setting + ": the file is longer than " + LONGEST + " bytes"));
            }
            return new String(Files.readAllBytes(file), UTF_8).strip();
        } catch (IOException unreadable) {
            throw new SettingsException(List.of(setting + ": the file cannot be read ("
                    + unreadable.getClass().getSimpleName() + ")"));
        }
    }
}
