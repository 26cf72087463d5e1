package io.clauderoutes.message;

import java.util.Set;

/**
 * What a Messages request says about its price, read as the API may read it.
 *
 * @param model the model
 * @param maxTokens upper bound on output tokens
 * @param otherModels models beside it that may be called and billed: fallbacks and advisors
 * @param images images whose size in tokens the size of the request does not show
 * @param unboundedInput whether the input may be larger than the request: it refers to documents, or the API runs tools
 */
public record RequestTerms(
        String model,
        long maxTokens,
        Set<String> otherModels,
        PriceFactors factors,
        int images,
        boolean unboundedInput) {
    /**
     * Features of a request that change its price.
     *
     * @param cacheWrites whether input may be written to the prompt cache
     * @param fast whether it asks for the fast speed
     * @param inUs whether it asks for inference in the United States, or in a place that is not known here
     * @param webSearches the most web searches that the API may make
     */
    public record PriceFactors(boolean cacheWrites, boolean fast, boolean inUs, long webSearches) {}

    public RequestTerms {
        otherModels = Set.copyOf(otherModels);
    }
}
