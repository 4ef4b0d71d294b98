-- The mail that lasts (content, attachment, email, delivery), partitioned by the time in its UUIDv7, and the spool
-- that does not (envelope), with those who work on it (holder). No foreign key into, between or from these tables:
-- a partition that is referenced can't be dropped, and a hot row must not lock a cold one.

CREATE TABLE content (
    id          uuid NOT NULL,
    team_id     uuid NOT NULL,
    html        text,
    text        text,
    raw         bytea,                             -- MIME as SMTP brought it, and then no other part
    attachments smallint NOT NULL DEFAULT 0,       -- how many rows of `attachment` there are
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
-- To compress what is read once and soon dropped is not worth an accept's time.
ALTER TABLE content ALTER html SET STORAGE EXTERNAL, ALTER text SET STORAGE EXTERNAL, ALTER raw SET STORAGE EXTERNAL;

CREATE TABLE attachment (
    content_id   uuid NOT NULL,
    position     smallint NOT NULL,
    id           uuid NOT NULL,
    filename     text,
    content_type text NOT NULL,
    cid          text,
    inline       boolean NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (content_id, position)
) PARTITION BY RANGE (content_id);
ALTER TABLE attachment ALTER bytes SET STORAGE EXTERNAL;

CREATE TABLE email (
    id           uuid NOT NULL,
    team_id      uuid NOT NULL,
    domain_id    uuid NOT NULL,
    api_key_id   uuid,
    content_id   uuid NOT NULL,
    stream       smallint NOT NULL,
    sender       text NOT NULL,                    -- the From as written
    recipients   jsonb NOT NULL,                   -- To as written: ["Ana <ana@example.net>", …]; so are these three,
    cc           jsonb,                            -- and what is empty is NULL
    bcc          jsonb,
    reply_to     jsonb,
    subject      text NOT NULL,
    headers      jsonb,                            -- [["name", "value"], …]
    tags         jsonb,                            -- [["name", "value"], …]
    variables    jsonb,                            -- {"name": "value"}
    message_id   text NOT NULL,
    deliveries   smallint NOT NULL,                -- how many rows of `delivery` there are
    scheduled_at timestamptz,
    created_at   timestamptz NOT NULL,
    last_event   text NOT NULL,
    first_seq    bigint NOT NULL,                  -- none of its events has a smaller seq: prunes look-ups
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX email_team ON email (team_id, id);
CREATE INDEX email_status ON email (team_id, last_event, id);

CREATE TABLE delivery (
    id           uuid NOT NULL,                    -- drawn with the email's: id >= email.id and < email.id + 1 min
    email_id     uuid NOT NULL,
    team_id      uuid NOT NULL,
    recipient    text NOT NULL,
    state        text NOT NULL CHECK (state IN ('queued', 'sent', 'delivery_delayed', 'delivered', 'bounced',
                     'failed', 'canceled', 'suppressed', 'complained', 'opened', 'clicked')),
    attempts     integer NOT NULL DEFAULT 0,
    in_doubt     boolean NOT NULL DEFAULT false,
    exchanger    text,
    reply_code   smallint,
    reply_status text,
    reply_text   text,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX delivery_recipient ON delivery (team_id, lower(recipient), email_id);

-- The spool proper. An envelope is in one of these states, and no other:
--   waiting:  holder IS NULL, not held; due_at says from when it may be claimed
--   held:     holder IS NULL, held; waits for a person
--   claimed:  holder set, marked_at NULL; an attempt is on, no final dot was sent
--   marked:   holder and marked_at set; a final dot may have been sent. With its holder dead it is in doubt.
CREATE TABLE envelope (
    id         uuid PRIMARY KEY,                   -- the delivery's
    email_id   uuid NOT NULL,
    team_id    uuid NOT NULL,
    domain     text NOT NULL,                      -- the recipient's: (domain, stream, team) is its lane
    stream     smallint NOT NULL,
    recipient  text NOT NULL,
    due_at     timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempt    integer NOT NULL DEFAULT 0,
    in_doubt   boolean NOT NULL DEFAULT false,     -- an earlier attempt's dot was never answered
    held       boolean NOT NULL DEFAULT false,
    announced  boolean NOT NULL,                   -- email.sent stands in the log (a scheduled mail's first claim writes it)
    holder     uuid,
    marked_at  timestamptz,
    CHECK (marked_at IS NULL OR holder IS NOT NULL),
    CHECK (NOT held OR holder IS NULL)
);
-- What may be claimed, lane by lane, oldest first.
CREATE INDEX envelope_lane ON envelope (domain, stream, team_id, due_at) WHERE holder IS NULL AND NOT held;
-- What is in somebody's hands: found when that somebody dies.
CREATE INDEX envelope_holder ON envelope (holder) WHERE holder IS NOT NULL;
CREATE INDEX envelope_email ON envelope (email_id);
CREATE INDEX envelope_held ON envelope (id) WHERE held;
ALTER TABLE envelope SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                          autovacuum_vacuum_cost_delay = 0);

-- A process that is alive. A claim is good while its holder's row stands; death is the deletion of this row.
CREATE TABLE holder (
    id          uuid PRIMARY KEY,
    alive_until timestamptz NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    host        text NOT NULL,
    pid         integer NOT NULL,
    roles       text[] NOT NULL
) WITH (fillfactor = 50);
