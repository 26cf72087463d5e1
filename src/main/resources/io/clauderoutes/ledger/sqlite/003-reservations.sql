-- The amount of an attempt that is open or unknown is what its tenant's budget holds for it: it was not spent.
DROP VIEW posting;
CREATE VIEW posting AS
SELECT entry.run, entry.number, entry.step, 'tenant ' || subject.tenant AS account, entry.cost_micro_usd AS amount_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject
WHERE entry.cost_micro_usd <> 0 AND entry.state NOT IN ('INTENT', 'UNKNOWN')
UNION ALL
SELECT entry.run, entry.number, entry.step, 'endpoint ' || subject.endpoint, -entry.cost_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject
WHERE entry.cost_micro_usd <> 0 AND entry.state NOT IN ('INTENT', 'UNKNOWN');

DROP VIEW attempt;
CREATE VIEW attempt AS
SELECT run.token AS run, entry.number, entry.state, entry.at_ms, entry.attempt, entry.prompt, entry.session, entry.request_id,
    subject.tenant, subject.source, subject.model, subject.endpoint,
    entry.input_tokens, entry.output_tokens, entry.cache_read_tokens, entry.cache_write_5m_tokens,
    entry.cache_write_1h_tokens, entry.web_searches,
    CASE WHEN entry.state IN ('INTENT', 'UNKNOWN') THEN NULL ELSE entry.cost_micro_usd END AS cost_micro_usd,
    entry.price_from, entry.reason,
    CASE WHEN entry.state IN ('INTENT', 'UNKNOWN') THEN entry.cost_micro_usd END AS reserved_micro_usd
FROM entry
JOIN subject ON subject.id = entry.subject
JOIN run ON run.id = entry.run
WHERE NOT EXISTS (
    SELECT 1 FROM entry AS later
    WHERE later.run = entry.run AND later.number = entry.number AND later.step > entry.step
);
