package io.clauderoutes.settings;

import java.nio.file.Path;
import java.util.Map;

/** Settings of the sources and of their prompts. */
public record PromptsSettings(
        SourceSettings source, Map<String, NamedSourceSettings> sources, Map<String, Path> templates) {}
