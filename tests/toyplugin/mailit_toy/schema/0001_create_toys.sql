-- Everything that the toy remembers.
CREATE TABLE toy_refusal (
    team_id uuid NOT NULL,
    address text NOT NULL,                        -- in lower case
    PRIMARY KEY (team_id, address)
);

-- How many events of each type the subscriber took.
CREATE TABLE toy_count (
    team_id uuid NOT NULL,
    type    text NOT NULL,
    count   integer NOT NULL,
    PRIMARY KEY (team_id, type)
);

-- Messages that the toy's carrier took.
CREATE TABLE toy_box (
    id        uuid PRIMARY KEY,                   -- the delivery's
    team_id   uuid NOT NULL,
    recipient text NOT NULL,
    message   bytea NOT NULL
);
