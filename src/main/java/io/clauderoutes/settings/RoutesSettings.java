package io.clauderoutes.settings;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What is around the stages.
 *
 * @param enabled whether the bundle does anything at all
 * @param settingsReload whether changed settings take effect while the bundle runs
 * @param settingsInterval how often files of settings are looked at
 * @param shutdownGrace how long calls that have begun may take after the stop begins
 */
public record RoutesSettings(
        boolean enabled,
        Path folder,
        boolean reload,
        boolean settingsReload,
        Duration settingsInterval,
        Path data,
        Duration shutdownGrace) {}
