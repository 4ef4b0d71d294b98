-- Sending domains and the keys that sign for them.

CREATE TABLE domain (
    id                 uuid PRIMARY KEY,
    team_id            uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    name               text NOT NULL CHECK (name = lower(name)),
    status             text NOT NULL DEFAULT 'not_started' CHECK (status IN
        ('not_started', 'pending', 'verified', 'failed', 'partially_verified', 'partially_failed')),
    region             text NOT NULL DEFAULT 'us-east-1',
    custom_return_path text NOT NULL DEFAULT 'send',
    tls                text NOT NULL DEFAULT 'opportunistic' CHECK (tls IN ('opportunistic', 'enforced')),
    open_tracking      boolean NOT NULL DEFAULT false,
    click_tracking     boolean NOT NULL DEFAULT false,
    tracking_subdomain text,
    sending            boolean NOT NULL DEFAULT true,
    receiving          boolean NOT NULL DEFAULT false,
    checks             jsonb NOT NULL DEFAULT '{}',  -- "TYPE name" of a record -> status at the last look
    checked_at         timestamptz,
    asked_at           timestamptz,                  -- when it was last asked to verify it: patience ends from here
    created_at         timestamptz NOT NULL DEFAULT now(),
    CHECK (sending OR receiving),
    UNIQUE (team_id, name)
);
-- A domain that one may send from belongs to one team.
CREATE UNIQUE INDEX domain_verified ON domain (name) WHERE status IN ('verified', 'partially_verified');
CREATE INDEX domain_team ON domain (team_id, id);
-- What is looked at again by itself.
CREATE INDEX domain_pending ON domain (coalesce(checked_at, asked_at)) WHERE status IN ('pending', 'partially_verified');

CREATE TABLE dkim_key (
    id          uuid PRIMARY KEY,
    domain_id   uuid NOT NULL REFERENCES domain ON DELETE CASCADE,
    selector    text NOT NULL,
    algorithm   text NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
    public_key  text NOT NULL,                     -- the p= of the record
    private_key bytea NOT NULL,                    -- AES-256-GCM: nonce, ciphertext, tag; bound to the row's id
    seen_at     timestamptz,                       -- when DNS last had it; a key that is not seen does not sign
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (domain_id, selector)
);
