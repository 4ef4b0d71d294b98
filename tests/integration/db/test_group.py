"""Group commit on a real server, on good days and on bad ones."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from attrs import frozen
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, DeferredList, gatherResults
from twisted.internet.task import deferLater

from mailit.db.arrays import array
from mailit.db.connection import Transaction, connect
from mailit.db.group import Group
from mailit.errors import NotFound, Unavailable
from mailit.interfaces import Tx
from tests.integration.db.proxy import Cut, Proxy, proxied
from tests.postgres import Postgres, short_folder

# No unique key: what is written twice stands there twice.
_TABLE = "CREATE TABLE parcel (id uuid NOT NULL, label text NOT NULL, amount integer CHECK (amount >= 0))"
_INSERT = """
    INSERT INTO parcel SELECT * FROM unnest(%(ids)s::uuid[], %(labels)s::text[], %(amounts)s::int[]);
    SELECT %(pause)s::text, pg_sleep(%(pause)s) WHERE %(pause)s > 0 /* the end */
"""
_FIND = "SELECT id FROM parcel WHERE id = ANY (%(ids)s::uuid[])"


@frozen
class Parcel:
    """What these groups carry."""

    label: str = "x"
    amount: int = 1
    pause: float = 0
    id: str = ""


def parcel(label: str = "x", amount: int = 1, pause: float = 0) -> Parcel:
    """A parcel with an id made before it is written."""
    return Parcel(label, amount, pause, str(uuid.uuid4()))


class Store:
    """Writes parcels, and remembers how many came together."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.asked: list[int] = []

    def write(self, tx: Tx, items: Sequence[Parcel]) -> list[str | Exception]:
        """One round trip; the result is the parcel's label, said loudly."""
        self.groups.append(len(items))
        tx.run(
            _INSERT,
            {
                "ids": array(item.id for item in items),
                "labels": array(item.label for item in items),
                "amounts": array(item.amount for item in items),
                "pause": max(item.pause for item in items),
            },
        )
        return [NotFound() if item.label == "nobody" else item.label.upper() for item in items]

    def settle(self, tx: Tx, items: Sequence[Parcel]) -> list[str | Exception | None]:
        """Those whose row stands were written."""
        self.asked.append(len(items))
        there = {row.id for row in tx.rows(_FIND, {"ids": array(item.id for item in items)})}
        return [item.label.upper() if item.id in there else None for item in items]


Make = Callable[..., Group[Parcel, str]]


@pytest.fixture
def store() -> Store:
    """Where the parcels go."""
    return Store()


@pytest.fixture
def reader(dsn: str) -> Iterator[Transaction]:
    """A connection beside the group's, with the table made."""
    connection = connect(dsn, "reader", autocommit=True)
    tx = Transaction(connection)
    tx.run(_TABLE)
    yield tx
    connection.close()


@pytest.fixture
def make(reactor: Any, reader: Transaction, dsn: str, store: Store) -> Iterator[Make]:
    """Makes groups and stops them at the end."""
    made: list[Group[Parcel, str]] = []

    def make(dsn: Any = dsn, **options: Any) -> Group[Parcel, str]:
        made.append(Group(reactor, "parcels", dsn, store.write, store.settle, **options))
        return made[-1]

    yield make
    for group in made:
        pytest_twisted.blockon(Deferred.fromCoroutine(group.stop()))


@pytest.fixture
def proxy(dsn: str) -> Iterator[Proxy]:
    """A proxy before the server."""
    with short_folder() as folder, proxied(folder, dsn) as proxy:
        yield proxy


def ids(reader: Transaction) -> list[str]:
    """The ids that stand in the table, as often as they do."""
    return sorted(row.id for row in reader.rows("SELECT id FROM parcel"))


async def outcomes(deferreds: Sequence[Deferred[Any]]) -> list[Any]:
    """Results and errors in order, when all are there."""
    return [result if good else result.value for good, result in await DeferredList(deferreds, consumeErrors=True)]


