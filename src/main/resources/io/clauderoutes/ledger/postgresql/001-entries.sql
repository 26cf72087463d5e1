-- One row for each process that kept books here. It is alive as long as it says so.
CREATE TABLE run (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    begun_ms BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- Attempts of a run below a number are all over: what is looked through for open ones begins there.
CREATE TABLE mark (
    run BIGINT NOT NULL REFERENCES run (id),
    below BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (run, below)
);

-- Whose, from where, to what: what reports are grouped by.
CREATE TABLE subject (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT NOT NULL,
    source TEXT NOT NULL,
    model TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    UNIQUE (tenant, source, model, endpoint)
);

-- A row for each state of each attempt. Counts and amounts that nobody knows are null.
CREATE TABLE entry (
    run BIGINT NOT NULL REFERENCES run (id),
    number BIGINT NOT NULL,
    step INTEGER NOT NULL,
    state TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    begun_hour BIGINT NOT NULL,
    subject BIGINT NOT NULL REFERENCES subject (id),
    attempt INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    session TEXT,
    request_id TEXT,
    input_tokens BIGINT,
    output_tokens BIGINT,
    cache_read_tokens BIGINT,
    cache_write_5m_tokens BIGINT,
    cache_write_1h_tokens BIGINT,
    web_searches BIGINT,
    cost_micro_usd BIGINT,
    price_from TEXT,
    reason TEXT,
    PRIMARY KEY (run, number, step)
);

-- What a report reads of hours that are not added up yet.
CREATE INDEX entry_final ON entry (begun_hour) WHERE step = 2;

-- What may have been billed is listed in reports.
CREATE INDEX entry_unknown ON entry (begun_hour) WHERE state = 'UNKNOWN';

-- An attempt that was given up as unknown, and of which more was learnt: the row of step 3 stands in place of that of step 2.
CREATE INDEX entry_learnt ON entry (begun_hour) WHERE step = 3;

-- What was spent, from whom to whom: the amounts of one attempt add up to nothing.
CREATE VIEW posting AS
SELECT entry.run, entry.number, entry.step, 'tenant ' || subject.tenant AS account, entry.cost_micro_usd AS amount_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject WHERE entry.cost_micro_usd <> 0
UNION ALL
SELECT entry.run, entry.number, entry.step, 'endpoint ' || subject.endpoint, -entry.cost_micro_usd
FROM entry JOIN subject ON subject.id = entry.subject WHERE entry.cost_micro_usd <> 0;

-- Hours below are over, and what was spent in them is added up in hour_sum.
CREATE TABLE fold (
    below BIGINT PRIMARY KEY,
    at_ms BIGINT NOT NULL
);

-- Sums of hours that are over, to be added up again: what comes late for an hour is one more row.
CREATE TABLE hour_sum (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hour BIGINT NOT NULL,
    subject BIGINT NOT NULL REFERENCES subject (id),
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_5m_tokens BIGINT NOT NULL,
    cache_write_1h_tokens BIGINT NOT NULL,
    web_searches BIGINT NOT NULL,
    cost_micro_usd BIGINT NOT NULL,
    with_cost BIGINT NOT NULL
);

CREATE INDEX hour_sum_hour ON hour_sum (hour);

-- Attempts that ended and were not exported yet, in the order in which they are.
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run BIGINT NOT NULL,
    number BIGINT NOT NULL,
    step INTEGER NOT NULL
);

CREATE INDEX outbox_attempt ON outbox (run, number);

-- Reading fold here keeps an hour from being added up while a row of it is written: adding up locks it.
CREATE FUNCTION add_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.begun_hour < (SELECT max(below) FROM fold) THEN
        INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
            cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
        VALUES (NEW.begun_hour, NEW.subject, NEW.state, 1, (NEW.attempt = 1)::int, coalesce(NEW.input_tokens, 0),
            coalesce(NEW.output_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
            coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.web_searches, 0), coalesce(NEW.cost_micro_usd, 0),
            (NEW.cost_micro_usd IS NOT NULL)::int);
        IF NEW.step = 3 THEN
            INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
                cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
            SELECT begun_hour, subject, state, -1, -(attempt = 1)::int, 0, 0, 0, 0, 0, 0, 0, 0
            FROM entry WHERE run = NEW.run AND number = NEW.number AND step = 2;
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entry_is_late AFTER INSERT ON entry FOR EACH ROW WHEN (NEW.step >= 2)
EXECUTE FUNCTION add_late_entry();

-- One row where attempts that end are to be exported.
CREATE TABLE export (wanted INTEGER PRIMARY KEY);

CREATE FUNCTION export_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox (run, number, step) SELECT NEW.run, NEW.number, NEW.step WHERE EXISTS (SELECT 1 FROM export);
    RETURN NULL;
END $$;

CREATE TRIGGER entry_is_exported AFTER INSERT ON entry FOR EACH ROW WHEN (NEW.step >= 2) EXECUTE FUNCTION export_entry();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to';
END $$;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sum_is_never_changed BEFORE UPDATE ON hour_sum FOR EACH ROW EXECUTE FUNCTION refuse_change();

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
