package io.clauderoutes.bundle;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.settings.SettingsSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts changed settings into effect while the bundle runs, all or nothing: everything is read, checked and prepared before the
 * first part changes. Requests in flight keep the settings that they began with.
 */
public final class LiveSettings {

    private static final Logger LOG = LoggerFactory.getLogger(LiveSettings.class);

    private final SettingsSource source;
    private final Consumer<ClaudeSettings> rules;
    private final List<Part> parts;
    private final SettingsState state;
    private final Set<String> endpoints;
    private volatile Map<String, String> running;
    private final Map<String, String> others;
    private ClaudeSettings settings;
    /** What the files hold whose settings are in effect. */
    private Map<Path, String> inEffect;

    private Map<Path, String> seen = Map.of();
    private Map<Path, String> refused = Map.of();
    private Set<String> restart = Set.of();

    /** A part of the bundle whose settings can change. */
    @FunctionalInterface
    public interface Part {
        /**
         * Reads, checks and compiles what the part needs. Nothing changes yet.
         *
         * @return puts it into effect; it cannot fail
         * @throws SettingsException if the settings cannot be used
         */
        Runnable prepare(ClaudeSettings settings);
    }

    /**
     * Watches nothing yet: {@link #look()} does.
     *
     * @param running the effective settings that the bundle started with
     * @param rules checks settings as the start does
     */
    public LiveSettings(
            SettingsSource source,
            Map<String, String> running,
            Consumer<ClaudeSettings> rules,
            List<Part> parts,
            SettingsState state) {
        this.source = source;
        this.running = new TreeMap<>(running);
        this.rules = rules;
        this.parts = List.copyOf(parts);
        this.state = state;
        this.settings = ClaudeSettings.of(running);
        this.endpoints = settings.upstream().endpoints().keySet();
        this.others = source.othersAtStart();
        this.inEffect = isUnchanged() ? contents(settings) : Map.of();
    }

    /** Whether the files are as they were when the start read them. */
    private boolean isUnchanged() {
        try {
            return source.read().ours().equals(running);
        } catch (SettingsException written) {
            return false;
        }
    }

    /** The effective settings, by name. */
    Map<String, String> running() {
        return Map.copyOf(running);
    }

    /** Looks at the files. A new content counts when two looks in a row have found it: a half-written file is not read. */
    public void look() {
        try {
            Map<Path, String> found = contents(settings);
            if (found.equals(inEffect) || found.equals(refused)) {
                if (found.equals(inEffect)) {
                    recovered();
                }
            } else if (found.equals(seen)) {
                take(found);
            }
            seen = found;
        } catch (RuntimeException failure) {
            LOG.warn("The settings could not be looked at: {}", failure.toString());
        }
    }

    private void recovered() {
        refused = Map.of();
        if (state.accepted()) {
            LOG.info("The files of settings are right again: they are as they were before the mistake");
        }
    }

    private void take(Map<Path, String> found) {
        try {
            SettingsSource.Values fresh = source.read();
            check(fresh.ours());
            SettingsChange change = SettingsChange.between(running, others, fresh, endpoints);
            ClaudeSettings next = settingsOf(change);
            Map<Path, String> before = contents(next);
            Mistakes mistakes = new Mistakes();
            List<Runnable> commits = prepared(next, mistakes);
            mistakes.end();
            Map<Path, String> after = contents(next);
            if (!after.equals(before) || !after.entrySet().containsAll(common(found, after))) {
                // Something was written meanwhile: the next look finds it.
                return;
            }
            commits.forEach(Runnable::run);
            tell(change, after);
            running = change.next();
            settings = next;
            inEffect = after;
            refused = Map.of();
            restart = change.restart();
            if (state.accepted()) {
                LOG.info("The files of settings are right again");
            }
            state.needRestart(restart);
        } catch (SettingsException wrong) {
            refused = found;
            String told = String.join("; ", wrong.mistakes());
            state.refused(told);
            LOG.warn("The changed settings are not used, and nothing changes: {}", told);
        }
    }

    /** Looks for all mistakes of a save, as the start does. */
    private void check(Map<String, String> fresh) {
        Mistakes mistakes = new Mistakes();
        ClaudeSettings wanted = ClaudeSettings.of(fresh, mistakes);
        mistakes.check(() -> rules.accept(wanted));
        if (!mistakes.isEmpty()) {
            prepared(wanted, mistakes);
            mistakes.end();
        }
    }

    /** What does not change with the other files of settings that the new settings name. */
    private static Set<Map.Entry<Path, String>> common(Map<Path, String> found, Map<Path, String> after) {
        Set<Map.Entry<Path, String>> common = new LinkedHashSet<>(found.entrySet());
        common.removeIf(entry -> !after.containsKey(entry.getKey()));
        return common;
    }

    private static ClaudeSettings settingsOf(SettingsChange change) {
        try {
            return ClaudeSettings.of(change.next());
        } catch (SettingsException mistakes) {
            List<String> told = new ArrayList<>(mistakes.mistakes());
            told.add("these changes belong together and need a restart: " + String.join(", ", change.restart()));
            throw new SettingsException(told);
        }
    }

    private List<Runnable> prepared(ClaudeSettings next, Mistakes mistakes) {
        List<Runnable> commits = new ArrayList<>();
        for (Part part : parts) {
            mistakes.check(() -> commits.add(part.prepare(next)));
        }
        return commits;
    }

    private void tell(SettingsChange change, Map<Path, String> after) {
        List<String> told = change.told();
        Set<Path> properties = Set.copyOf(source.files());
        after.forEach((file, content) -> {
            if (!properties.contains(file) && !content.equals(inEffect.getOrDefault(file, content))) {
                told.add("new content of " + file);
            }
        });
        Set<String> newRestart = new TreeSet<>(change.restart());
        newRestart.removeAll(restart);
        if (!told.isEmpty()) {
            LOG.info("Settings changed: {}", String.join("; ", told));
        }
        if (!newRestart.isEmpty()) {
            LOG.info("Changed settings that need a restart, and are not in effect: {}", String.join(", ", newRestart));
        }
    }

    private Map<Path, String> contents(ClaudeSettings current) {
        Collection<Path> files = new LinkedHashSet<>(source.files());
        current.admission().cache().templates().ifPresent(files::add);
        files.addAll(current.prompts().templates().values());
        current.operation().ledger().prices().ifPresent(files::add);
        current.servers().gateway().tls().certificate().ifPresent(files::add);
        current.servers().gateway().tls().privateKey().ifPresent(files::add);
        current.servers().gateway().access().keys().values().forEach(key -> key.secret()
                .file()
                .ifPresent(files::add));
        Map<Path, String> contents = new LinkedHashMap<>();
        files.forEach(file -> contents.put(file, content(file)));
        return contents;
    }

    /** Size and time alone do not show each change: a mounted secret is exchanged by a link, with any time. */
    private static String content(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException unreadable) {
            return "unreadable";
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
