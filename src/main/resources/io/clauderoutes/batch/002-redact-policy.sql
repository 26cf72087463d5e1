-- The name of the redaction policy of the prompt's source, by which its answer is redacted; null: that of claude.redact.
ALTER TABLE prompt ADD COLUMN redact_policy TEXT;
