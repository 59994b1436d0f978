from __future__ import annotations

import threading
from pathlib import Path

import pytest

from attest.edge.state import TreeHeads, find_state_folder, state_folder
from attest.errors import LimitError, OutputError, ReadError
from attest.model.limits import DEFAULT_LIMITS, Limits

HOME = Path("/home/gopher")


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", HOME / ".local/state/attest"),
        ({}, "darwin", HOME / "Library/Application Support/attest"),
        ({}, "win32", HOME / "AppData/Local/attest"),
        ({"LOCALAPPDATA": "/local"}, "win32", Path("/local/attest")),
        ({"XDG_STATE_HOME": "/state"}, "linux", Path("/state/attest")),
        ({"XDG_STATE_HOME": "/state"}, "win32", Path("/state/attest")),
    ],
)
def test_where_state_is_kept(environment: dict[str, str], platform: str, expected: Path) -> None:
    assert state_folder(environment, HOME, platform) == expected


def test_the_folder_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert find_state_folder() == tmp_path / "attest"


@pytest.fixture
def heads(tmp_path: Path) -> TreeHeads:
    return TreeHeads(state=tmp_path / "state", name="sum.x:8080/db", key_hash="00000c67")


def names(heads: TreeHeads) -> list[str]:
    return sorted(each.name.partition("-")[0] for each in heads.folder.iterdir())


def test_the_larger_head_takes_the_place_of_those_that_it_continues(heads: TreeHeads) -> None:
    assert heads.read(DEFAULT_LIMITS) == {}
    assert heads.folder.name == "sum.x%3A8080%2Fdb+00000c67"
    heads.remember(300, b"note 300", [])
    first = heads.read(DEFAULT_LIMITS)
    assert list(first.values()) == [b"note 300"]
    heads.remember(400, b"note 400", first)
    assert list(heads.read(DEFAULT_LIMITS).values()) == [b"note 400"]
    # The same, or an older one, changes nothing.
    heads.remember(400, b"note 400 again", heads.read(DEFAULT_LIMITS))
    assert list(heads.read(DEFAULT_LIMITS).values()) == [b"note 400"]


def test_runs_at_the_same_time_lose_nothing(heads: TreeHeads) -> None:
    """Both began with nothing; the smaller is gone only once a run has seen that the larger continues it."""
    heads.remember(400, b"note 400", [])
    heads.remember(300, b"note 300", [])
    assert names(heads) == ["300", "400"]
    heads.remember(400, b"note 400", heads.read(DEFAULT_LIMITS))
    assert names(heads) == ["400"]


def test_many_threads(heads: TreeHeads) -> None:
    def run(size: int) -> None:
        known = heads.read(DEFAULT_LIMITS)
        heads.remember(size, f"note {size}".encode(), known)

    threads = [threading.Thread(target=run, args=(size,)) for size in range(100, 130)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert max(names(heads)) == "129"
    for file, note in heads.read(DEFAULT_LIMITS).items():
        assert Path(file).name.startswith(note.decode().removeprefix("note ") + "-")


def test_other_files_are_read_too_and_none_of_them_is_removed(heads: TreeHeads) -> None:
    heads.folder.mkdir(parents=True)
    (heads.folder / "odd").write_bytes(b"odd")
    (heads.folder / ".1-x.attest-tmp").write_bytes(b"half")
    known = heads.read(DEFAULT_LIMITS)
    assert known == {str(heads.folder / "odd"): b"odd"}
    heads.remember(300, b"note", known)
    assert (heads.folder / "odd").exists()


def test_bad_states(heads: TreeHeads) -> None:
    heads.folder.mkdir(parents=True)
    (heads.folder / "1-0000000000000000").mkdir()
    with pytest.raises(ReadError, match="is a directory, not a file"):
        heads.read(DEFAULT_LIMITS)
    (heads.folder / "1-0000000000000000").rmdir()
    heads.folder.rmdir()
    heads.folder.write_bytes(b"")
    with pytest.raises(ReadError, match="no such file or directory"):
        heads.read(DEFAULT_LIMITS)
    heads.folder.unlink()
    heads.folder.mkdir()
    (heads.folder / "a").write_bytes(b"long")
    with pytest.raises(LimitError, match="4 bytes, more than the 3"):
        heads.read(Limits(note_bytes=3))
    with pytest.raises(LimitError, match="1 remembered tree heads, more than the 0 that are read"):
        heads.read(Limits(sumdb_heads=0))


def test_a_head_that_is_gone_while_it_is_read(heads: TreeHeads, monkeypatch: pytest.MonkeyPatch) -> None:
    heads.remember(300, b"note", [])

    def gone(*_: object) -> bytes:
        for each in heads.folder.iterdir():
            each.unlink()
        raise ReadError("no such file or directory")

    monkeypatch.setattr("attest.edge.files.DirectoryTree.read", gone)
    assert heads.read(DEFAULT_LIMITS) == {}


def test_a_state_that_cannot_be_written(heads: TreeHeads) -> None:
    heads.state.write_bytes(b"a file")
    with pytest.raises(OutputError, match=r"cannot remember the tree head of sum\.x:8080/db") as caught:
        heads.remember(300, b"note", [])
    assert "XDG_STATE_HOME" in (caught.value.hint or "")
