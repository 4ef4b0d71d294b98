"""A spool under test, real or fake, with the hands that its contract needs: to pass time, to delete, to look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from attrs import define, evolve, field

from mailit.db.connection import Transaction, connect
from mailit.draft import Content, Stream
from mailit.events import Event
from mailit.ids import Ids
from mailit.interfaces import KeyUse, SendingDomain, Tx
from mailit.plugin import Screen
from mailit.store import event_log
from mailit.store.claims import FIRST_LANE, LaneKey, Taken, Wanted
from mailit.store.idempotency import InUse, NewKey
from mailit.store.outcomes import Ending, Fence
from mailit.store.seam import TABLES, Spool
from mailit.store.spool import NewDelivery, NewMail
from mailit.testing.database import MemoryTx
from mailit.testing.spool import MemorySpool

LEASE = 10.0
LIFETIME = 86400.0
ALWAYS = float("-inf")


@define(eq=False)
class Ground:
    """What is the same for both: mails of one team and domain, claims and endings in few words."""

    spool: Spool = field(init=False)
    ids: Ids = field(factory=Ids)
    team: str = field(init=False)
    domain: str = field(init=False)
    key: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.team, self.domain, self.key = self.ids(), self.ids(), self.ids()

    def now(self) -> float:
        raise NotImplementedError

    def do(self, work: Callable[..., Any], *args: Any) -> Any:
        """Runs one of the spool's functions in a transaction of its own."""
        raise NotImplementedError

    def grouped(self, work: Callable[..., Any], *args: Any) -> Any:
        """The same for those that make their transaction themselves: accept, mark, settle."""
        raise NotImplementedError

    def mail(self, *recipients: str, **fields: Any) -> NewMail:
        """A mail to these, not yet accepted. `due_in` seconds, or now."""
        due_in = fields.pop("due_in", None)
        id_ = self.ids()
        whole = NewMail(
            id=id_,
            team_id=self.team,
            domain_id=self.domain,
            api_key_id=self.key,
            content_id=self.ids(),
            content=Content(html="<p>Hi</p>"),
            stream=Stream.TRANSACTIONAL,
            sender="Hello <hello@example.org>",
            recipients=recipients or ("ana@example.net",),
            cc=(),
            bcc=(),
            reply_to=(),
            subject="Hi",
            headers=(),
            tags=(),
            variables={},
            message_id=f"<{id_}@example.org>",
            created_at=float(int(self.now())),
            due=None if due_in is None else self.now() + due_in,
            lifetime=LIFETIME,
            deliveries=tuple(
                NewDelivery(self.ids(), one, one.partition("@")[2]) for one in recipients or ("ana@example.net",)
            ),
        )
        return evolve(whole, **fields)

    def accept(self, *mails: NewMail, screens: Sequence[Screen] = (), progress: Sequence[Any] = ()) -> list[NewMail]:
        """Accepts mails as one group; gives them as they were written."""
        (written,) = self.grouped(self.spool.accept, [mails], screens, progress)
        return written

    def new_key(self, key: str, answer: str) -> NewKey:
        """A key of the team, whose digest is itself."""
        return NewKey(KeyUse(self.team, key, key.encode()), answer)

    def accept_with_keys(
        self, keys: Mapping[int, NewKey], *mails: NewMail, progress: Sequence[Any] = ()
    ) -> tuple[list[list[NewMail]], dict[int, InUse]]:
        """Accepts mails as one group each, with keys by their places; gives them, and which keys were in use."""
        in_use: dict[int, InUse] = {}

        def keep(tx: Tx) -> Collection[int]:
            in_use.update(self.spool.keep(tx, keys))
            return in_use.keys()

        return self.grouped(self.spool.accept, [[mail] for mail in mails], (), progress, keep), in_use

    def accept_with_new_keys(
        self, keys: Sequence[NewKey], *mails: NewMail, progress: Sequence[Any] = ()
    ) -> list[list[NewMail]]:
        """Accepts mails as one group each, with keys that are taken to be new."""
        written: list[list[NewMail]] = self.grouped(
            self.spool.accept, [[mail] for mail in mails], (), progress, None, keys
        )
        return written

    def lane(self, domain: str = "example.net", stream: int = 0) -> LaneKey:
        return LaneKey(domain, stream, self.team)

    def live(self) -> str:
        """A holder that lives from now on."""
        id_ = self.ids()
        self.do(self.spool.register, id_, LEASE, "host", 1, ["delivery"])
        return id_

    def claim(self, holder: str, most: int = 100, lane: LaneKey | None = None, since: float = ALWAYS) -> Taken:
        return self.do(self.spool.claim, holder, [Wanted(lane or self.lane(), most, since)])

    def scan(self, after: tuple[str, int, str] = FIRST_LANE, most: int = 100) -> list[tuple[LaneKey, float]]:
        return self.do(self.spool.scan, after, most)

    def settle(self, *endings: Ending) -> None:
        self.grouped(self.spool.settle, list(endings))

    def mark(self, *fences: Fence) -> list[bool]:
        return self.grouped(self.spool.mark, list(fences))

    # Each ground's own

    def pass_time(self, seconds: float) -> None:
        raise NotImplementedError

    def lose(self, what: str) -> None:
        """Deletes the `team`, the `domain` or the `api_key`, or turns `sending` off."""
        raise NotImplementedError

    def events(self, mail: NewMail) -> list[Event]:
        raise NotImplementedError

    def last_event(self, mail: NewMail) -> str:
        raise NotImplementedError

    def states(self, mail: NewMail) -> list[str]:
        """The state of each recipient, in the order of the deliveries."""
        raise NotImplementedError

    def left(self) -> int:
        """How many envelopes there are."""
        raise NotImplementedError

    def types(self, mail: NewMail) -> list[str]:
        return [event.type.removeprefix("email.") for event in self.events(mail)]