class TestItemsThatArriveTogether:
    """They share a transaction; the next group is what arrived meanwhile."""

    @pytest_twisted.ensureDeferred
    async def test_get_each_its_own_result(self, make: Make, reader: Transaction) -> None:
        """In the order of the items, after they stand in the database."""
        group = make()
        parcels = [parcel(f"p{n}") for n in range(50)]
        assert await gatherResults([group.submit(each) for each in parcels]) == [f"P{n}" for n in range(50)]
        assert ids(reader) == sorted(each.id for each in parcels)

    @pytest_twisted.ensureDeferred
    async def test_leave_at_once_when_nothing_is_on_its_way(self, make: Make, store: Store) -> None:
        """The first goes alone; all that come while it is away go together."""
        group = make()
        await gatherResults([group.submit(parcel()) for _ in range(10)])
        assert store.groups == [1, 9]

    @pytest_twisted.ensureDeferred
    async def test_wait_for_each_other_after_a_group_where_they_may(self, make: Make, store: Store) -> None:
        """With a rest, what comes right after a group leaves together, and a stop waits for it."""
        group = make(rest=0.01)
        await group.submit(parcel("first"))
        later = [group.submit(parcel(label)) for label in ("second", "third")]
        await group.stop()
        assert await gatherResults(later) == ["SECOND", "THIRD"]
        assert store.groups == [1, 2]

    @pytest_twisted.ensureDeferred
    async def test_do_not_wait_after_one_that_was_alone(self, make: Make, store: Store) -> None:
        """Where a rest is for a crowd: after a smaller group the next leaves at once, though the rest is long."""
        group = make(rest=15.0, crowd=2)
        for label in ("first", "second", "third"):
            await group.submit(parcel(label)).addTimeout(5, reactor)
        assert store.groups == [1, 1, 1]

    @pytest_twisted.ensureDeferred
    async def test_take_turns_where_they_are_asked_to(self, make: Make, store: Store) -> None:
        """Half of them, and then the others, who are written while the first are answered; few stay together."""
        group = make(turns=True)
        await gatherResults([group.submit(parcel()) for _ in range(9)])
        assert store.groups == [1, 8]
        store.groups.clear()
        await gatherResults([group.submit(parcel()) for _ in range(40)])
        assert store.groups == [1, 20, 19]

    @pytest_twisted.ensureDeferred
    async def test_are_no_more_than_the_limit(self, make: Make, store: Store) -> None:
        """A group has so many items, and no more."""
        group = make(most=4)
        await gatherResults([group.submit(parcel()) for _ in range(10)])
        assert store.groups == [1, 4, 4, 1]

    @pytest_twisted.ensureDeferred
    async def test_are_no_larger_than_the_limit(self, make: Make, store: Store) -> None:
        """A group has so many bytes, and no more."""
        group = make(size=lambda item: len(item.label), most_bytes=10)
        await gatherResults([group.submit(parcel("abcd")) for _ in range(6)])
        assert store.groups == [1, 2, 2, 1]

    @pytest_twisted.ensureDeferred
    async def test_do_not_wait_for_one_that_is_too_large_for_any(self, make: Make, store: Store) -> None:
        """A large one goes alone, on another connection, beside the groups."""
        group = make(size=lambda item: len(item.label), most_bytes=10)
        order: list[str] = []
        large = group.submit(parcel("a" * 11, pause=0.3)).addCallback(order.append)
        small = group.submit(parcel("small")).addCallback(order.append)
        await gatherResults([large, small])
        assert order == ["SMALL", "A" * 11]

    @pytest_twisted.ensureDeferred
    async def test_can_be_told_apart_by_an_error(self, make: Make) -> None:
        """A result that is an exception is raised to its own caller."""
        group = make()
        got = await outcomes([group.submit(parcel(label)) for label in ("first", "ana", "nobody", "bo")])
        assert got[:2] + got[3:] == ["FIRST", "ANA", "BO"]
        assert isinstance(got[2], NotFound)


