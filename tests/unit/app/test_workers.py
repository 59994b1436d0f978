from __future__ import annotations

import hashlib
import os
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app import processes, workers
from attest.app.workers import Job, prove, prove_all
from attest.edge.files import DirectoryTree
from attest.errors import LimitError
from attest.go import dirhash
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from tests.unit.go.proxy import module_zip

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attest.go.sums import ProvenLine


def job(number: int, sha: str, *, listed: bool = False) -> Job:
    line = GoSumLine(
        module=ModuleVersion(path=f"a.b/x{number}", version="v1.0.0"),
        kind="zip" if number % 2 else "go.mod",
        hash=sha,
        place=Place(file="go.sum", line=number),
    )
    return Job(line=line, needed=True, listed=listed)


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryTree:
    for number in range(1, 10, 2):
        stem = tmp_path / "cache" / "download" / "a.b" / f"x{number}" / "@v"
        stem.mkdir(parents=True)
        (stem / "v1.0.0.zip").write_bytes(module_zip(f"a.b/x{number}", "v1.0.0", {"x.go": b"package x\n"}))
    return DirectoryTree.of(tmp_path)


def jobs() -> list[Job]:
    """Lines that match, that do not, whose zip is not there, and go.mod lines that are not there either."""
    content = hashlib.sha256(b"package x\n").hexdigest()
    right = {number: dirhash.h1([(f"a.b/x{number}@v1.0.0/x.go", content)]) for number in range(12)}
    return [job(number, "h1:wrong" if number == 3 else right[number], listed=number == 5) for number in right]


def expected(tree: DirectoryTree) -> list[object]:
    return bare(prove(each, tree, DEFAULT_LIMITS) for each in jobs())


def bare(found: Iterable[ProvenLine | None]) -> list[object]:
    """Without what may be remembered: files that were written just now become old enough for it meanwhile."""
    return [each and replace(each, record="") for each in found]


def test_processes_find_what_threads_find(cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ENOUGH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asked: list[int] = []
    told = processes.apply

    def watched(*arguments: object, **settings: object) -> dict[int, object]:
        found: dict[int, object] = told(*arguments, **settings)  # type: ignore[arg-type] # passed on as they are
        asked.extend(found)
        return found

    monkeypatch.setattr(processes, "apply", watched)
    found = prove_all(jobs(), cache, DEFAULT_LIMITS)
    assert sorted(asked) == [1, 3, 5, 7, 9, 11]
    assert bare(found) == expected(cache)
    assert [each.proof.status for each in found if each and each.proof.kind == "zip"] == [
        "match",
        "mismatch",
        "match",
        "match",
        "match",
        "absent",
    ]
    assert [bool(each and each.manifest) for each in found].index(True) == 5


@pytest.mark.parametrize("executable", ["", "/no/such/python", "/bin/some-program-with-python-inside"])
def test_threads_do_what_processes_cannot(
    cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    monkeypatch.setattr(workers, "ENOUGH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "executable", executable)
    assert bare(prove_all(jobs(), cache, DEFAULT_LIMITS)) == expected(cache)


@pytest.mark.parametrize("boot", ["", "raise SystemExit(3)", "print('not a pickle', flush=True); input()"])
def test_processes_that_end_early(cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch, boot: str) -> None:
    monkeypatch.setattr(workers, "ENOUGH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(processes, "_BOOT", boot)
    assert bare(prove_all(jobs(), cache, DEFAULT_LIMITS)) == expected(cache)


def test_few_modules_start_no_process(cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(processes, "apply")
    assert bare(prove_all(jobs(), cache, DEFAULT_LIMITS)) == expected(cache)


@pytest.mark.parametrize("enough", [1, 1000])
def test_something_else_is_done_once_meanwhile(
    cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch, enough: int
) -> None:
    monkeypatch.setattr(workers, "ENOUGH", enough)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    done: list[int] = []
    here = threading.get_ident()
    found = prove_all(jobs(), cache, DEFAULT_LIMITS, meanwhile=lambda: done.append(threading.get_ident()))
    assert done == [here]
    assert bare(found) == expected(cache)


@pytest.mark.parametrize("enough", [1, 1000])
def test_what_goes_wrong_meanwhile_ends_it(
    cache: DirectoryTree, monkeypatch: pytest.MonkeyPatch, enough: int
) -> None:
    monkeypatch.setattr(workers, "ENOUGH", enough)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def fail() -> None:
        raise LimitError("too many directories")

    with pytest.raises(LimitError, match="too many directories"):
        prove_all(jobs(), cache, DEFAULT_LIMITS, meanwhile=fail)
