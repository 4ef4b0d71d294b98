-- Messages that the sandbox took in place of an exchanger, as they would have travelled.
CREATE TABLE sandbox_message (
    id          uuid PRIMARY KEY,                 -- the delivery's
    team_id     uuid NOT NULL,
    email_id    uuid NOT NULL,
    return_path text NOT NULL,
    recipient   text NOT NULL,
    sender      text NOT NULL,
    subject     text NOT NULL,
    message     bytea NOT NULL,
    caught_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sandbox_message_team ON sandbox_message (team_id, id);
