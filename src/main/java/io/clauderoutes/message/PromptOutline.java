package io.clauderoutes.message;

/**
 * What the length of a reply depends on, as far as a request shows it.
 *
 * @param text the last text of the user, or the start of it; empty if there is none
 * @param length of the whole text, in characters
 * @param tools whether the request defines tools
 * @param thinkingBudget {@code thinking.budget_tokens}; 0 where the request names none
 */
public record PromptOutline(String text, long length, boolean tools, long thinkingBudget) {}
