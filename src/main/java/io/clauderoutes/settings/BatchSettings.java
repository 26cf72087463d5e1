package io.clauderoutes.settings;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How prompts are gathered, sent together and answered.
 *
 * @param maxWait how long a prompt waits for others at most
 * @param uncertainWait how long a batch may still appear whose creation was not answered
 * @param workers answers that are handed on at the same time
 * @param attempts batches that a prompt is part of at most
 * @param again types of results after which a prompt is sent again
 * @param remembered how long answered prompts are
 */
public record BatchSettings(
        int size,
        long maxBytes,
        Duration maxWait,
        Duration pollInterval,
        Duration pollIntervalMax,
        Duration uncertainWait,
        int workers,
        int attempts,
        List<String> again,
        Optional<String> deadLetter,
        Duration remembered) {}
