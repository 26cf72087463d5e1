package io.clauderoutes.prediction;

/**
 * What a prediction is made from.
 *
 * @param tenant of the request
 * @param model of the request
 * @param maxTokens upper bound of the reply, in tokens; 0 where there is none
 * @param tools whether the request has tools
 * @param thinkingBudget in tokens; 0 where the request names none
 */
public record PromptFacts(
        String tenant, String model, Input input, long maxTokens, boolean tools, long thinkingBudget) {
    /**
     * The input of the request.
     *
     * @param text the last text of the user, or the start of it
     * @param length of the whole last text, in characters
     * @param tokens estimated tokens of the whole request
     */
    public record Input(String text, long length, long tokens) {}
}