@define(eq=False)
class MemoryGround(Ground):
    """The fake, on a clock that is turned."""

    seconds: float = 1_800_000_000.0
    spool: MemorySpool = field(init=False)
    _tie: Any = field(factory=count)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.spool = MemorySpool(self.now)
        self.spool.domains.known[self.domain] = SendingDomain(
            self.domain, self.team, "example.org", "verified", "send.example.org", True
        )

    def now(self) -> float:
        return self.seconds + next(self._tie) * 1e-6  # no two moments are one, as on a machine

    def do(self, work: Callable[..., Any], *args: Any) -> Any:
        return work(MemoryTx({}), *args)

    grouped = do

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds

    def lose(self, what: str) -> None:
        known = self.spool.domains.known
        if what == "sending":
            known[self.domain] = evolve(known[self.domain], sending=False)
        elif what == "domain":
            del known[self.domain]
        else:
            self.spool.gone.add({"team": self.team, "api_key": self.key}[what])

    def events(self, mail: NewMail) -> list[Event]:
        return self.spool.events_of(mail.id)

    def last_event(self, mail: NewMail) -> str:
        return self.spool.mails[mail.id].last_event

    def states(self, mail: NewMail) -> list[str]:
        return [self.spool.deliveries[one.id].state for one in mail.deliveries]

    def left(self) -> int:
        return len(self.spool.envelopes)


@define(eq=False)
class TableGround(Ground):
    """The tables. Time is passed by moving every time in them back."""

    dsn: str = field(kw_only=True)
    connection: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.spool = TABLES
        self.connection = connect(self.dsn, "contract", autocommit=True)
        tx = Transaction(self.connection)
        tx.run("INSERT INTO team (id, name) VALUES (%(id)s, 'Acme')", {"id": self.team})
        tx.run(
            "INSERT INTO domain (id, team_id, name, status) VALUES (%(id)s, %(team)s, 'example.org', 'verified')",
            {"id": self.domain, "team": self.team},
        )
        tx.run(
            "INSERT INTO api_key (id, team_id, name, permission, prefix, hash) "
            "VALUES (%(id)s, %(team)s, 'key', 'full_access', 're_x', '')",
            {"id": self.key, "team": self.team},
        )

    def close(self) -> None:
        self.connection.close()

    def empty(self) -> None:
        """Takes away all mail and all holders."""
        Transaction(self.connection).run("TRUNCATE envelope, holder, email, delivery, content, event, idempotency_key")

    def now(self) -> float:
        return self._value("SELECT extract(epoch FROM clock_timestamp())::float8")

    def do(self, work: Callable[..., Any], *args: Any) -> Any:
        tx = Transaction(self.connection)
        tx.run("BEGIN")
        try:
            result = work(tx, *args)
        except BaseException:
            tx.run("ROLLBACK")
            raise
        tx.run("COMMIT")
        return result

    def grouped(self, work: Callable[..., Any], *args: Any) -> Any:
        tx = Transaction(self.connection)
        try:
            return work(tx, *args)
        except BaseException:
            with suppress(Exception):
                tx.run("ROLLBACK")
            raise

    def pass_time(self, seconds: float) -> None:
        for table, columns in {
            "envelope": ("due_at", "expires_at"),
            "holder": ("alive_until",),
            "idempotency_key": ("created_at",),
        }.items():
            moved = ", ".join(f"{column} = {column} - %(by)s * interval '1 second'" for column in columns)
            Transaction(self.connection).run(f"UPDATE {table} SET {moved}", {"by": seconds})

    def lose(self, what: str) -> None:
        statement = {
            "sending": "UPDATE domain SET sending = false, receiving = true",
            "domain": "DELETE FROM domain",
            "team": "DELETE FROM team",
            "api_key": "DELETE FROM api_key",
        }[what]
        Transaction(self.connection).run(statement)

    def events(self, mail: NewMail) -> list[Event]:
        return event_log.read_email(Transaction(self.connection), self.team, mail.id, 0)

    def last_event(self, mail: NewMail) -> str:
        return self._value("SELECT last_event FROM email WHERE id = %(id)s", id=mail.id)

    def states(self, mail: NewMail) -> list[str]:
        rows = Transaction(self.connection).rows(
            "SELECT state FROM delivery WHERE email_id = %(id)s ORDER BY id", {"id": mail.id}
        )
        return [row.state for row in rows]

    def left(self) -> int:
        return self._value("SELECT count(*) FROM envelope")

    def _value(self, sql: str, **params: Any) -> Any:
        return Transaction(self.connection).row(sql, params)[0]
