package io.clauderoutes.bundle;

import io.clauderoutes.prediction.PredictorFile;
import io.clauderoutes.prediction.ReplyPredictor;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The predictions of replies. What they have learned is kept where the ledger is: without one, this process alone has it. */
final class PredictionWiring {

    private static final long SAVE_EVERY = TimeUnit.MINUTES.toMillis(1);

    private final ReplyPredictions predictions;

    PredictionWiring(Wiring wiring, RequestWiring requests) {
        ClaudeSettings settings = wiring.settings();
        if (!settings.upstream().prediction().enabled()) {
            this.predictions = ReplyPredictions.NONE;
            return;
        }
        ReplyPredictor predictor = settings.operation().ledger().enabled() ? kept(wiring) : new ReplyPredictor();
        requests.meters().replies().predictions(predictor::samples);
        this.predictions = new ReplyPredictions(
                Optional.of(predictor),
                requests.json(),
                wiring.runtime().threads().single("claude-prediction"));
    }

    private static ReplyPredictor kept(Wiring wiring) {
        PredictorFile file =
                new PredictorFile(wiring.settings().operation().routes().data());
        ReplyPredictor predictor = file.load();
        wiring.closing(() -> file.save(predictor));
        wiring.every(SAVE_EVERY, SAVE_EVERY, "claude-prediction-save", () -> file.save(predictor));
        return predictor;
    }

    ReplyPredictions predictions() {
        return predictions;
    }
}
