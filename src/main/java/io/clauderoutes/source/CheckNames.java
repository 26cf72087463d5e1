package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.List;
import java.util.Set;

/** The checks that a prompt names, and those of a prompt that names none. Thread-safe. */
public final class CheckNames {

    private static final String NONE = "none";

    private volatile Names names;

    private record Names(Set<String> known, List<String> defaults) {}

    public CheckNames(ClaudeSettings settings) {
        use(settings);
    }

    /** Uses the checks of other settings from now on. */
    public void use(ClaudeSettings settings) {
        names = new Names(
                Set.copyOf(settings.agents().checks().keySet()),
                settings.prompts().source().checks());
    }

    /** The checks of a prompt; {@code none} is no check. */
    List<String> of(HeaderOptions headers) {
        Names current = names;
        List<String> asked = headers.list(ClaudeHeaders.CHECKS);
        if (asked.isEmpty()) {
            return current.defaults();
        }
        if (asked.equals(List.of(NONE))) {
            return List.of();
        }
        for (String name : asked) {
            if (!current.known().contains(name)) {
                throw HeaderOptions.rejected(
                        ClaudeHeaders.CHECKS,
                        "there is no such check. Expected names of claude.checks: " + current.known());
            }
        }
        return asked;
    }
}
