-- A name for the numbers of this file, unlike that of any other file.
CREATE TABLE identity (token TEXT NOT NULL);

INSERT INTO identity VALUES (lower(hex(randomblob(6))));

-- Each batch that a client of the gateway has asked for, before it is created at the endpoint.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    client TEXT NOT NULL,
    tenant TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    api_id TEXT UNIQUE,
    items INTEGER NOT NULL,
    begun_ms INTEGER NOT NULL,
    shown TEXT
);

CREATE INDEX batch_client ON batch (client, id);

CREATE INDEX batch_state ON batch (state, begun_ms);

-- A request of a batch, without what is asked. Its number is in its custom_id at the endpoint and in the ledger.
CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch INTEGER NOT NULL REFERENCES batch (id),
    custom_id TEXT NOT NULL,
    model TEXT NOT NULL,
    max_tokens INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX item_batch ON item (batch, settled);
