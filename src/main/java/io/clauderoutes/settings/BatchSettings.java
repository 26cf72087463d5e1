package io.clauderoutes.settings;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How prompts are gathered, sent together and answered.
 *
 * @param workers answers that are handed on at the same time
 * @param remembered how long answered prompts are
 */
public record BatchSettings(Limits limits, Polling polling, int workers, Retry retry, Duration remembered) {
    /**
     * When a batch is full.
     *
     * @param maxWait how long a prompt waits for others at most
     */
    public record Limits(int size, long maxBytes, Duration maxWait) {}

    /**
     * How the state of batches is polled.
     *
     * @param uncertainWait how long a batch may still appear whose creation was not answered
     */
    public record Polling(Duration interval, Duration intervalMax, Duration uncertainWait) {}

    /**
     * How prompts are sent again in later batches.
     *
     * @param attempts batches that a prompt is part of at most
     * @param again types of results after which a prompt is sent again
     */
    public record Retry(int attempts, List<String> again, Optional<String> deadLetter) {}
}
