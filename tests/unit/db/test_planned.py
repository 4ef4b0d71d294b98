"""Statements that are planned once: what is prepared, and what is called."""

from __future__ import annotations

import pytest

from mailit.db.planned import Planned

TAKE = Planned.of("SELECT * FROM unnest(%(ids)s::uuid[], %(names)s::text[]) WHERE name LIKE 'a%%' AND id <> %(ids)s")


class TestAStatement:
    """It is PREPAREd with the types that its parameters name, and called with their values."""

    def test_parameters_become_numbers(self):
        """The same parameter is the same number, and a doubled per cent sign a single one."""
        (statement,) = TAKE.statements
        assert statement.prepare == (
            f"PREPARE {statement.name} (uuid[], text[]) AS "
            "SELECT * FROM unnest($1::uuid[], $2::text[]) WHERE name LIKE 'a%' AND id <> $1"
        )
        assert statement.call == f"EXECUTE {statement.name}(%(ids)s, %(names)s);"

    def test_without_parameters(self):
        """No parentheses are left."""
        (statement,) = Planned.of("SELECT 1").statements
        assert (statement.prepare, statement.call) == (
            f"PREPARE {statement.name} AS SELECT 1",
            f"EXECUTE {statement.name};",
        )

    def test_a_parameter_without_a_type(self):
        """It can't be prepared, and says which."""
        with pytest.raises(ValueError, match="name has no type"):
            Planned.of("SELECT %(name)s")

    def test_other_text_has_another_name(self):
        """Two statements never share a plan."""
        assert Planned.of("SELECT 1").statements[0].name != Planned.of("SELECT 2").statements[0].name


class TestSeveral:
    """They are one string, and each is prepared by itself."""

    def test_joined(self):
        """What is plain text is sent as it is."""
        both = TAKE + Planned.of("SELECT 1") + "COMMIT;"
        assert [bool(one.prepare) for one in both.statements] == [True, True, False]
        assert both.statements[2].call == "COMMIT;"

    def test_as_text(self):
        """Where nothing is prepared, it is what was written."""
        assert Planned.of("SELECT 1") + Planned.of("SELECT 2") == "SELECT 1;SELECT 2;"
