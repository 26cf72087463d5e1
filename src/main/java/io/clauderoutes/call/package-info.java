/**
 * Stage 40. The loop over endpoints and attempts, its routes, and calls of the API that are no prompts. How one HTTP call is made is
 * in {@code http}; what is known of an endpoint is in {@code endpoint}.
 */
package io.clauderoutes.call;
