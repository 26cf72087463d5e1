package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.PromptOutline;
import io.clauderoutes.prediction.Observation;
import io.clauderoutes.prediction.Prediction;
import io.clauderoutes.prediction.PromptFacts;
import io.clauderoutes.prediction.ReplyPredictor;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * Predicts the replies of requests, once for each round, and learns from those that end. It learns on a thread of its own; replies that
 * end while too many others wait to be learned are skipped.
 */
public final class ReplyPredictions {

    /** Predicts nothing. */
    public static final ReplyPredictions NONE = new ReplyPredictions(Optional.empty(), new MessageJson(), task -> {});

    private static final int MOST_WAITING = 64;
    /** Of a longer request only the length counts: reading its text would cost more than it tells. */
    private static final int LONGEST_READ = 256 * 1024;

    private final Optional<ReplyPredictor> predictor;
    private final MessageJson json;
    private final Executor learner;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    /**
     * Predicts.
     *
     * @param predictor empty if nothing is predicted
     * @param learner runs one task after another
     */
    public ReplyPredictions(Optional<ReplyPredictor> predictor, MessageJson json, Executor learner) {
        this.predictor = predictor;
        this.json = json;
        this.learner = learner;
    }

    /** What is expected of the reply; empty if predictions are off. */
    public Optional<Prediction> of(Request request) {
        if (predictor.isEmpty()) {
            return Optional.empty();
        }
        Optional<Prediction> known = request.progress().prediction();
        if (known.isPresent()) {
            return known;
        }
        Prediction made = predictor.get().predict(facts(request));
        request.progress().predicted(made);
        return Optional.of(made);
    }

    /** A reply of an endpoint has ended well. */
    public void ended(Request request, Observation reply) {
        if (predictor.isEmpty() || !waiting.tryAcquire()) {
            return;
        }
        try {
            learner.execute(() -> {
                try {
                    predictor.get().learn(facts(request), reply);
                } finally {
                    waiting.release();
                }
            });
        } catch (RejectedExecutionException stopping) {
            waiting.release();
        }
    }

    private PromptFacts facts(Request request) {
        MessagesRequest asked = request.prompt().request();
        PromptOutline outline = outline(asked);
        return new PromptFacts(
                request.prompt().options().tenant(),
                asked.model(),
                new PromptFacts.Input(outline.text(), outline.length(), asked.estimatedInputTokens()),
                asked.maxTokens(),
                outline.tools(),
                outline.thinkingBudget());
    }

    private PromptOutline outline(MessagesRequest asked) {
        if (asked.json().length() <= LONGEST_READ) {
            try {
                return json.outline(asked.json().bytes());
            } catch (ClaudeException unreadable) {
                // The endpoint decides what is wrong with it.
            }
        }
        return new PromptOutline("", asked.json().length(), false, 0);
    }
}
