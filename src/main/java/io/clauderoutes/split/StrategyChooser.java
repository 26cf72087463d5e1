package io.clauderoutes.split;

import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.prediction.Prediction;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.StrategyChoice;
import io.clauderoutes.request.StrategyChoice.Reason;
import io.clauderoutes.settings.AutoSettings;
import java.util.Optional;
import java.util.function.Predicate;

/** Chooses the mode of a reply under the strategy {@code auto}. */
public final class StrategyChooser {

    private final ReplyPredictions predictions;
    private final AutoSettings settings;
    private final Predicate<Request> readsAlong;
    private final Predicate<Request> isChecked;

    /**
     * Chooses.
     *
     * @param readsAlong whether somebody takes the reply of a request while it arrives
     * @param isChecked whether a check releases text of the reply when it has verified it
     */
    public StrategyChooser(
            ReplyPredictions predictions,
            AutoSettings settings,
            Predicate<Request> readsAlong,
            Predicate<Request> isChecked) {
        this.predictions = predictions;
        this.settings = settings;
        this.readsAlong = readsAlong;
        this.isChecked = isChecked;
    }

    ReplyPredictions predictions() {
        return predictions;
    }

    /** Whether text of this request is sent at an even pace. */
    boolean isPaced(Request request) {
        return switch (settings.pacing()) {
            case OFF -> false;
            case SINKS -> !request.isFromGateway();
            case ALL -> true;
        };
    }

    StrategyChoice choose(Request request) {
        Optional<Prediction> predicted = predictions.of(request);
        if (isChecked.test(request)) {
            return choice(Strategy.STREAM, Reason.CHECK, predicted);
        }
        if (request.prompt().options().replyRules().output().isPresent() || !readsAlong.test(request)) {
            return choice(Strategy.WHOLE, Reason.WHOLE_NEEDED, predicted);
        }
        if (predicted.isEmpty()) {
            return choice(Strategy.STREAM, Reason.NO_PREDICTION, predicted);
        }
        return predicted.get().duration().compareTo(settings.shortReply()) < 0
                ? choice(Strategy.WHOLE, Reason.SHORT_REPLY, predicted)
                : choice(Strategy.STREAM, Reason.LONG_REPLY, predicted);
    }

    private static StrategyChoice choice(Strategy mode, Reason reason, Optional<Prediction> predicted) {
        return new StrategyChoice(
                mode,
                reason,
                predicted.map(Prediction::tokens).orElse(0L),
                predicted.map(its -> its.duration().toMillis()).orElse(0L));
    }
}