class TestAPoisonedRow:
    """One row that can't be written costs the others nothing, and its caller alone gets an error."""

    @pytest.mark.parametrize(
        ("poison", "error"),
        [
            (parcel("a\0b"), ValueError),
            (parcel("a\ud800b"), UnicodeEncodeError),
            (parcel(amount=-1), psycopg2.errors.CheckViolation),
            (parcel(amount=1 << 40), psycopg2.errors.NumericValueOutOfRange),
        ],
        ids=["NUL", "surrogate", "constraint", "range"],
    )
    @pytest_twisted.ensureDeferred
    async def test_is_found_by_halves(
        self, make: Make, reader: Transaction, store: Store, poison: Parcel, error: type[Exception]
    ) -> None:
        """In logarithmic time, with every other row written once."""
        group = make()
        first = group.submit(parcel())
        good = [parcel() for _ in range(63)]
        got = await outcomes([group.submit(each) for each in [*good[:20], poison, *good[20:]]])
        await first
        assert isinstance(got.pop(20), error)
        assert got == ["X"] * 63
        assert len(ids(reader)) == 64
        assert set(ids(reader)) >= {each.id for each in good}
        assert len(store.groups) <= 2 + 2 * 6

    @pytest_twisted.ensureDeferred
    async def test_leaves_no_transaction_open(self, reactor: Any, dsn: str, reader: Transaction) -> None:
        """Also where a group said BEGIN itself, it is rolled back, and the next one starts afresh."""

        def write(tx: Tx, items: Sequence[Parcel]) -> list[int]:
            tx.run("BEGIN")
            for item in items:
                tx.run("INSERT INTO parcel VALUES (%(id)s, 'x', %(n)s)", {"id": item.id, "n": item.amount})
            tx.run("COMMIT")
            return [item.amount for item in items]

        group: Group[Parcel, int] = Group(reactor, "explicit", dsn, write, lambda tx, items: [None] * len(items))
        got = await outcomes([group.submit(parcel(amount=n)) for n in (1, 2, -3, 4)])
        assert [each for each in got if isinstance(each, int)] == [1, 2, 4]
        assert await group.submit(parcel(amount=5)) == 5
        assert len(ids(reader)) == 4
        await group.stop()

    @pytest_twisted.ensureDeferred
    async def test_is_said_to_all_when_the_group_itself_is_at_fault(self, reactor: Any, dsn: str) -> None:
        """A write that leaves its transaction open has committed nothing, and says so."""
        group: Group[int, int] = Group(
            reactor, "open", dsn, lambda tx, items: [tx.run("BEGIN")], lambda tx, items: [None] * len(items)
        )
        got = await outcomes([group.submit(n) for n in range(3)])
        assert [type(each) for each in got] == [RuntimeError] * 3
        await group.stop()

    @pytest_twisted.ensureDeferred
    async def test_is_not_written_again_when_the_error_came_after_the_commit(
        self, reactor: Any, dsn: str, reader: Transaction, store: Store
    ) -> None:
        """An error that is not PostgreSQL's says nothing of the transaction: the rows do."""

        def write(tx: Tx, items: Sequence[Parcel]) -> list[str | Exception]:
            store.write(tx, items)
            raise KeyError("a slip in our own code, after the commit")

        group: Group[Parcel, str] = Group(reactor, "slip", dsn, write, store.settle)
        got = await outcomes([group.submit(parcel()) for _ in range(4)])
        assert got.count("X") == 3, "the first went alone and has no half to be settled with"
        assert len(ids(reader)) == 4
        await group.stop()


class TestAConnectionLostInCommit:
    """What became of the group is found out by its rows: written once, whatever happened."""

    @pytest.mark.parametrize("cut", list(Cut))
    @pytest_twisted.ensureDeferred
    async def test_is_settled(self, make: Make, reader: Transaction, store: Store, proxy: Proxy, cut: Cut) -> None:
        """Cut before the server got it, while it was at it, and after it was done: each caller has his result."""
        group = make(proxy.dsn)
        await group.submit(parcel())
        proxy.arm(b"the end", cut)
        parcels = [parcel(f"p{n}", pause=0.2 if cut is Cut.MEANWHILE else 0) for n in range(5)]
        assert await outcomes([group.submit(each) for each in parcels]) == [f"P{n}" for n in range(5)]
        assert proxy.cuts == 1
        assert len(ids(reader)) == 6
        assert set(ids(reader)) >= {each.id for each in parcels}
        assert store.asked == [1], "the first of the five was on its way alone"

    @pytest_twisted.ensureDeferred
    async def test_is_not_settled_before_the_old_backend_is_gone(
        self, reactor: Any, make: Make, reader: Transaction, proxy: Proxy
    ) -> None:
        """One that is still at it is ended first: it would commit after we had looked, and the row stand twice."""
        group = make(proxy.dsn)
        await group.submit(parcel())
        proxy.arm(b"the end", Cut.MEANWHILE)
        lost = parcel(pause=0.4)
        assert await group.submit(lost) == "X"
        await deferLater(reactor, 0.5, lambda: None)
        assert ids(reader).count(lost.id) == 1


