package io.clauderoutes.settings;

import java.util.Map;

/** Settings of what each reply passes before it is delivered. */
public record DeliverySettings(
        SplitSettings split,
        RedactSettings redact,
        FanOutSettings fanOut,
        Map<String, SinkSettings> sinks,
        ResumeSettings resume) {}
