-- What the strategy "auto" chose for the reply of an attempt, and why; NULL for any other strategy.
ALTER TABLE entry ADD COLUMN strategy TEXT;

DROP VIEW attempt;
CREATE VIEW attempt AS
SELECT run.token AS run, entry.number, entry.state, entry.at_ms, entry.attempt, entry.round, entry.prompt, entry.session, entry.request_id,
    subject.tenant, subject.source, subject.model, subject.endpoint,
    entry.input_tokens, entry.output_tokens, entry.cache_read_tokens, entry.cache_write_5m_tokens,
    entry.cache_write_1h_tokens, entry.web_searches,
    CASE WHEN entry.state IN ('INTENT', 'UNKNOWN') THEN NULL ELSE entry.cost_micro_usd END AS cost_micro_usd,
    entry.price_from, entry.reason, entry.strategy,
    CASE WHEN entry.state IN ('INTENT', 'UNKNOWN') THEN entry.cost_micro_usd END AS reserved_micro_usd,
    named.client_request_id, named.traceparent
FROM entry
JOIN subject ON subject.id = entry.subject
JOIN run ON run.id = entry.run
LEFT JOIN entry AS named ON named.run = entry.run AND named.number = entry.number
    AND (named.client_request_id IS NOT NULL OR named.traceparent IS NOT NULL)
WHERE NOT EXISTS (
    SELECT 1 FROM entry AS later
    WHERE later.run = entry.run AND later.number = entry.number AND later.step > entry.step
);
