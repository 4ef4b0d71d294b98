"""Mails made by SQL, in seconds: a queue as accepts would have left it, or mails that have arrived long since."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit.db.connection import Transaction, connect

# They were accepted one after the other, five thousand a second, the last of them just now; ids are UUIDv7 of that
# time. What is not queued has arrived, but for one of a hundred, which was refused.
_MAKE = """
    SET synchronous_commit = off;
    CREATE OR REPLACE FUNCTION pg_temp.drawn(ms bigint, place bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT (lpad(to_hex(ms), 12, '0') || '70008' || lpad(to_hex(place), 15, '0'))::uuid $$;
    CREATE TEMP TABLE made AS
        SELECT n, pg_temp.drawn(ms, 3 * n) AS content_id, pg_temp.drawn(ms, 3 * n + 1) AS email_id,
               pg_temp.drawn(ms, 3 * n + 2) AS id, at,
               CASE WHEN %(one)s::text IS NULL OR (n %% 2 = 1 AND %(lanes)s > 0)
                    THEN 'd' || (n / 2) %% nullif(%(lanes)s, 0) || '.example' ELSE %(one)s END AS domain,
               CASE WHEN %(queued)s THEN 'sent' WHEN n %% 100 = 0 THEN 'bounced' ELSE 'delivered' END AS state
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
               at, state, (SELECT last_value FROM event_seq)
          FROM made;
    INSERT INTO delivery (id, email_id, team_id, recipient, state, updated_at)
        SELECT id, email_id, %(team)s, 'r' || n || '@' || made.domain, state, at FROM made;
    INSERT INTO envelope (id, email_id, team_id, domain, stream, recipient, due_at, expires_at, announced)
        SELECT id, email_id, %(team)s, made.domain, 0, 'r' || n || '@' || made.domain, at, at + interval '2 days', true
          FROM made
         WHERE state = 'sent';
    DROP TABLE made;
    SET synchronous_commit = on;
"""

_SETTLE_DOWN = "VACUUM ANALYZE envelope, email, content, delivery", "CHECKPOINT"


@frozen
class Mix:
    """Where mails go: every second one to the domain `one`, the others to `lanes` domains; or all to either."""

    lanes: int = 0
    one: str | None = "one.example"

    @property
    def domains(self) -> Sequence[str]:
        """All of them."""
        return [*([self.one] if self.one else []), *(f"d{number}.example" for number in range(self.lanes))]


def make_queue(dsn: str, team: str, domain: str, count: int, mix: Mix) -> None:
    """Empties the queue and makes one of `count` mails."""
    connection = connect(dsn, "bench queue", autocommit=True)
    try:
        Transaction(connection).run("TRUNCATE envelope, delivery, email, content")
    finally:
        connection.close()
    add_queued(dsn, team, domain, count, mix)
    settle_down(dsn)


def settle_down(dsn: str) -> None:
    """Has the database know what it has, and write it out."""
    connection = connect(dsn, "bench queue", autocommit=True)
    try:
        for statement in _SETTLE_DOWN:
            Transaction(connection).run(statement)
    finally:
        connection.close()


def add_queued(dsn: str, team: str, domain: str, count: int, mix: Mix, start: int = 0, queued: bool = True) -> None:
    """Adds so many to the queue, numbered from `start`, in one transaction; not `queued`, they have arrived."""
    connection = connect(dsn, "bench queue", autocommit=True)
    try:
        params = {
            "team": team,
            "domain": domain,
            "count": count,
            "lanes": mix.lanes,
            "one": mix.one,
            "from": start,
            "queued": queued,
        }
        Transaction(connection).run(_MAKE, params)
    finally:
        connection.close()
