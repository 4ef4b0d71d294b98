-- The log: one seq for all events. It may have holes; no reader passes one that is still to come, because a writer has
-- its transaction id before it draws, and the sequence caches nothing.

CREATE SEQUENCE event_seq CACHE 1;

CREATE TABLE event (
    seq          bigint NOT NULL DEFAULT nextval('event_seq'),
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    team_id      uuid NOT NULL,
    type         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    email_id     uuid,
    delivery_id  uuid,
    recipient    text,
    attempt      integer,
    exchanger    text,
    reply_code   smallint,
    reply_status text,
    reply_text   text,
    in_doubt     boolean NOT NULL DEFAULT false,
    data         jsonb,                            -- only what this kind of event has beyond the mail's own facts
    PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX event_team ON event (team_id, seq);
CREATE INDEX event_email ON event (email_id, seq);

-- How far each subscriber has read. The row's lock picks the process that runs it.
CREATE TABLE subscriber_cursor (
    name       text PRIMARY KEY,
    seq        bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Events that a subscriber could not take: parked, shown, and passed.
CREATE TABLE parked_event (
    subscriber text NOT NULL,
    seq        bigint NOT NULL,
    error      text NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subscriber, seq)
);

-- When each periodic job last ran, anywhere.
CREATE TABLE job_run (
    name   text PRIMARY KEY,
    ran_at timestamptz NOT NULL
);
