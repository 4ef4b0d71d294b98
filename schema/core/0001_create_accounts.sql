-- Who there is: teams own everything, users belong to teams, API keys and sessions speak for a team.

CREATE TABLE team (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE account (
    id         uuid PRIMARY KEY,
    email      text NOT NULL,
    name       text NOT NULL,
    password   text NOT NULL,                      -- scrypt$N$r$p$salt$hash
    operator   boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE membership (
    team_id    uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, team_id)
);
CREATE INDEX membership_team ON membership (team_id);

-- A JWT carries a session's id; a session that is revoked or gone makes the token worthless at once.
CREATE TABLE session (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    team_id    uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE api_key (
    id           uuid PRIMARY KEY,
    team_id      uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    name         text NOT NULL,
    prefix       text NOT NULL,                    -- the token's first characters, to find it by
    hash         bytea NOT NULL,                   -- SHA-256 of the whole token, which has 190 bits of its own
    permission   text NOT NULL CHECK (permission IN ('full_access', 'sending_access')),
    domain_id    uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    CHECK (domain_id IS NULL OR permission = 'sending_access')
);
CREATE INDEX api_key_prefix ON api_key (prefix);
CREATE INDEX api_key_team ON api_key (team_id, id);
