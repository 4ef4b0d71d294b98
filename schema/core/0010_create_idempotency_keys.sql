-- What was answered to a request with an Idempotency-Key: written with the mails that it made, good for a day.

CREATE TABLE idempotency_key (
    team_id    uuid NOT NULL,
    key        text NOT NULL,
    digest     bytea NOT NULL,                     -- SHA-256 of the request's JSON in canonical form
    answer     text NOT NULL,                      -- the body of the answer, byte for byte
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
