package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.SettingsReader.Section;
import java.net.URI;
import java.util.Optional;

/** Reads {@code claude.mcp.<name>}: a program or a URL. */
final class McpReader {

    private McpReader() {}

    static McpServerSettings read(Section section) {
        Optional<String> command = section.optional("command");
        Optional<URI> url = section.optional("url").map(any -> section.url("url"));
        if (command.isEmpty() && url.isEmpty()) {
            section.missing("command", "a program (or a URL, with url)");
        }
        if (command.isPresent() && url.isPresent()) {
            section.mistaken("command", "there is a url, too: expected one of the two");
        }
        return new McpServerSettings(
                new McpServerSettings.Program(
                        command, section.list("args"), section.values("env", "the value of a variable")),
                url,
                section.values("headers", "the value of a header"),
                section.patterns("tools"),
                section.flag("required.enabled"),
                section.duration("timeout", SOME));
    }
}
