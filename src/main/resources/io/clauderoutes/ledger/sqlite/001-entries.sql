-- One row for each process that kept books here.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    begun_ms INTEGER NOT NULL
);

-- Attempts of a run below a number are all over: what a restart looks through begins there.
CREATE TABLE mark (
    run INTEGER NOT NULL REFERENCES run (id),
    below INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (run, below)
) WITHOUT ROWID;

-- Whose, from where, to what: what reports are grouped by.
CREATE TABLE subject (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    source TEXT NOT NULL,
    model TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    UNIQUE (tenant, source, model, endpoint)
);

-- A row for each state of each attempt. Counts and amounts that nobody knows are null.
CREATE TABLE entry (
    run INTEGER NOT NULL REFERENCES run (id),
    number INTEGER NOT NULL,
    step INTEGER NOT NULL,
    state TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    begun_hour INTEGER NOT NULL,
    subject INTEGER NOT NULL REFERENCES subject (id),
    attempt INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    session TEXT,
    request_id TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_5m_tokens INTEGER,
    cache_write_1h_tokens INTEGER,
    web_searches INTEGER,
    cost_micro_usd INTEGER,
    price_from TEXT,
    reason TEXT,
    PRIMARY KEY (run, number, step)
) WITHOUT ROWID;

-- All that a report reads, in the order in which it adds up.
CREATE INDEX entry_final ON entry (
    begun_hour, subject, state, attempt, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, cost_micro_usd
) WHERE step = 2;

-- What was spent, from whom to whom: the amounts of one attempt add up to nothing.
CREATE VIEW posting AS
SELECT entry.run, entry.number, entry.step, 'tenant ' || subject.tenant AS account, entry.cost_micro_usd AS amount_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject WHERE entry.cost_micro_usd <> 0
UNION ALL
SELECT entry.run, entry.number, entry.step, 'endpoint ' || subject.endpoint, -entry.cost_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject WHERE entry.cost_micro_usd <> 0;

-- How each attempt stands.
CREATE VIEW attempt AS
SELECT run.token AS run, entry.number, entry.state, entry.at_ms, entry.attempt, entry.prompt, entry.session, entry.request_id,
    subject.tenant, subject.source, subject.model, subject.endpoint,
    entry.input_tokens, entry.output_tokens, entry.cache_read_tokens, entry.cache_write_5m_tokens,
    entry.cache_write_1h_tokens, entry.web_searches, entry.cost_micro_usd, entry.price_from, entry.reason
FROM entry
JOIN subject ON subject.id = entry.subject
JOIN run ON run.id = entry.run
WHERE NOT EXISTS (
    SELECT 1 FROM entry AS later
    WHERE later.run = entry.run AND later.number = entry.number AND later.step > entry.step
);

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
