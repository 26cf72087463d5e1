package io.clauderoutes.message;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Fields of a Messages request beyond model, system prompt, tokens and stream. They are filled in where the request does not have
 * them.
 *
 * @param thinkingBudget tokens to think with; 0 turns thinking off
 * @param effort the API's word, such as {@code high}
 * @param toolChoice {@code auto}, {@code any}, {@code none} or the name of a tool
 * @param output schema that the reply has to fit
 */
public record RequestOptions(
        Optional<BigDecimal> temperature,
        Optional<BigDecimal> topP,
        List<String> stopSequences,
        OptionalLong thinkingBudget,
        Optional<String> effort,
        Optional<String> toolChoice,
        Optional<OutputSchema> output) {

    /** No option is set. */
    public static final RequestOptions NONE = new RequestOptions(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public RequestOptions {
        stopSequences = List.copyOf(stopSequences);
    }
}
