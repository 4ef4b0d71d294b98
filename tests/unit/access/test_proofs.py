"""Proofs: the same work, in the same order, whether or not there is an account."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred, maybeDeferred, succeed

from mailit.access.passwords import Cost, Passwords, hashed_now
from mailit.access.proofs import Proofs

CHEAP = Cost(16, 1, 1)
PASSWORD = "correct horse"


@define
class Row:
    """What a query gives."""

    id: str = "account"
    email: str = "ana@example.com"
    name: str = "Ana"
    password: str = ""
    operator: bool = False
    created_at: Any = None
    tries: int = 1
    since: Any = None


@define
class Work:
    """A database with one account, or none, and what was asked of it and of the hash, in order."""

    there: bool
    done: list[str] = field(factory=list)

    def transact(self, work: Any, *args: Any) -> Deferred[Any]:
        self.done.append("transaction")
        return maybeDeferred(work, self, *args)

    def rows(self, sql: str, params: Any = None) -> list[Row]:
        self.done.append(" ".join(sql.split()[:2]))
        return [Row()]

    def row(self, sql: str, params: Any = None) -> Row | None:
        self.done.append(" ".join(sql.split()[:2]))
        return Row(password=hashed_now(PASSWORD, CHEAP)) if self.there else None

    def in_thread(self, function: Any, *args: Any) -> Deferred[Any]:
        self.done.append("hash")
        return succeed(function(*args))


def tried(work: Work, password: str) -> Any:
    proofs = Proofs(work, Passwords(work.in_thread, CHEAP), lambda: 0.0)
    found: list[Any] = []
    Deferred.fromCoroutine(proofs.anybody("ana@example.com", password, "203.0.113.9")).addBoth(found.append)
    return found[0]


class TestSomebodyWhoSaysWhoHeIs:
    """Neither an answer nor the time that it takes tells whether there is such an account."""

    def test_the_right_password(self) -> None:
        assert tried(Work(there=True), PASSWORD).email == "ana@example.com"

    @pytest.mark.parametrize("password", ["wrong horse", "", "x" * 5000])
    def test_the_work_is_the_same(self, password: str) -> None:
        known, unknown = Work(there=True), Work(there=False)
        assert tried(known, password) is tried(unknown, password) is None
        assert known.done == unknown.done == ["transaction", "SELECT 1", "INSERT INTO", "SELECT id,", "hash"]

    def test_it_is_counted_before_it_is_looked_at(self) -> None:
        """So that a hundred at once are counted, too."""
        work = Work(there=True)
        tried(work, PASSWORD)
        assert work.done.index("INSERT INTO") < work.done.index("hash")
