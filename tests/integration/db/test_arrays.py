"""Array literals, as the real server reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailit.db.arrays import array, bytea_array
from mailit.db.connection import Transaction, connect

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_REAL = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tx(dsn: str) -> Iterator[Transaction]:
    """Something to ask."""
    connection = connect(dsn, "tests", autocommit=True)
    yield Transaction(connection)
    connection.close()


class TestAnArray:
    """Comes back as it went."""

    @given(values=st.lists(st.none() | _TEXT))
    @_REAL
    def test_of_text(self, tx: Transaction, values: list[str | None]) -> None:
        """Every text that PostgreSQL can hold."""
        assert tx.rows("SELECT %(x)s::text[] AS x", {"x": array(values)})[0].x == values

    @given(values=st.lists(st.none() | st.binary()))
    @_REAL
    def test_of_bytes(self, tx: Transaction, values: list[bytes | None]) -> None:
        """Every byte."""
        rows = tx.rows("SELECT x FROM unnest(%(x)s::bytea[]) AS x", {"x": bytea_array(values)})
        assert [row.x for row in rows] == values

    @given(values=st.lists(st.none() | st.floats(allow_nan=False) | st.integers(-(2**53), 2**53)))
    @_REAL
    def test_of_numbers(self, tx: Transaction, values: list[float | None]) -> None:
        """To the last digit, infinity among them."""
        assert tx.rows("SELECT %(x)s::float8[] AS x", {"x": array(values)})[0].x == values

    def test_of_truth(self, tx: Transaction) -> None:
        """True, false, and unknown."""
        assert tx.rows("SELECT %(x)s::bool[] AS x", {"x": array([True, False, None])})[0].x == [True, False, None]
