-- What was said in one turn of a conversation: the messages of the requester and the reply. A conversation is a hash of tenant and session.
CREATE TABLE memory_turn (
    conversation TEXT NOT NULL,
    number BIGINT NOT NULL,
    stored_ms BIGINT NOT NULL,
    messages INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (conversation, number)
);

CREATE INDEX memory_turn_stored ON memory_turn (stored_ms);

-- The salt of the passphrase, and a text by which another key is recognised. There is no row while no key is set.
CREATE TABLE memory_key (
    id INTEGER PRIMARY KEY,
    salt BYTEA NOT NULL,
    proof BYTEA NOT NULL
);
