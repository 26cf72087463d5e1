-- A reply that its client can continue to read after a restart. A reply without ended_ms was in progress when its row was last seen.
CREATE TABLE retained_reply (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    idempotency_key TEXT,
    body_hash BYTEA NOT NULL,
    seen_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    status INTEGER,
    headers TEXT NOT NULL,
    body BYTEA
);

CREATE INDEX retained_reply_key ON retained_reply (client, idempotency_key);

-- Its events, numbered from 1.
CREATE TABLE retained_event (
    reply TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (reply, number)
);
