package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.RequestOutcomes;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.stream.Books;
import io.clauderoutes.stream.Sleeper;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.apache.camel.ProducerTemplate;

/** Makes the fan-out over all configured sinks. */
public final class Sinks {

    private Sinks() {}

    public static FanOut fanOut(
            ClaudeSettings settings,
            ProducerTemplate template,
            Executor executor,
            ScheduledExecutorService scheduler,
            Sleeper sleeper,
            Books books,
            MessageJson json,
            ClaudeMeters meters,
            RequestOutcomes outcomes,
            LongSupplier ticker) {
        Map<String, Sink> sinks = new HashMap<>();
        settings.sinks().forEach((name, sink) -> sinks.put(name, new Sink(name, sink, template, sleeper, meters)));
        return new FanOut(
                sinks,
                settings.fanOut(),
                settings.source().headers(),
                executor,
                new HereWithin(settings.fanOut().sinkTimeout(), scheduler),
                books,
                json,
                meters,
                outcomes,
                ticker);
    }
}
