package io.clauderoutes.settings;

import io.clauderoutes.message.Prompt.Strategy;

/** {@code claude.split.*}: how a reply is read and released. */
public record SplitSettings(
        Strategy strategy, AutoSettings auto, int maxEventBytes, int maxReplyBytes, JunkFrames junkFrames) {}
