from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.edge.files import DirectoryTree, FileSink, read_error
from attest.errors import LimitError, OutputError, ReadError
from attest.model.ports import Entry
from tests.fakes import MemorySink, MemoryTree

if TYPE_CHECKING:
    from attest.model.ports import Sink, Tree

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and modes of POSIX systems")


@pytest.fixture
def tree(tmp_path: Path) -> DirectoryTree:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_bytes(b"alpha")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "sub" / "b.txt").write_bytes(b"beta")
    return DirectoryTree(tmp_path, "dist")


def test_the_real_tree_and_its_twin_answer_alike(tree: DirectoryTree) -> None:
    twin = MemoryTree({"a.txt": b"alpha", "empty": b"", "sub/b.txt": b"beta"})
    for each in (tree, twin):
        port: Tree = each
        assert [(e.name, e.kind) for e in port.entries()] == [
            ("a.txt", "file"),
            ("empty", "file"),
            ("sub", "directory"),
        ]
        assert port.entries("sub") == (Entry(name="b.txt", kind="file", size=4),)
        assert port.read("sub/b.txt", 4) == b"beta"
        assert port.exists("sub")
        assert port.exists("a.txt")
        assert not port.exists("nope")
        with port.open("empty") as file:
            assert file.size == 0
            assert bytes(file.data) == b""
        with pytest.raises(LimitError):
            port.read("sub/b.txt", 3)
        for missing in ("nope", "sub"):
            with pytest.raises(ReadError):
                port.read(missing, 10)
        with pytest.raises(ReadError):
            port.entries("nope")


def test_an_error_names_the_file_as_the_user_knows_it(tree: DirectoryTree) -> None:
    with pytest.raises(ReadError, match=r"^dist/nope: no such file or directory$"):
        tree.read("nope", 1)
    with pytest.raises(ReadError, match=r"^dist/sub: is a directory, not a file$"):
        tree.read("sub", 1)
    with pytest.raises(ReadError, match=r"^dist/a\.txt/x: no such file or directory$"):
        tree.read("a.txt/x", 1)
    with pytest.raises(LimitError, match=r"^dist/a\.txt: 5 bytes, more than the 2 that are read"):
        tree.read("a.txt", 2)


@pytest.mark.parametrize(
    "name", ["../secret", "sub/../../secret", "/etc/passwd", "sub//b.txt", "./a.txt", "a\0b"]
)
def test_no_name_leads_out_of_the_tree(tree: DirectoryTree, name: str) -> None:
    assert not tree.exists(name)
    with pytest.raises(ReadError, match="leads out of the directory"):
        tree.read(name, 10)


@posix
def test_links_pipes_and_other_kinds_are_named_and_not_followed(tree: DirectoryTree, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a.txt")
    os.mkfifo(tmp_path / "pipe")
    assert {e.name: e.kind for e in tree.entries()} == {
        "a.txt": "file",
        "empty": "file",
        "link": "symlink",
        "pipe": "other",
        "sub": "directory",
    }
    assert not tree.exists("link")
    with pytest.raises(ReadError, match=r"dist/link: is a symbolic link"):
        tree.read("link", 10)
    with pytest.raises(ReadError, match=r"dist/pipe: is no regular file"):
        tree.read("pipe", 10)


def test_a_file_that_changes_while_it_is_read_is_refused(tree: DirectoryTree, tmp_path: Path) -> None:
    def grow() -> None:
        with tree.open("a.txt"):
            (tmp_path / "a.txt").write_bytes(b"alpha!")

    with pytest.raises(ReadError, match="changed while it was read"):
        grow()


def test_an_error_that_holds_a_piece_of_the_file_is_not_replaced(tree: DirectoryTree) -> None:
    def parse(data: memoryview) -> None:
        piece = data[2:5]
        raise LimitError(f"{len(piece)} bytes are too many")

    with pytest.raises(LimitError, match="3 bytes are too many"), tree.open("a.txt") as file:
        parse(file.data)


def test_what_the_system_says_becomes_one_sentence() -> None:
    assert str(read_error(PermissionError(13, "Permission denied"), "x")) == "x: permission denied"
    assert str(read_error(IsADirectoryError(21, "Is a directory"), "x")) == "x: is a directory, not a file"
    assert str(read_error(OSError(5, "Input/output error"), "x")) == "x: Input/output error"
    assert read_error(PermissionError(13, "Permission denied"), "x").hint


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="the superuser reads everything; the in-memory twin shows the rest",
)
def test_an_unreadable_file_says_so(tree: DirectoryTree, tmp_path: Path) -> None:
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(ReadError, match="permission denied"):
        tree.read("a.txt", 10)


