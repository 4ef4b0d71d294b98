"""A queue made by SQL: any number of mails as accepts would have left them, in seconds."""

from __future__ import annotations

from mailit.db.connection import Transaction, connect

# Half of the mails are for one destination, the others for `lanes` in turn. They were accepted one after the other,
# five thousand a second, the last of them just now; ids are UUIDv7 of that time.
_MAKE = """
    SET synchronous_commit = off;
    CREATE OR REPLACE FUNCTION pg_temp.drawn(ms bigint, place bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT (lpad(to_hex(ms), 12, '0') || '70008' || lpad(to_hex(place), 15, '0'))::uuid $$;
    CREATE TEMP TABLE made AS
        SELECT n, pg_temp.drawn(ms, 3 * n) AS content_id, pg_temp.drawn(ms, 3 * n + 1) AS email_id,
               pg_temp.drawn(ms, 3 * n + 2) AS id, at,
               CASE WHEN n %% 2 = 0 THEN 'one.example' ELSE 'd' || (n / 2) %% %(lanes)s || '.example' END AS domain
          FROM generate_series(%(from)s::bigint, %(from)s + %(count)s::bigint - 1) AS n,
       LATERAL (SELECT now() - (%(from)s + %(count)s - n) * interval '200 microseconds' AS at) AS accepted,
       LATERAL (SELECT (extract(epoch FROM at) * 1000)::bigint AS ms) AS stamp;
    INSERT INTO content (id, team_id, html, text)
        SELECT content_id, %(team)s, repeat('<p>' || n || ' was sent, and will be there tomorrow.</p>', 8), 'Sent.'
          FROM made;
    INSERT INTO email (id, team_id, domain_id, content_id, stream, sender, recipients, subject, message_id, deliveries,
                       created_at, last_event, first_seq)
        SELECT email_id, %(team)s, %(domain)s, content_id, 0, 'Parcels <hello@example.org>',
               jsonb_build_array('r' || n || '@' || made.domain), 'On its way', '<' || email_id || '@example.org>', 1,
               at, 'sent', (SELECT last_value FROM event_seq)
          FROM made;
    INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at)
        SELECT id, email_id, %(team)s, 'r' || n || '@' || made.domain, 'sent', at FROM made;
    INSERT INTO envelope (id, email_id, team_id, domain, stream, recipient, due_at, expires_at, announced)
        SELECT id, email_id, %(team)s, made.domain, 0, 'r' || n || '@' || made.domain, at, at + interval '2 days', true
          FROM made;
    DROP TABLE made;
    SET synchronous_commit = on;
"""

_SETTLE_DOWN = "VACUUM ANALYZE envelope", "ANALYZE email", "ANALYZE content", "ANALYZE delivery", "CHECKPOINT"


def make_queue(dsn: str, team: str, domain: str, count: int, lanes: int, start: int = 0) -> None:
    """Empties the queue and makes one of `count` mails, numbered from `start`, in one lane and in `lanes` others."""
    connection = connect(dsn, "bench queue", autocommit=True)
    try:
        tx = Transaction(connection)
        tx.run("TRUNCATE envelope, delivery, email, content")
        add_queued(dsn, team, domain, count, lanes, start)
        for statement in _SETTLE_DOWN:
            tx.run(statement)
    finally:
        connection.close()


def add_queued(dsn: str, team: str, domain: str, count: int, lanes: int, start: int = 0) -> None:
    """Adds so many to the queue, in one transaction."""
    connection = connect(dsn, "bench queue", autocommit=True)
    try:
        params = {"team": team, "domain": domain, "count": count, "lanes": lanes, "from": start}
        Transaction(connection).run(_MAKE, params)
    finally:
        connection.close()