class TestADatabaseThatIsAway:
    """Callers are told so after their patience, and all is well once it is back."""

    @pytest_twisted.ensureDeferred
    async def test_is_unavailable_to_all_who_wait(self, make: Make) -> None:
        """Those in the group, and those behind it, none much later than his patience."""
        group = make("host=/nonexistent dbname=x", patience=0.4, most=2)
        began = time.monotonic()
        got = await outcomes([group.submit(parcel()) for _ in range(20)])
        assert {type(each) for each in got} == {Unavailable}
        assert 0.4 <= time.monotonic() - began < 1.0
        assert isinstance(got[0].__cause__, psycopg2.OperationalError)

    @pytest_twisted.ensureDeferred
    async def test_heals_by_itself(self, make: Make, dsn: str, reader: Transaction) -> None:
        """A database that is back within the patience is not noticed."""
        back = time.monotonic() + 0.3
        group = make(lambda: dsn if time.monotonic() > back else "host=/nonexistent dbname=x", patience=3)
        assert await gatherResults([group.submit(parcel()) for _ in range(3)]) == ["X"] * 3
        assert len(ids(reader)) == 3

    @pytest_twisted.ensureDeferred
    async def test_whose_backends_are_ended_is_not_noticed(self, make: Make, reader: Transaction) -> None:
        """An idle connection that was ended is made anew."""
        group = make()
        await group.submit(parcel())
        for _ in range(3):
            reader.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name LIKE 'mailit%%'"
            )
            assert await group.submit(parcel()) == "X"
        assert len(ids(reader)) == 4

    @pytest_twisted.ensureDeferred
    async def test_or_one_item_that_ends_every_connection_spares_the_others(
        self, reactor: Any, dsn: str, reader: Transaction, store: Store
    ) -> None:
        """What costs us the connection again and again is parted from the rest."""

        def write(tx: Tx, items: Sequence[Parcel]) -> list[str | Exception]:
            if any(item.label == "killer" for item in items):
                tx.rows("SELECT pg_terminate_backend(pg_backend_pid())")
            return store.write(tx, items)

        group: Group[Parcel, str] = Group(reactor, "killer", dsn, write, store.settle, patience=1)
        first = group.submit(parcel())
        labels = ["a", "b", "killer", "c", "d"]
        got = await outcomes([group.submit(parcel(label)) for label in labels])
        assert [each if isinstance(each, str) else type(each) for each in got] == ["A", "B", Unavailable, "C", "D"]
        await first
        assert len(ids(reader)) == 5
        await group.stop()


class TestAWaiterThatCancels:
    """He only stops waiting: the group he joined goes its way."""

    @pytest_twisted.ensureDeferred
    async def test_is_rid_of_it_and_the_item_is_written(self, make: Make, reader: Transaction) -> None:
        """Cancelled in flight and cancelled while waiting; the others are not touched."""
        group = make()
        waiting = [group.submit(parcel(str(n))) for n in range(4)]
        waiting[0].cancel()
        waiting[2].cancel()
        got = await outcomes(waiting)
        assert [each if isinstance(each, str) else type(each) for each in got] == [
            CancelledError,
            "1",
            CancelledError,
            "3",
        ]
        assert len(ids(reader)) == 4


class TestStopping:
    """Order at the end."""

    @pytest_twisted.ensureDeferred
    async def test_answers_those_at_hand_and_refuses_the_rest(
        self, reactor: Any, make: Make, reader: Transaction
    ) -> None:
        """Also those who wait for the next group, and large ones; the connections are closed."""
        group = make(size=lambda item: len(item.label), most_bytes=10)
        waiting = [group.submit(parcel(label, pause=0.1)) for label in ("a", "b", "c" * 20)]
        stopped = Deferred.fromCoroutine(group.stop())
        with pytest.raises(Unavailable):
            await group.submit(parcel())
        await stopped
        assert [d.called for d in waiting] == [True] * 3
        assert len(ids(reader)) == 3
        left = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'mailit%%'"
        for _ in range(200):
            if not reader.rows(left):
                break
            await deferLater(reactor, 0.01, lambda: None)
        assert reader.rows(left) == []


class TestTwoGroups:
    """Two processes that write the same rows in different order."""

    @pytest_twisted.ensureDeferred
    async def test_get_over_a_deadlock(self, reactor: Any, dsn: str, postgres: Postgres) -> None:
        """One of them is chosen to give way, and is tried again."""
        connection = connect(dsn, "reader", autocommit=True)
        Transaction(connection).run("CREATE TABLE pair (n int PRIMARY KEY); INSERT INTO pair VALUES (1), (2)")

        def write(tx: Tx, items: Sequence[tuple[int, int]]) -> list[str]:
            tx.run("BEGIN")
            for n in items[0]:
                tx.run("UPDATE pair SET n = n WHERE n = %(n)s; SELECT pg_sleep(0.1)", {"n": n})
            tx.run("COMMIT")
            return ["done"]

        groups: list[Group[tuple[int, int], str]] = [
            Group(reactor, "pair", dsn, write, lambda tx, items: [None] * len(items)) for _ in range(2)
        ]
        assert await gatherResults([groups[0].submit((1, 2)), groups[1].submit((2, 1))]) == ["done", "done"]
        for group in groups:
            await group.stop()
        connection.close()
