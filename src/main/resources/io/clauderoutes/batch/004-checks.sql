-- Names of the checks that the reply has to pass, separated by commas.
ALTER TABLE prompt ADD COLUMN checks TEXT NOT NULL DEFAULT '';
