package io.clauderoutes;

import io.clauderoutes.bundle.SettingsChange;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lets the house rules see which settings are read, and read them. */
public final class KnownSettings {

    private KnownSettings() {}

    /** With {@code *} where a name stands. */
    public static Set<String> keys() {
        return ClaudeSettings.keys();
    }

    /** Patterns of those that take effect while the bundle runs. */
    public static List<String> live() {
        return SettingsChange.LIVE;
    }

    public static ClaudeSettings of(Map<String, String> properties) {
        return ClaudeSettings.of(properties);
    }
}
