package io.clauderoutes.ledger.price;

import java.time.LocalDate;

/**
 * What a call costs.
 *
 * @param microUsd millionths of a US dollar, rounded half up once for the whole call
 * @param priceFrom the day from which the price counts that it was reckoned with
 */
public record Cost(long microUsd, LocalDate priceFrom) {}
