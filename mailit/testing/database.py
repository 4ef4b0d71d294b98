"""A database for tests that runs no SQL: it knows the answers it was given, and refuses every other statement."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed

from mailit.errors import Unavailable

T = TypeVar("T")

Params = Mapping[str, Any]
Rows = int | Sequence[Mapping[str, Any]]
"""How many rows a statement touched, or the rows of a query, each by its columns' names."""

Answer = Rows | Callable[[Params], Rows]


class Unscripted(AssertionError):
    """A statement came to which no answer was given."""


class Undoes(Protocol):
    """What a transaction that fails leaves as it was."""

    def saved(self) -> Callable[[], None]:
        """Keeps its state; calling what this gives brings it back."""
        ...


@define(eq=False)
class MemoryDatabase:
    """Implements `interfaces.Database`: `transact` runs its work at once, on a `MemoryTx`.

    There is no SQL here, so that nothing here says whether SQL is right: for that there is
    `mailit.testing.postgres`. What a test can do is answer a statement, by its constant, and see what was asked:

        database.answer(store.COUNT, [{"count": 3}])
        database.answer(store.ADD, lambda params: 1)

    `ran` has the statements of all transactions that were committed, each with its parameters. While `away` is true
    everything is `Unavailable`. `undoes` are parts of the house that take part in its transactions.
    """

    away: bool = False
    undoes: list[Undoes] = field(factory=list)
    ran: list[tuple[str, Params]] = field(factory=list, init=False)
    answers: dict[str, Answer] = field(factory=dict, init=False)

    def answer(self, sql: str, answer: Answer) -> None:
        """From now on this statement has this answer."""
        self.answers[_plain(sql)] = answer

    def params(self, sql: str) -> list[Params]:
        """The parameters of each time that this statement was run and committed."""
        return [params for ran, params in self.ran if ran == _plain(sql)]

    def transact(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        """See `interfaces.Database`."""
        try:
            with self.transaction() as tx:
                return succeed(work(tx, *args, **kwargs))
        except Exception:
            return fail()

    @contextmanager
    def transaction(self) -> Any:
        """A transaction as a context: committed at its end, undone where it raises."""
        if self.away:
            raise Unavailable
        with ExitStack() as undo:
            for part in self.undoes:
                undo.callback(part.saved())
            tx = MemoryTx(self.answers)
            yield tx
            undo.pop_all()
        self.ran += tx.ran


@define(eq=False)
class MemoryTx:
    """Implements `interfaces.Tx`: gives the answers that were given to its database, and notes what was asked."""

    _answers: Mapping[str, Answer]
    ran: list[tuple[str, Params]] = field(factory=list, init=False)

    def run(self, sql: str, params: Params | None = None) -> int:
        """See `interfaces.Tx`."""
        given = self._ask(sql, params)
        return given if isinstance(given, int) else len(given)

    def rows(self, sql: str, params: Params | None = None) -> list[Any]:
        """See `interfaces.Tx`."""
        given = self._ask(sql, params)
        if isinstance(given, int):
            raise Unscripted(f"rows are asked of a statement whose answer is the number {given}: {_plain(sql)}")
        return [namedtuple("Row", list(row))(**row) for row in given]

    def row(self, sql: str, params: Params | None = None) -> Any | None:
        """See `interfaces.Tx`."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def _ask(self, sql: str, params: Params | None) -> Rows:
        statement, params = _plain(sql), params or {}
        answer = self._answers.get(statement)
        if answer is None:
            raise Unscripted(
                f"no answer was given to {statement!r}: this database runs no SQL. Give one by "
                "database.answer(SQL, rows), or test on a real one (mailit.testing.postgres)."
            )
        self.ran.append((statement, params))
        return answer(params) if callable(answer) else answer


def _plain(sql: str) -> str:
    return " ".join(sql.split())
