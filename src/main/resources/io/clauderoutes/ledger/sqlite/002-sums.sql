-- Hours below are over, and what was spent in them is added up in hour_sum.
CREATE TABLE fold (
    below INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL
);

-- Sums of hours that are over, to be added up again: what comes late for an hour is one more row.
CREATE TABLE hour_sum (
    id INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL,
    subject INTEGER NOT NULL REFERENCES subject (id),
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    with_cost INTEGER NOT NULL
);

CREATE INDEX hour_sum_hour ON hour_sum (hour);

-- What may have been billed is listed in reports.
CREATE INDEX entry_unknown ON entry (begun_hour) WHERE state = 'UNKNOWN';

-- An attempt that was given up as unknown, and of which more was learnt: the row of step 3 stands in place of that of step 2.
CREATE INDEX entry_learnt ON entry (begun_hour) WHERE step = 3;

CREATE TRIGGER entry_is_late AFTER INSERT ON entry
WHEN NEW.step >= 2 AND NEW.begun_hour < (SELECT max(below) FROM fold)
BEGIN
    INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
        cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
    VALUES (NEW.begun_hour, NEW.subject, NEW.state, 1, NEW.attempt = 1, coalesce(NEW.input_tokens, 0),
        coalesce(NEW.output_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
        coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.web_searches, 0), coalesce(NEW.cost_micro_usd, 0),
        NEW.cost_micro_usd IS NOT NULL);
    INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
        cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
    SELECT begun_hour, subject, state, -1, -(attempt = 1), 0, 0, 0, 0, 0, 0, 0, 0
    FROM entry WHERE NEW.step = 3 AND run = NEW.run AND number = NEW.number AND step = 2;
END;

CREATE TRIGGER sum_is_never_changed BEFORE UPDATE ON hour_sum
BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;

-- Attempts that ended and were not exported yet, in the order in which they are.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,
    step INTEGER NOT NULL
);

CREATE INDEX outbox_attempt ON outbox (run, number);

-- One row where attempts that end are to be exported.
CREATE TABLE export (wanted INTEGER PRIMARY KEY);

CREATE TRIGGER entry_is_exported AFTER INSERT ON entry WHEN NEW.step >= 2 AND EXISTS (SELECT 1 FROM export)
BEGIN
    INSERT INTO outbox (run, number, step) VALUES (NEW.run, NEW.number, NEW.step);
END;
