"""Every tampered tree of the table is denied as it says, every clean one passes."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, get_args

import pytest

from attest.app.check import check_source
from attest.app.verify import Run, verify_source
from attest.edge.files import DirectoryTree
from attest.model.source import Platform
from tests.tampered.table import CHECKS, DIRECTORY, HARMLESS, POLICY, ROWS, Edit, Harmless, Row
from tests.tampered.worlds import Base, Copy, Worlds, make, write
from tests.unit.go.proxy import GO
from tests.unit.policy.world import base_policy, policy_of

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.verdict import Finding, Verdict
    from attest.policy.model import Policy

LINUX = Platform(goos="linux", goarch="amd64")
CACHE = "modcache/"


@cache
def policy() -> Policy:
    return policy_of({**base_policy(), "modules": POLICY, "checks": CHECKS})


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    root = tmp_path_factory.mktemp("worlds")

    def folder(name: str) -> Path:
        (root / name).mkdir(exist_ok=True)
        return root / name

    return make(folder)


def judged(copy: Copy) -> Verdict:
    modcache = DirectoryTree(copy.modcache, "modcache")
    report = check_source(DirectoryTree.of(copy.app), modcache=modcache, platforms=(LINUX,))
    return verify_source(report, Run(now=datetime(2026, 11, 22, tzinfo=UTC)), policy=policy())


def path_of(copy: Copy, name: str) -> Path:
    return copy.modcache / name.removeprefix(CACHE) if name.startswith(CACHE) else copy.app / name


def tamper(copy: Copy, edits: tuple[Edit, ...]) -> None:
    for name, old, new in edits:
        path = path_of(copy, name)
        if new is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif name.endswith("/"):
            path.mkdir()
        elif isinstance(new, bytes):
            write(path, new)
        else:
            text = new if old is None else path.read_bytes().decode()
            assert old is None or old in text, f"{name} has no {old!r}"
            write(path, (text if old is None else text.replace(old, new)).encode())


def prepared(worlds: Worlds, base: Base, edits: tuple[Edit, ...], folder: Path) -> Copy:
    copy = worlds.copy(base, folder, cache=any(name.startswith(CACHE) for name, _, _ in edits))
    tamper(copy, edits)
    return copy


def said(worlds: Worlds, copy: Copy, command: tuple[str, ...]) -> tuple[int, str]:
    """The exit code of the go command, and what it prints."""
    done = worlds.go.try_run(copy.app, *command, CGO_ENABLED="0", GOMODCACHE=str(copy.modcache))
    return done.returncode, done.stdout + done.stderr


def points_at(finding: Finding, row: Row, copy: Copy) -> bool:
    file, number = (finding.place.file, finding.place.line) if finding.place else ("", None)
    if file != row.at or row.message not in finding.message:
        return False
    lines = path_of(copy, file).read_bytes().decode().split("\n") if row.line else []
    return not row.line or (number is not None and row.line in lines[number - 1])


@pytest.mark.parametrize("base", get_args(Base))
def test_a_clean_tree_passes(base: Base, worlds: Worlds, tmp_path: Path) -> None:
    copy = prepared(worlds, base, (), tmp_path)
    verdict = judged(copy)
    assert (verdict.decision, verdict.exit_code) == ("pass", 0)
    assert [each for each in verdict.findings if each.severity != "info"] == []
    assert said(worlds, copy, ("build", "./..."))[0] == 0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why.replace(" ", "-"))
def test_a_tampered_tree_is_denied(row: Row, worlds: Worlds, tmp_path: Path) -> None:
    copy = prepared(worlds, row.base, row.edits, tmp_path)
    verdict = judged(copy)
    denying = [each for each in verdict.findings if each.severity == "deny"]
    assert (verdict.decision, verdict.exit_code) == ("deny", 1), verdict.findings
    assert {each.check for each in denying} == set(row.denies), denying
    found = [each for each in denying if each.check == row.denies[0] and points_at(each, row, copy)]
    assert [each.outcome for each in found][:1] == [row.outcome], denying
    code, text = said(worlds, copy, row.command)
    assert (code != 0, row.go in text) == (bool(row.go), True), text


@pytest.mark.parametrize("row", HARMLESS, ids=lambda row: row.why.replace(" ", "-"))
def test_a_harmless_change_passes(row: Harmless, worlds: Worlds, tmp_path: Path) -> None:
    copy = prepared(worlds, "cached", row.edits, tmp_path)
    verdict = judged(copy)
    assert (verdict.decision, verdict.exit_code) == ("pass", 0), verdict.findings
    code, text = said(worlds, copy, ("mod", "verify"))
    assert (code != 0, (row.go or "all modules verified") in text) == (bool(row.go), True), text


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_to_the_same_bytes_is_denied(worlds: Worlds, tmp_path: Path) -> None:
    """What the link leads to can change after it was hashed; `go mod verify` follows it."""
    copy = worlds.copy("cached", tmp_path, cache=True)
    genuine = path_of(copy, f"{DIRECTORY}/alpha.go").rename(tmp_path / "alpha.go")
    path_of(copy, f"{DIRECTORY}/alpha.go").symlink_to(genuine)
    (found,) = [each for each in judged(copy).findings if each.severity == "deny"]
    assert found.check == "modcache-modified"
    assert found.message.endswith("cannot be compared: is a symbolic link")
    assert "all modules verified" in said(worlds, copy, ("mod", "verify"))[1]


def test_the_table_is_long_enough_and_tells_rows_apart() -> None:
    assert len(ROWS) >= 60
    assert len({row.why for row in ROWS}) == len({row.edits for row in ROWS}) == len(ROWS)
