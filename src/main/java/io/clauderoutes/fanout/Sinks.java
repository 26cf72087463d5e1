package io.clauderoutes.fanout;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.request.UndeliveredReplies;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.apache.camel.ProducerTemplate;

/** All configured sinks. */
public final class Sinks {

    private final ClaudeSettings settings;
    private final ClaudeMeters meters;
    private final SinkStates states;
    private final Map<String, Sink> all = new HashMap<>();
    private final Function<String, Sink> dynamic;

    /** @param undelivered keeps replies that a sink with {@code on-failure=keep} does not take */
    public Sinks(
            ClaudeSettings settings,
            ProducerTemplate template,
            SleepFunction sleeper,
            SinkStates states,
            UndeliveredReplies undelivered,
            ClaudeMeters meters) {
        this.settings = settings;
        this.meters = meters;
        this.states = states;
        settings.delivery()
                .sinks()
                .forEach((name, sink) -> all.put(
                        name, new Sink(SinkId.named(name), sink, template, sleeper, states, undelivered, meters)));
        this.dynamic = uri -> new Sink(
                SinkId.dynamic(uri),
                settings.delivery().fanOut().dynamicSink().at(uri),
                template,
                sleeper,
                states,
                undelivered,
                meters);
    }

    /**
     * Offers a kept reply to its sink once.
     *
     * @return why the sink did not take it; empty if it did
     */
    public Optional<SinkFailed> offer(String name, String body, Map<String, Object> headers) {
        Sink sink = !all.containsKey(name) && name.indexOf(':') >= 0 ? dynamic.apply(name) : all.get(name);
        Optional<SinkFailed> failure = sink == null
                ? Optional.of(
                        new SinkFailed(name, new IllegalStateException("claude.sinks." + name + ".uri is not set")))
                : sink.offer(body, headers);
        if (failure.isEmpty()) {
            states.taken(all.containsKey(name) ? name : SinkId.dynamic(name).group());
        }
        return failure;
    }

    /** Makes the stage that sends replies to the sinks. */
    public FanOut fanOut(
            CallRecorder recorder,
            MessageJson json,
            RequestOutcomes outcomes,
            ExecutorService threads,
            BundleRuntime runtime) {
        Deliveries deliveries = new Deliveries(
                name -> all.containsKey(name) ? all.get(name) : dynamic.apply(name),
                settings.delivery().fanOut().sinkTimeout(),
                settings.prompts().source().headers(),
                threads,
                new CallerRunsExecutor(
                        settings.delivery().fanOut().sinkTimeout(),
                        runtime.threads().timer()));
        return new FanOut(deliveries, recorder, json, meters, outcomes, runtime.ticker());
    }
}
