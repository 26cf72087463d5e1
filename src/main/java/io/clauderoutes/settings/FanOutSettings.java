package io.clauderoutes.settings;

import java.time.Duration;
import java.util.List;

/**
 * The fan-out.
 *
 * @param redeliveryDelay wait before a kept reply is offered to its sink again
 * @param maxRedeliveryDelay longest such wait
 * @param dynamicSinks patterns of URIs that a header may name as sinks
 * @param dynamicSink how each sink is used that is named by its URI
 */
public record FanOutSettings(
        List<String> sinks,
        Duration sinkTimeout,
        Duration redeliveryDelay,
        Duration maxRedeliveryDelay,
        boolean stopsWithCaller,
        List<String> dynamicSinks,
        SinkSettings dynamicSink) {}
