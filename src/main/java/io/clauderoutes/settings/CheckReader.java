package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.SettingsReader.Section;
import java.time.Duration;

/** Reads {@code claude.checks.<name>.*}. */
final class CheckReader {

    private CheckReader() {}

    static CheckSettings read(Section section) {
        Duration timeout = section.duration("timeout", SOME);
        boolean stops = section.word("on-failure", "stop", "pass").equals("stop");
        CheckSettings settings = new CheckSettings(
                section.word("mode", CheckSettings.Mode.class, "hold", "stop", "whole"),
                section.optional("schema"),
                new CheckSettings.Patterns(section.optional("required-pattern"), section.optional("forbidden-pattern")),
                new CheckSettings.Length(section.number("min-length", 0, MANY), section.number("max-length", 0, MANY)),
                section.optional("uri").map(uri -> new CheckSettings.Route(uri, timeout, stops)),
                section.flag("repair.enabled"));
        if (section.isOne() && settings.kinds() != 1) {
            section.mistaken(
                    "expected exactly one kind of check: schema, required-pattern and forbidden-pattern, min-length and max-length,"
                            + " or uri");
        }
        return settings;
    }
}
