-- A team's claim to a name that another team has verified: proved by a TXT record at the name itself.

CREATE TABLE domain_claim (
    id             uuid PRIMARY KEY,
    team_id        uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    domain_id      uuid REFERENCES domain ON DELETE SET NULL,  -- the claiming team's own, with keys of its own
    name           text NOT NULL,
    region         text NOT NULL,
    token          text NOT NULL,                              -- what the TXT record proves it with
    status         text NOT NULL DEFAULT 'pending' CHECK (status IN
        ('pending', 'verified', 'completed', 'blocked', 'expired', 'superseded', 'canceled', 'failed')),
    blocked_reason text CHECK (blocked_reason IN ('grace_period', 'recent_owner_activity', 'pending_scheduled_emails')),
    failure_reason text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    asked_at       timestamptz,
    due_at         timestamptz,                                -- when DNS is asked next by itself
    CHECK ((status = 'blocked') = (blocked_reason IS NOT NULL))
);
CREATE INDEX domain_claim_domain ON domain_claim (domain_id, id);
CREATE INDEX domain_claim_team ON domain_claim (team_id);
CREATE INDEX domain_claim_due ON domain_claim (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX domain_claim_name ON domain_claim (name) WHERE status IN ('pending', 'blocked');
CREATE UNIQUE INDEX domain_claim_open ON domain_claim (team_id, name) WHERE status IN ('pending', 'blocked');
