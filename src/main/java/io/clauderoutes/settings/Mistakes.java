package io.clauderoutes.settings;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All mistakes of one start or one change of settings, so that they are corrected at once. */
public final class Mistakes {

    private final Set<String> all = new LinkedHashSet<>();

    public void add(String sentence) {
        all.add(sentence);
    }

    public void addAll(Collection<String> sentences) {
        all.addAll(sentences);
    }

    /** Keeps what a check finds, and goes on. */
    public void check(Runnable check) {
        try {
            check.run();
        } catch (SettingsException found) {
            addAll(found.mistakes());
        } catch (IllegalArgumentException found) {
            add(String.valueOf(found.getMessage()));
        }
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /**
     * Ends the start if a check found a mistake.
     *
     * @throws SettingsException with all mistakes
     */
    public void end() {
        if (!all.isEmpty()) {
            throw new SettingsException(List.copyOf(all));
        }
    }
}
