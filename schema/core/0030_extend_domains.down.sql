DELETE FROM dkim_key WHERE state <> 'signing';
ALTER TABLE dkim_key DROP CONSTRAINT dkim_key_generation, DROP CONSTRAINT dkim_key_retires,
    DROP state, DROP generation, DROP retire_at;

UPDATE domain SET status = 'partially_verified' WHERE status = 'partially_failed';
DROP INDEX domain_verified;
CREATE UNIQUE INDEX domain_verified ON domain (name) WHERE status IN ('verified', 'partially_verified');
DROP INDEX domain_due;
CREATE INDEX domain_pending ON domain (coalesce(checked_at, asked_at)) WHERE status IN ('pending', 'partially_verified');
ALTER TABLE domain DROP due_at;

COMMENT ON COLUMN domain.checks IS NULL;
UPDATE domain SET checks = coalesce(
    (SELECT jsonb_object_agg(key, value -> 'status') FROM jsonb_each(checks)), '{}');
