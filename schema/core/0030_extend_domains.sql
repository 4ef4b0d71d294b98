-- What DNS said of each record in words, when a domain is looked at next, and DKIM keys that take over from each other.

-- A record's status alone becomes what the last look made of it: {"status", "found", "says", "fix", "right_at"}.
UPDATE domain SET checks = coalesce(
    (SELECT jsonb_object_agg(key, jsonb_build_object('status', value)) FROM jsonb_each(checks)), '{}');
COMMENT ON COLUMN domain.checks IS '"TYPE name" of a record -> what the last look made of it';

ALTER TABLE domain ADD due_at timestamptz;             -- when it is looked at next by itself; NULL: only when asked to
UPDATE domain SET due_at = now() WHERE asked_at IS NOT NULL AND status <> 'failed';
DROP INDEX domain_pending;
CREATE INDEX domain_due ON domain (due_at) WHERE due_at IS NOT NULL;

DROP INDEX domain_verified;
CREATE UNIQUE INDEX domain_verified ON domain (name)
    WHERE status IN ('verified', 'partially_verified', 'partially_failed');

-- A key is in one of these states, and moves to the next alone:
--   publishing:  its record is to be published; it does not sign
--   signing:     it signs while DNS has it
--   retiring:    a later key signs; its record stays until retire_at, for mail that is on its way; then the row goes
ALTER TABLE dkim_key
    ADD state text NOT NULL DEFAULT 'signing' CHECK (state IN ('publishing', 'signing', 'retiring')),
    ADD generation smallint NOT NULL DEFAULT 1,
    ADD retire_at timestamptz,
    ADD CONSTRAINT dkim_key_retires CHECK ((state = 'retiring') = (retire_at IS NOT NULL)),
    ADD CONSTRAINT dkim_key_generation UNIQUE (domain_id, generation, algorithm);
