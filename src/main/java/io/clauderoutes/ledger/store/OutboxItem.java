package io.clauderoutes.ledger.store;

import java.util.Map;

/**
 * An attempt that has ended and is not exported yet.
 *
 * @param id within the outbox
 * @param columns columns of the view {@code attempt} by name, and {@code id}, in their order; a value is a text, a number or null
 */
public record OutboxItem(long id, Map<String, Object> columns) {}
