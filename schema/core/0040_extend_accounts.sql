-- Invitations, forgotten passwords, second factors, and how often somebody tried to sign in.

ALTER TABLE session
    ADD COLUMN address      text NOT NULL DEFAULT '',   -- where it began, as its owner recognises it
    ADD COLUMN user_agent   text NOT NULL DEFAULT '',
    ADD COLUMN last_used_at timestamptz;

ALTER TABLE api_key ADD COLUMN created_by uuid;         -- the account; null where a key or the command line made it

-- The token of an invitation's link is made from the id and a secret: nothing here opens a door.
CREATE TABLE invitation (
    id         uuid PRIMARY KEY,
    team_id    uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    email      text NOT NULL,
    role       text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    invited_by uuid REFERENCES account ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX invitation_email ON invitation (team_id, lower(email));
CREATE INDEX invitation_expiry ON invitation (expires_at);

-- The last link by which an account may set a new password; gone once it was used. Likewise without its token.
CREATE TABLE password_reset (
    account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    id         uuid NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE second_factor (
    account_id   uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    secret       bytea NOT NULL,                        -- AES-256-GCM
    confirmed_at timestamptz,                           -- null until its first code was given: not asked for yet
    last_step    bigint NOT NULL DEFAULT 0,             -- the step of the last code that was taken: none is good twice
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    hash       bytea NOT NULL,                          -- SHA-256 of 80 random bits
    PRIMARY KEY (account_id, hash)
);

-- By what somebody said he is, whether or not there is such an account; gone with the first success.
CREATE TABLE sign_in_attempt (
    who   bytea PRIMARY KEY,                            -- SHA-256 of the address in small letters
    tries integer NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_since ON sign_in_attempt (since);