def test_files_are_written_together(tmp_path: Path) -> None:
    sink: Sink = FileSink(tmp_path)
    (tmp_path / "old").write_bytes(b"old")
    sink.write({"old": b"new", "other": b"data"})
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"old": b"new", "other": b"data"}


def test_a_failure_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(
        OutputError, match="no/such/folder: cannot write: no such file or directory"
    ) as caught:
        FileSink(tmp_path).write({"old": b"new", "no/such/folder": b"data"})
    assert caught.value.hint == "make the folder first"
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("old", b"old")]


def test_a_directory_in_the_place_is_refused_before_anything_moves(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="folder: cannot write: it is a directory"):
        FileSink(tmp_path).write({"file": b"data", "folder": b"data"})
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_move_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OutputError, match="cannot write: permission denied"):
        FileSink(tmp_path).write({"file": b"data"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is of Linux")  # noqa: PTH110 - evaluated at import
def test_a_full_disk_is_one_error_and_its_twin_agrees(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="/dev/full: cannot write: no space left on device"):
        FileSink(tmp_path).write({"/dev/full": b"data", "file": b"data"})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="no space left on device"):
        MemorySink(full=True).write({"file": b"data"})


@posix
def test_a_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    FileSink(tmp_path).write({"key": b"secret", "pub": b"public"}, private=frozenset({"key"}))
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    twin = MemorySink()
    twin.write({"key": b"secret"}, private=frozenset({"key"}))
    assert twin.private == {"key"}


@posix
def test_a_link_in_the_place_of_an_output_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    FileSink(tmp_path).write({"link": b"new"})
    assert (tmp_path / "real").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_a_write_that_fails_half_way_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(OutputError, match="no space left on device") as caught:
        FileSink(tmp_path).write({"file": b"data"})
    assert caught.value.hint is not None
    assert "free some space" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_told_from_one_of_the_same_relative_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = set()
    for name in ("one", "two"):
        (tmp_path / name / "x").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name / "x")
        places.add(DirectoryTree.of("../modcache").where)
        assert DirectoryTree.of(tmp_path / name / "modcache").where in places
    assert len(places) == 2
    assert DirectoryTree.of("/a\udcff").where.encode()


def test_what_is_not_in_its_place_yet_lies_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed between writing and moving leaves nothing in the release."""
    release, staging = tmp_path / "dist", tmp_path / "dist.journal"
    release.mkdir()
    staging.mkdir()
    (staging / ".0.killed.1.attest-tmp").write_bytes(b"half")
    seen: list[tuple[list[str], int]] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        seen.append((sorted(each.name for each in release.iterdir()), len(list(staging.iterdir()))))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    FileSink(release, staging=staging).write({"a": b"1", "b": b"2"})
    assert seen == [([], 3), (["a"], 2)]
    assert [(release / name).read_bytes() for name in ("a", "b")] == [b"1", b"2"]
    assert not staging.exists()


@posix
def test_another_disk_and_a_folder_that_cannot_be_made_are_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileSink(tmp_path, staging=tmp_path / "no" / "folder").write({"a": b"1"})
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    FileSink(tmp_path, staging=tmp_path / "journal").write({"b": b"2"}, private=frozenset({"b"}))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "b").read_bytes() == b"2"
