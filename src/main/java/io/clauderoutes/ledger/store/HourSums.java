package io.clauderoutes.ledger.store;

/**
 * Attempts added up by hour, subject and state. Hours that are over are added up once and for all; the others, few, as often as
 * somebody asks.
 */
final class HourSums {

    /** Hours below it are added up. */
    static final String ADDED_UP_BELOW = "SELECT coalesce(max(below), 0) FROM fold";

    static final String COLUMNS =
            "hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,"
                    + " cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost";

    private static final String CALLS = "CASE attempt WHEN 1 THEN 1 ELSE 0 END";

    /** Of the rows themselves, from an hour to before another: three times these two parameters. */
    static final String OF_ENTRIES = """
            SELECT begun_hour AS hour, subject, state, count(*) AS attempts, sum(%1$s) AS calls,
                coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
                coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
                coalesce(sum(cache_write_5m_tokens), 0) AS cache_write_5m_tokens,
                coalesce(sum(cache_write_1h_tokens), 0) AS cache_write_1h_tokens,
                coalesce(sum(web_searches), 0) AS web_searches, coalesce(sum(cost_micro_usd), 0) AS cost_micro_usd,
                count(cost_micro_usd) AS with_cost
            FROM entry WHERE step = 2 AND begun_hour >= ? AND begun_hour < ? GROUP BY begun_hour, subject, state
            UNION ALL
            SELECT begun_hour, subject, state, 1, %1$s, coalesce(input_tokens, 0), coalesce(output_tokens, 0),
                coalesce(cache_read_tokens, 0), coalesce(cache_write_5m_tokens, 0), coalesce(cache_write_1h_tokens, 0),
                coalesce(web_searches, 0), coalesce(cost_micro_usd, 0), CASE WHEN cost_micro_usd IS NULL THEN 0 ELSE 1 END
            FROM entry WHERE step = 3 AND begun_hour >= ? AND begun_hour < ?
            UNION ALL
            SELECT given.begun_hour, given.subject, given.state, -1, CASE given.attempt WHEN 1 THEN -1 ELSE 0 END,
                0, 0, 0, 0, 0, 0, -coalesce(given.cost_micro_usd, 0), CASE WHEN given.cost_micro_usd IS NULL THEN 0 ELSE -1 END
            FROM entry AS learnt
            JOIN entry AS given ON given.run = learnt.run AND given.number = learnt.number AND given.step = 2
            WHERE learnt.step = 3 AND learnt.begun_hour >= ? AND learnt.begun_hour < ?
            """.formatted(CALLS);

    private HourSums() {}
}
