-- A name for the numbers of this file, unlike that of any other file.
CREATE TABLE identity (token TEXT NOT NULL);

INSERT INTO identity VALUES (lower(hex(randomblob(6))));

-- Each prompt once. What was asked is kept until it is answered, the rest for as long as claude.batch.remembered.
CREATE TABLE prompt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    message_id TEXT,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    prompt_id TEXT NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    session TEXT,
    strategy TEXT NOT NULL,
    sinks TEXT NOT NULL,
    headers TEXT,
    model TEXT NOT NULL,
    max_tokens INTEGER NOT NULL,
    body BLOB,
    tries INTEGER NOT NULL DEFAULT 0,
    item INTEGER,
    error_status INTEGER,
    error_type TEXT,
    error TEXT,
    UNIQUE (source, message_id)
);

CREATE INDEX prompt_state ON prompt (state, since_ms, bytes);

CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    api_id TEXT UNIQUE,
    items INTEGER NOT NULL,
    formed_ms INTEGER NOT NULL,
    sent_ms INTEGER,
    ended_ms INTEGER,
    done_ms INTEGER,
    succeeded INTEGER,
    errored INTEGER,
    canceled INTEGER,
    expired INTEGER,
    reason TEXT
);

CREATE INDEX batch_state ON batch (state);

-- A prompt in a batch: a new one for each time that it is sent. Its number is in its custom_id and in the ledger.
CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch INTEGER NOT NULL REFERENCES batch (id),
    prompt INTEGER NOT NULL REFERENCES prompt (id),
    begun_ms INTEGER NOT NULL,
    answer TEXT
);

CREATE INDEX item_batch ON item (batch, prompt);
