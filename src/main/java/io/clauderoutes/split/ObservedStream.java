package io.clauderoutes.split;

import io.clauderoutes.Frame;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.prediction.Observation;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.stream.ReplyStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/** Measures a reply of an endpoint while it is read, and lets the predictions learn from it when it ends well. */
final class ObservedStream implements ReplyStream {

    private final ReplyStream events;
    private final Attempt attempt;
    private final ReplyPredictions predictions;
    private final LongSupplier ticker;
    private OptionalLong firstContent = OptionalLong.empty();
    private OptionalLong outputTokens = OptionalLong.empty();

    ObservedStream(ReplyStream events, Attempt attempt, ReplyPredictions predictions, LongSupplier ticker) {
        this.events = events;
        this.attempt = attempt;
        this.predictions = predictions;
        this.ticker = ticker;
    }

    @Override
    public boolean hasNext() {
        return events.hasNext();
    }

    @Override
    public StreamEvent next() {
        StreamEvent event = events.next();
        if (firstContent.isEmpty() && event.isContent()) {
            firstContent = OptionalLong.of(ticker.getAsLong());
        }
        if (event instanceof StreamEvent.MessageDelta delta) {
            outputTokens = delta.usage().output();
        }
        if (event.isEnd() && outputTokens.isPresent()) {
            long start = attempt.startedNanos();
            boolean streamed = events.whole().isEmpty();
            predictions.ended(
                    attempt.request(),
                    new Observation(
                            outputTokens.getAsLong(),
                            Duration.ofNanos(ticker.getAsLong() - start),
                            streamed && firstContent.isPresent()
                                    ? Optional.of(Duration.ofNanos(firstContent.getAsLong() - start))
                                    : Optional.empty()));
        }
        return event;
    }

    @Override
    public Optional<Frame> whole() {
        return events.whole();
    }

    @Override
    public void close() {
        events.close();
    }
}
