package io.clauderoutes.request;

import io.clauderoutes.message.Prompt.Strategy;
import java.util.Locale;

/**
 * What the strategy {@code auto} chose for one reply.
 *
 * @param mode {@code whole} or {@code stream}, the mode in the end
 * @param reason why
 * @param predictedTokens output tokens that were expected; 0 if nothing was predicted
 * @param predictedMillis time to the end of the reply that was expected; 0 if nothing was predicted
 */
public record StrategyChoice(Strategy mode, Reason reason, long predictedTokens, long predictedMillis) {

    /** Why a mode was chosen. */
    public enum Reason {
        /** A short reply is expected: it is held until it is whole. */
        SHORT_REPLY,
        /** A long reply is expected: its text is sent at once. */
        LONG_REPLY,
        /** No one reads the stream: the sinks and the requester take the whole reply. */
        WHOLE_NEEDED,
        /** A check releases the text that it has verified. */
        CHECK,
        /** A short reply was expected, and it takes longer than nine of ten such replies. */
        LATE,
        /** Nothing could be predicted. */
        NO_PREDICTION;

        /** The word in headers, log lines and meters. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The same reply in another mode. */
    public StrategyChoice changed(Strategy other, Reason why) {
        return new StrategyChoice(other, why, predictedTokens, predictedMillis);
    }

    /** The mode in lower case; with a check, {@code hybrid}. */
    public String modeWord() {
        return reason == Reason.CHECK ? "hybrid" : mode.name().toLowerCase(Locale.ROOT);
    }

    /** Mode and reason, such as {@code stream: long-reply}. */
    public String summary() {
        return modeWord() + ": " + reason.word();
    }

    /** Mode and reason with the figures, as the header {@code CamelClaudeStrategyReason} has them. */
    public String explanation() {
        return predictedTokens == 0
                ? summary()
                : summary() + " (expected " + predictedTokens + " tokens in " + predictedMillis + " ms)";
    }
}
