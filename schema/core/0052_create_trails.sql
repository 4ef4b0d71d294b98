-- What was said on SMTP connections, kept a while for those who ask. A row is a stretch of one connection, at most a
-- second or so of it, with all recipients that were settled on it meanwhile: their facts stand side by side in arrays,
-- so that a delivery costs no row and no index entry of its own. A row without recipients is a connection that never
-- came to its first mail.
CREATE TABLE smtp_trail (
    id          uuid NOT NULL,                     -- the connection's
    exchanger   text NOT NULL,
    address     text NOT NULL,
    port        integer NOT NULL,
    opened_at   timestamptz NOT NULL,
    until_at    timestamptz NOT NULL,              -- the last of what it tells
    tls_version text,
    tls_cipher  text,
    tls_policy  text,
    opening     text NOT NULL,                     -- the dialogue before the first mail, secrets struck out
    fault       text,                              -- how the connection failed before that
    deliveries  uuid[] NOT NULL,
    attempts    integer[] NOT NULL,
    began       float8[] NOT NULL,                 -- POSIX seconds; so is `ended`
    ended       float8[] NOT NULL,
    sizes       integer[] NOT NULL,                -- bytes of the message
    said        smallint[] NOT NULL,               -- which of `dialogues`
    dialogues   jsonb NOT NULL                     -- [[reply to MAIL, RCPT, DATA, the dot; how it was cut off], …]
);
CREATE INDEX smtp_trail_exchanger ON smtp_trail (exchanger, until_at);
CREATE INDEX smtp_trail_age ON smtp_trail USING brin (until_at);
ALTER TABLE smtp_trail ALTER deliveries SET STORAGE EXTERNAL;
