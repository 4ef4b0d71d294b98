-- What delivery knows of other domains' TLS: their MTA-STS policies, and how sessions with them went.

-- The policies that hold (RFC 8461 §3.3), here so that a restart does not let somebody who blocks the fetch undo them.
CREATE TABLE mta_sts_policy (
    domain     text PRIMARY KEY,
    id         text NOT NULL,                      -- that of the TXT record it was fetched for
    body       text NOT NULL,                      -- as it was served
    fetched_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX mta_sts_policy_expires ON mta_sts_policy (expires_at);

-- Sessions by day, policy and result: what a report by RFC 8460 is made of.
CREATE TABLE tls_result (
    day          date NOT NULL,                    -- of UTC
    key          bytea NOT NULL,                   -- a digest of all that follows but the count
    domain       text NOT NULL,                    -- the recipients'
    policy_type  text NOT NULL CHECK (policy_type IN ('tlsa', 'sts', 'no-policy-found')),
    policy       text[] NOT NULL,                  -- its records or lines
    mx           text[] NOT NULL,                  -- the patterns that it names
    result       text NOT NULL,                    -- a result type of RFC 8460 §4.3, or empty: it went well
    exchanger    text NOT NULL,
    sending_ip   text NOT NULL,
    receiving_ip text NOT NULL,
    reason       text NOT NULL,                    -- in our words
    sessions     bigint NOT NULL,
    PRIMARY KEY (day, key)
);
