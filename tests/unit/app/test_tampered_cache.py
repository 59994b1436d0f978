"""What `go mod verify` and attest say of one module cache, tampered with in every place that it has.

`go mod verify` compares zip and directory with the .ziphash alone, and never with go.sum.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.edge.files import DirectoryTree
from attest.model.source import Platform
from tests.unit.go.fixtures import go, world
from tests.unit.go.proxy import module_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.model.source import SourceReport
    from tests.unit.go.fixtures import World

__all__ = ["go", "world"]

MODULE = "example.com/alpha@v1.1.0"
STEM = "cache/download/example.com/alpha/@v/v1.1.0"
VERIFIED = "all modules verified"


@dataclass(frozen=True, slots=True)
class Copy:
    """A source tree and a module cache that a row may change."""

    widget: Path
    cache: Path

    def file(self, name: str) -> Path:
        return self.cache / MODULE / name

    def beside(self, suffix: str) -> Path:
        return self.cache / f"{STEM}{suffix}"

    def replace_in_go_sum(self, start: str, digest: str) -> None:
        path = self.widget / "go.sum"
        lines = [
            f"{start} {digest}\n" if line.startswith(f"{start} ") else line
            for line in path.read_text().splitlines(keepends=True)
        ]
        path.write_text("".join(lines))


HASH = f"h1:{'A' * 43}="


def _edit_zip(copy: Copy) -> None:
    copy.beside(".zip").write_bytes(
        module_zip("example.com/alpha", "v1.1.0", {"alpha.go": b"package alpha\n"})
    )


def _edit_file(copy: Copy) -> None:
    copy.file("alpha.go").write_text("package alpha\n")


def _half_extracted(copy: Copy) -> None:
    copy.beside(".partial").touch()
    copy.file("alpha.go").unlink()


def _all_three(copy: Copy) -> None:
    _edit_zip(copy)
    shutil.rmtree(copy.cache / MODULE)
    copy.file("").mkdir()
    _edit_file(copy)
    copy.beside(".ziphash").write_text("h1:9PjQd+7nBqQ9zmNmmPlc5kDQPOlfOhJDwwyYhdYHVLk=")


def _nothing(copy: Copy) -> None:
    del copy


ROWS: list[tuple[str, Callable[[Copy], object], str, str]] = [
    # row, what is done, what go mod verify says, what attest says
    ("nothing", _nothing, VERIFIED, ""),
    ("zip edited", _edit_zip, "zip has been modified", "mismatch: the zip stands alone"),
    (
        "zip truncated",
        lambda c: c.beside(".zip").write_bytes(c.beside(".zip").read_bytes()[:99]),
        "not a valid zip file",
        "mismatch: the zip stands alone",
    ),
    (
        ".ziphash edited",
        lambda c: c.beside(".ziphash").write_text(HASH),
        "has been modified",
        "the .ziphash of",
    ),
    (
        ".ziphash emptied",
        lambda c: c.beside(".ziphash").write_text(""),
        "has been modified",
        "the .ziphash of",
    ),
    # the go command hashes the zip again and writes the note anew: nothing is lost
    (".ziphash removed", lambda c: c.beside(".ziphash").unlink(), "missing ziphash", ""),
    ("file edited", _edit_file, "dir has been modified", "alpha.go differs"),
    (
        "file added",
        lambda c: c.file("evil_linux.go").write_text("package alpha\n"),
        "dir has been modified",
        "evil_linux.go is added",
    ),
    (
        "file removed",
        lambda c: c.file("alpha_cgo.go").unlink(),
        "dir has been modified",
        "alpha_cgo.go is missing",
    ),
    ("empty directory added", lambda c: c.file("empty").mkdir(), VERIFIED, ""),
    ("zip removed", lambda c: c.beside(".zip").unlink(), VERIFIED, ""),
    ("directory removed", lambda c: shutil.rmtree(c.cache / MODULE), VERIFIED, ""),
    # the go command takes a marked directory for absent and extracts the zip again
    (
        ".partial, file removed",
        _half_extracted,
        VERIFIED,
        "",
    ),
    # attest is stricter: go mod verify never looks at the lines of zips in go.sum
    (
        "zip line edited",
        lambda c: c.replace_in_go_sum("example.com/alpha v1.1.0", HASH),
        VERIFIED,
        "mismatch: the line of go.sum stands alone",
    ),
    (
        "zip, directory and .ziphash edited",
        _all_three,
        "",
        "mismatch: ",
    ),
    (
        "go.mod line edited",
        lambda c: c.replace_in_go_sum("example.com/alpha v1.1.0/go.mod", HASH),
        "checksum mismatch",
        "mismatch: ",
    ),
    (
        ".mod edited",
        lambda c: c.beside(".mod").write_text("module example.com/alpha\n\ngo 1.21\n"),
        "checksum mismatch",
        "mismatch: ",
    ),
]


def said(report: SourceReport) -> list[str]:
    """What attest has to say about go.sum and the cache, a line each."""
    found = [each.message for proof in report.proofs for each in proof.cache_faults]
    return found + [f"{each.status}: {each.odd}" for each in report.proofs if each.status != "match"]


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Copy:
    shutil.copytree(world.widget, tmp_path / "widget")
    shutil.copytree(world.go.modcache, tmp_path / "cache")
    return Copy(tmp_path / "widget", tmp_path / "cache")


def judged(copy: Copy) -> SourceReport:
    return check_source(
        DirectoryTree.of(copy.widget),
        modcache=DirectoryTree.of(copy.cache),
        platforms=(Platform(goos="linux", goarch="amd64"),),
    )


@pytest.mark.parametrize(
    ("change", "go_says", "attest_says"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_tampered_cache(
    world: World, copy: Copy, change: Callable[[Copy], object], go_says: str, attest_says: str
) -> None:
    change(copy)
    found = said(judged(copy))
    assert len(found) == bool(attest_says), found
    assert "".join(found).startswith(attest_says)
    done = world.go.try_run(copy.widget, "mod", "verify", GOMODCACHE=str(copy.cache))
    assert go_says in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_to_the_same_bytes(world: World, copy: Copy, tmp_path: Path) -> None:
    """attest is stricter: what the link leads to can change after it was hashed."""
    genuine = copy.file("alpha.go").rename(tmp_path / "alpha.go")
    copy.file("alpha.go").symlink_to(genuine)
    (found,) = said(judged(copy))
    assert found.endswith("cannot be compared: is a symbolic link")
    assert VERIFIED in world.go.run(copy.widget, "mod", "verify", GOMODCACHE=str(copy.cache))
