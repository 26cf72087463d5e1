-- Replies that a sink did not take, each until the sink takes it.
CREATE TABLE reply (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink TEXT NOT NULL,
    prompt TEXT NOT NULL,
    name TEXT NOT NULL,
    kept_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE INDEX reply_sink ON reply (sink, id);
