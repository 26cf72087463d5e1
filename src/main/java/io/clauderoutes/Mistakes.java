package io.clauderoutes;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All mistakes of one start or one change of settings, so that they are corrected at once. */
final class Mistakes {

    private final Set<String> all = new LinkedHashSet<>();

    void add(String sentence) {
        all.add(sentence);
    }

    void addAll(Collection<String> sentences) {
        all.addAll(sentences);
    }

    /** Keeps what a check finds, and goes on. */
    void check(Runnable check) {
        try {
            check.run();
        } catch (SettingsException found) {
            addAll(found.mistakes());
        } catch (IllegalArgumentException found) {
            add(String.valueOf(found.getMessage()));
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * Ends the start if a check found a mistake.
     *
     * @throws SettingsException with all mistakes
     */
    void end() {
        if (!all.isEmpty()) {
            throw new SettingsException(List.copyOf(all));
        }
    }
}
