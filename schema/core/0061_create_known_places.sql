-- Where an account was signed in to: who tries from there is counted apart from strangers, so that they can't lock it.
CREATE TABLE known_place (
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    network    text NOT NULL,                           -- an address; in IPv6 the /64 that it is in
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, network)
);
CREATE INDEX known_place_seen ON known_place (seen_at);
