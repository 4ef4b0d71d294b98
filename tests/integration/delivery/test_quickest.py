"""Which way to RSA is taken is measured, in processes of their own; that it can't be costs nothing."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor

from mailit.delivery.quickest import WAYS, environment, quickest


def python(folder: Path, script: str) -> str:
    """A program that is started in the place of Python."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


@pytest_twisted.ensureDeferred
async def test_it_measures_and_says_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENSSL_ia32cap", raising=False)
    assert await quickest(reactor) in WAYS


@pytest.mark.parametrize(
    ("own", "other", "way"),
    [(700, 600, 1), (700, 690, 0), (600, 700, 0)],
    ids=["quicker by a seventh", "hardly quicker", "slower"],
)
@pytest_twisted.ensureDeferred
async def test_another_way_has_to_be_worth_it(
    own: int, other: int, way: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENSSL_ia32cap", raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "executable", python(tmp_path, f'test "$OPENSSL_ia32cap" && echo {other} || echo {own}'))
    assert await quickest(reactor) == WAYS[way]


@pytest.mark.parametrize("script", ["exit 1", "echo no number", "kill -9 $$"])
@pytest_twisted.ensureDeferred
async def test_where_nothing_comes_of_it_openssl_decides(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENSSL_ia32cap", raising=False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "executable", python(tmp_path, script))
    assert await quickest(reactor) == {}


@pytest_twisted.ensureDeferred
async def test_what_somebody_has_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSSL_ia32cap", ":~0x1")
    monkeypatch.setattr(sys, "executable", python(tmp_path, "echo 1"))
    assert await quickest(reactor) == {}
    assert environment({})["OPENSSL_ia32cap"] == ":~0x1"
