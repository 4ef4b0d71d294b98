-- What delivery has learned of how fast a site may be sent to from one of our addresses: one row a site and source.

-- Saved each minute by the processes that send there, never for a mail. The later cut counts, whoever made it.
CREATE TABLE site (
    name         text NOT NULL,                    -- its exchangers' names
    source       text NOT NULL,                    -- our address, or empty: the system's choice
    sessions     double precision NOT NULL,        -- at once, of all processes
    rate         double precision NOT NULL,        -- mails a second, 0: no limit
    messages     double precision NOT NULL,        -- on one connection
    strikes      integer NOT NULL,                 -- pauses in a row
    paused_until timestamptz NOT NULL,
    slowed_at    timestamptz NOT NULL,             -- the last cut; the epoch: never
    total        bigint NOT NULL,                  -- mails that it took
    day          date NOT NULL,                    -- of UTC, that `sent` is for
    sent         bigint NOT NULL,                  -- mails begun that day, where a source warms up
    saved_at     timestamptz NOT NULL,
    PRIMARY KEY (name, source)
);
CREATE INDEX site_saved ON site (saved_at);
