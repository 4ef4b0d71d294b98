"""The digest of a JSON body: one for every way to write the same thing, another for anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.api import canonical
from mailit.api.canonical import digest
from mailit.errors import Malformed

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def shuffled(value: Any) -> Any:
    """The same value, with the keys of its objects in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


class TestTheSameThing:
    """Blanks, escapes and the order of keys make no difference."""

    @given(values)
    def test_another_way_to_write_it(self, value: Any) -> None:
        other = json.dumps(shuffled(value), indent=1, ensure_ascii=True)
        assert digest(json.dumps(value, ensure_ascii=False).encode()) == digest(other.encode())

    @given(values)
    def test_large_parts_are_taken_one_by_one(self, value: Any) -> None:
        whole = {"a": value, "long": "x" * 70_000, "b": [[value], {"é": "y" * 70_000}], "c": list(range(20_000))}
        raw = json.dumps(shuffled(whole)).encode()
        assert digest(raw) == digest(json.dumps(whole, ensure_ascii=False).encode())

    def test_in_parts_it_is_the_same_as_in_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = json.dumps({"b": [{"x": "y" * 40}, ["z"]], "a": "w" * 40}, separators=(",", ":")).encode()
        one = digest(raw)
        monkeypatch.setattr(canonical, "_WHOLE", 10)
        assert digest(raw) == one

    @pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000])
    def test_a_number_that_is_too_large_to_be_read(self, number: str) -> None:
        """It may stand at a key that is passed over."""
        raw = b'{"a":[%s],"long":"' % number.encode()
        for length in (1, 70_000):
            one, other = raw + b"x" * length + b'"}', raw + b"x" * length + b'y"}'
            assert digest(one) == digest(one)
            assert digest(one) != digest(other)

    @pytest.mark.parametrize("raw", [b'{"a":1e999,"b":01}', b'{"a":1e999', b"[1e999]]"])
    def test_what_has_one_and_is_no_json(self, raw: bytes) -> None:
        with pytest.raises(Malformed):
            digest(raw)

    def test_nothing_is_an_empty_object(self) -> None:
        assert digest(b"") == digest(b" { } ")


class TestAnotherThing:
    """The order of a list, a value, a key: each counts."""

    @pytest.mark.parametrize("other", ["[2,1]", "[1,2,3]", '["1",2]', "[1,2.5]", '{"a":[1,2]}'])
    def test_it_differs(self, other: str) -> None:
        assert digest(b"[1,2]") != digest(other.encode())

    @pytest.mark.parametrize("raw", [b"{", b"nothing", b'"\xff"'])
    def test_what_is_no_json(self, raw: bytes) -> None:
        with pytest.raises(Malformed):
            digest(raw)
