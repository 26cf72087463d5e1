-- The JSON schema that the reply is checked by; null: it is not checked.
ALTER TABLE prompt ADD COLUMN output_schema TEXT;
