package io.clauderoutes.bundle;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What became of route files that were saved while the bundle runs. Thread-safe. */
final class RouteReloads {

    private final Clock clock;
    private final Map<Path, Refused> refused = new TreeMap<>();
    private Optional<Reloaded> last = Optional.empty();

    /** A file that took effect. */
    record Reloaded(Path file, Instant at) {}

    /**
     * A file that is not used: what it held before is in effect.
     *
     * @param since the first save that was refused
     */
    record Refused(String reason, Instant since) {}

    RouteReloads(Clock clock) {
        this.clock = clock;
    }

    /** A file took effect. */
    synchronized void reloaded(Path file) {
        refused.remove(file);
        last = Optional.of(new Reloaded(file, now()));
    }

    /** A file is as it was before. */
    synchronized void unchanged(Path file) {
        refused.remove(file);
    }

    /** A file was refused. */
    synchronized void refused(Path file, String reason) {
        Refused before = refused.get(file);
        refused.put(file, new Refused(reason, before == null ? now() : before.since()));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    synchronized Optional<Reloaded> last() {
        return last;
    }

    /** Details of health, by name: the files that are not used. */
    Map<String, String> notices() {
        Map<String, String> notices = new LinkedHashMap<>();
        refusals()
                .forEach((file, refusal) -> notices.put(
                        "routes." + file.getFileName(),
                        "the file is not used since " + refusal.since() + ", the routes before it run: "
                                + refusal.reason()));
        return notices;
    }

    /** The files that are refused now. Nothing reports that a file was removed. */
    synchronized Map<Path, Refused> refusals() {
        refused.keySet().removeIf(file -> !Files.exists(file));
        return new LinkedHashMap<>(refused);
    }
}
