package io.clauderoutes.bundle;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What health shows of changed settings: a mistake that keeps them from taking effect, and what waits for a restart. */
public final class SettingsState {

    private final Clock clock;
    private volatile Mistake mistake;
    private volatile List<String> restart = List.of();

    private record Mistake(Instant since, String reason) {}

    public SettingsState(Clock clock) {
        this.clock = clock;
    }

    /** Changed settings are not used. */
    synchronized void refused(String reason) {
        Instant since = mistake == null ? clock.instant().truncatedTo(ChronoUnit.SECONDS) : mistake.since();
        mistake = new Mistake(since, reason);
    }

    /**
     * The files are in effect.
     *
     * @return whether they were refused before
     */
    synchronized boolean accepted() {
        boolean wasRefused = mistake != null;
        mistake = null;
        return wasRefused;
    }

    /** Keys that are changed in the files and wait for a restart. */
    void needRestart(Collection<String> keys) {
        restart = List.copyOf(keys);
    }

    /** Whether changed settings are refused. */
    boolean isRefused() {
        return mistake != null;
    }

    /** Details of health, by name. */
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        Mistake current = mistake;
        if (current != null) {
            details.put(
                    "settings",
                    "the changed files are not used since " + current.since()
                            + ", the settings before them are in effect: " + current.reason());
        }
        if (!restart.isEmpty()) {
            details.put("settings.restart", "changed, in effect after a restart: " + String.join(", ", restart));
        }
        return details;
    }
}
