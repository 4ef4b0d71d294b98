"""Array literals, by PostgreSQL's rules for reading them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailit.db.arrays import array, bytea_array


def read(literal: str) -> list[str | None]:
    """Reads a literal as the manual says (8.15.6): quoted elements, backslash escapes, a bare NULL."""
    assert literal[0] == "{" and literal[-1] == "}"
    found: list[str | None] = []
    rest = literal[1:-1]
    while rest:
        if rest[0] == '"':
            text, at = [], 1
            while rest[at] != '"':
                at += rest[at] == "\\"
                text.append(rest[at])
                at += 1
            found.append("".join(text))
            rest = rest[at + 1 :]
        else:
            bare, _, _ = rest.partition(",")
            found.append(None if bare == "NULL" else bare)
            rest = rest[len(bare) :]
        assert not rest or rest[0] == ","
        rest = rest[1:]
    return found


class TestAnArray:
    """Each element comes out as it went in."""

    @given(st.lists(st.text()))
    def test_of_text(self, values: list[str]) -> None:
        """Quotes, backslashes, braces, commas, nothing at all, and the word NULL."""
        assert read(array(values)) == values

    @given(st.lists(st.none() | st.text()))
    def test_of_text_with_gaps(self, values: list[str | None]) -> None:
        """A gap is NULL, and the text "NULL" is not."""
        assert read(array(values)) == values

    def test_of_text_that_looks_like_a_border(self) -> None:
        """What could be taken for the end of one element and the beginning of the next."""
        for values in (['","'], ["a", '","', "b"], ['"'], ["\\"], ['\\"'], ["NULL"], [""], ["", ""], ["{}"]):
            assert read(array(values)) == values

    @given(st.lists(st.integers()))
    def test_of_whole_numbers(self, values: list[int]) -> None:
        """As they are written."""
        assert read(array(values)) == [str(value) for value in values]

    def test_of_truth_and_fractions(self) -> None:
        """In PostgreSQL's words."""
        assert array([True, False, None, 1.5, 1e300]) == "{t,f,NULL,1.5,1e+300}"

    @given(st.lists(st.none() | st.binary()))
    def test_of_bytes(self, values: list[bytes | None]) -> None:
        """In hexadecimal, with the backslash that opens it escaped."""
        expected = [None if value is None else "\\x" + value.hex() for value in values]
        assert read(bytea_array(values)) == expected

    def test_takes_whatever_can_be_gone_through(self) -> None:
        """A generator is gone through once."""
        assert array(str(n) for n in range(3)) == '{"0","1","2"}'
        assert array(iter(())) == "{}"
