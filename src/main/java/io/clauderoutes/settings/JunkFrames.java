package io.clauderoutes.settings;

/** What a frame that cannot be read does to its stream; AUTO: ends one of Messages, is skipped in one of prompts. */
public enum JunkFrames {
    AUTO,
    FAIL,
    SKIP
}
