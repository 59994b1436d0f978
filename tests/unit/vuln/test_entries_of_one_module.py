"""Entries that speak of one module several times: one finding, in one order, and what mends all of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attest.model.binary import BuildInfo, Module
from attest.model.limits import DEFAULT_LIMITS
from attest.vuln.database import Database
from attest.vuln.match import scan
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from attest.model.vulnerability import KnownVulnerability

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MODULE = "example.com/codec"
HELD = {MODULE: frozenset({"Decode", "Encode"})}
FORK = Module(path=MODULE, version="v1.2.0")


def meant(symbol: str, *versions: str) -> dict[str, Any]:
    """A symbol between versions: introduced, mended, introduced again …; no symbol is the whole module."""
    events = [{("introduced", "fixed")[at % 2]: each} for at, each in enumerate(versions)]
    made: dict[str, Any] = {"package": {"name": MODULE}, "ranges": [{"type": "SEMVER", "events": events}]}
    if symbol:
        made["ecosystem_specific"] = {"imports": [{"path": MODULE, "symbols": [symbol]}]}
    return made


def found(version: str, *affected: dict[str, Any], deps: tuple[Module, ...] = ()) -> list[KnownVulnerability]:
    content = {
        "index/modules.json": [{"path": MODULE, "vulns": [{"id": "GO-2026-0001"}]}],
        "ID/GO-2026-0001.json": {"id": "GO-2026-0001", "affected": affected},
    }
    database = Database(lambda name, _: json.dumps(content[name]).encode(), DEFAULT_LIMITS)
    info = BuildInfo(go_version="go1.25.3", path="x", deps=(Module(path=MODULE, version=version), *deps))
    return list(scan(info, database, lambda _: HELD, NOW).found)


@pytest.mark.parametrize(
    ("why", "version", "affected", "symbols", "fixed"),
    [
        (
            "two symbols, mended at different times: one finding, mended when both are",
            "v1.0.0",
            [meant("Decode", "0", "1.1.0"), meant("Encode", "0", "1.3.0")],
            (f"{MODULE}.Decode", f"{MODULE}.Encode"),
            "v1.3.0",
        ),
        (
            "what is meant of another version is not told",
            "v1.0.0",
            [meant("Decode", "0", "1.1.0"), meant("Encode", "1.2.0", "1.3.0")],
            (f"{MODULE}.Decode",),
            "v1.1.0",
        ),
        (
            "mended into a version that another range means",
            "v1.0.0",
            [meant("Decode", "1.0.0", "1.5.0", "2.0.0", "2.1.0"), meant("Decode", "1.4.0", "1.6.0")],
            (f"{MODULE}.Decode",),
            "v1.6.0",
        ),
        (
            "an older line was mended before",
            "v1.0.0",
            [meant("Decode", "0.1.0", "0.1.9", "1.0.0", "2.0.0")],
            (f"{MODULE}.Decode",),
            "v2.0.0",
        ),
        (
            "a symbol that is not there, and the whole module",
            "v1.0.0",
            [meant("Absent", "0"), meant("", "0")],
            (),
            "",
        ),
        ("mended, and broken ever since", "v1.0.0", [meant("Decode", "0", "1.1.0", "1.1.0")], None, ""),
    ],
)
def test_one_finding(
    why: str, version: str, affected: list[dict[str, Any]], symbols: tuple[str, ...] | None, fixed: str
) -> None:
    mine = [(each.symbols, each.fixed) for each in found(version, *affected)]
    assert mine == [((f"{MODULE}.Decode",) if symbols is None else symbols, fixed)], why


def test_a_module_under_two_names_is_told_for_each() -> None:
    mine = found("v1.0.0", meant("Decode", "0"), deps=(FORK,))
    assert [each.version for each in mine] == ["v1.0.0", "v1.2.0"]


def test_the_order_is_that_of_every_run() -> None:
    program = (
        "from tests.unit.vuln.test_entries_of_one_module import FORK, found, meant;"
        "print(found('v1.0.0', meant('Decode', '0'), meant('Encode', '0', '2.0.0'), deps=(FORK,)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123456"
    }
    assert len(said) == 1
    assert "Encode" in said.pop()
