-- What a team may send, where that is not what the configuration says of all; NULL is as much as it likes.
CREATE TABLE quota (
    team_id uuid PRIMARY KEY REFERENCES team ON DELETE CASCADE,
    daily   integer CHECK (daily >= 0),
    monthly integer CHECK (monthly >= 0)
);

-- Recipients of a day (UTC), counted in the transactions of the mails; of teams with a quota alone.
CREATE TABLE sent_count (
    team_id    uuid NOT NULL REFERENCES team ON DELETE CASCADE,
    day        date NOT NULL,
    recipients bigint NOT NULL,
    PRIMARY KEY (team_id, day)
) WITH (fillfactor = 50);
