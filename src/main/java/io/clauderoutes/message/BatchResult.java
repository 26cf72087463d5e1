package io.clauderoutes.message;

import io.clauderoutes.ApiError;
import io.clauderoutes.Frame;

/**
 * What has become of one item of a batch.
 *
 * @param customId by which it was sent
 */
public record BatchResult(String customId, Outcome outcome) {

    /** One case for each type of result. */
    public sealed interface Outcome {

        <R> R tell(Cases<R> cases);

        /** One method for each case. */
        interface Cases<R> {
            R succeeded(Succeeded outcome);

            R failed(Failed outcome);
        }
    }

    /** It was answered with this message. */
    public record Succeeded(Frame message) implements Outcome {
        @Override
        public <R> R tell(Cases<R> cases) {
            return cases.succeeded(this);
        }
    }

    /**
     * It was not answered, and is not billed.
     *
     * @param type of the result: {@code errored}, {@code expired}, {@code canceled} or a word that is new
     */
    public record Failed(String type, ApiError error) implements Outcome {
        @Override
        public <R> R tell(Cases<R> cases) {
            return cases.failed(this);
        }
    }
}
