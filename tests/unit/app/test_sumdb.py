from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.app.sumdb import SumdbEvidence, database_key, judge_sumdb
from attest.errors import UsageError
from attest.go import gosum
from attest.model.limits import DEFAULT_LIMITS, Limits
from tests.fakes import MemoryTree
from tests.unit.go.testlog import NAME, VERIFIER, Log, line_of, record_of

if TYPE_CHECKING:
    from attest.model.source import SumdbReport

LOG = Log(400)
CACHE = f"cache/download/sumdb/{NAME}"
LINES = gosum.parse(record_of(7).encode())


def cache(files: dict[str, bytes]) -> MemoryTree:
    return MemoryTree({f"{CACHE}/{name}": data for name, data in files.items()}, label="mod")


def report(
    tree: MemoryTree | None,
    heads: MemoryTree | None = None,
    *,
    setting: str = VERIFIER,
    excluded: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> SumdbReport:
    evidence = SumdbEvidence(
        key=database_key(setting), excluded=excluded, required=True, cache=tree, heads=heads
    )
    return judge_sumdb(LINES, evidence, limits)


def test_the_go_commands_cache_proves_go_sum() -> None:
    found = report(cache(LOG.files(400, 7)), MemoryTree({f"{NAME}/latest": LOG.head(400)}))
    assert (found.database, found.required, found.faults) == (NAME, True, ())
    assert [(line.kind, line.status, line.place.line) for line in found.lines] == [
        ("zip", "proven", 1),
        ("go.mod", "proven", 2),
    ]
    assert line_of(7).module == found.lines[0].module


@pytest.mark.parametrize("wider", ["tile/8/0/001.p/144", "tile/8/0/001"])
def test_wider_tiles_hold_what_partial_ones_held(wider: str) -> None:
    files = LOG.files(300, 7)
    del files["tile/8/0/001.p/44"]
    files["tile/8/0/001.p/20"] = b"too narrow"
    files[wider] = Log(512).tiles(400 if ".p" in wider else 512)[wider]
    assert {line.status for line in report(cache(files)).lines} == {"proven"}


def test_empty_files_are_not_there() -> None:
    files = {**LOG.files(300, 7), "lookup/example.com/!m7@v1.0.0": b""}
    assert {line.reason for line in report(cache(files)).lines} == {f"mod/{CACHE} has no answer about it"}
    files = {**LOG.files(300, 7), "tile/8/1/000.p/1": b""}
    assert {line.reason for line in report(cache(files)).lines} == {"the tile tile/8/1/000.p/1 is not there"}


def test_nothing_is_proven_without_a_cache_or_a_database() -> None:
    assert {line.reason for line in report(None).lines} == {"no module cache has no answer about it"}
    off = report(cache(LOG.files(400, 7)), setting="off")
    assert off.database == ""
    assert {(line.status, line.reason) for line in off.lines} == {("unproven", "GOSUMDB is off")}


def test_a_head_that_cannot_be_read_is_not_there() -> None:
    heads = MemoryTree({}, unreadable=frozenset({f"{NAME}/latest"}))
    assert {line.status for line in report(cache(LOG.files(400, 7)), heads).lines} == {"proven"}


def test_private_modules() -> None:
    found = report(cache(LOG.files(400, 7)), excluded="example.com")
    assert {line.status for line in found.lines} == {"excluded"}


def test_limits() -> None:
    found = report(cache(LOG.files(400, 7)), limits=Limits(sumdb_answer_bytes=10))
    assert {line.reason for line in found.lines} == {"larger than 10 bytes"}


def test_a_setting_that_names_no_database() -> None:
    with pytest.raises(UsageError, match=r"the key of 'sum\.example\.com' is not known") as caught:
        database_key("sum.example.com")
    assert caught.value.hint


def test_a_folder_of_partial_tiles_that_is_none() -> None:
    files = LOG.files(300, 7)
    del files["tile/8/0/001.p/44"]
    tree = cache({**files, "tile/8/0/001.p": b"a file"})
    assert {line.reason for line in report(tree).lines} == {"the tile tile/8/0/001.p/44 is not there"}
