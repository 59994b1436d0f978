from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attest.edge import cache
from attest.edge.cache import DiskCache, find_cache_file, user_cache_folder
from attest.edge.files import DirectoryTree

LIMIT = 1 << 20


def put(file: Path, entries: dict[str, bytes], limit: int = LIMIT) -> None:
    with DiskCache(file, limit) as opened:
        for key, value in entries.items():
            opened.put(key, value)


def get(file: Path, *keys: str) -> list[bytes | None]:
    with DiskCache(file, LIMIT) as opened:
        return [opened.get(key) for key in keys]


def test_what_was_put_is_there_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "new" / "cache.sqlite3"
    put(file, {"a": b"1", "b": b"\0"})
    put(file, {"a": b"2"})
    assert get(file, "a", "b", "c") == [b"2", b"\0", None]
    with DiskCache(file, LIMIT) as opened:
        opened.put("c", b"3")
        assert opened.get("c") == b"3"


def test_the_oldest_entries_make_room(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite3"
    for number in range(20):
        put(file, {str(number): bytes(100)}, limit=1000)
    there = [number for number in range(20) if get(file, str(number)) != [None]]
    assert 7 <= len(there) <= 10
    assert there == list(range(there[0], 20))
    put(file, {"large": bytes(1001)}, limit=1000)
    assert get(file, "large") == [None]


@pytest.mark.parametrize("content", [b"not a database", b"x" * 10_000])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cache.sqlite3"
    file.write_bytes(content)
    put(file, {"a": b"1"})
    assert not file.exists()
    put(file, {"a": b"1"})
    assert get(file, "a") == [b"1"]


def test_a_damaged_entry_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite3"
    put(file, {"a": b"1", "b": b"2"})
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE entry SET value = x'33' WHERE key = 'a'")
    connection.close()
    assert get(file, "a", "b") == [None, b"2"]


def test_a_table_of_another_form_is_silence(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE entry (name TEXT)")
    connection.close()
    assert get(file, "a", "b") == [None, None]
    put(file, {"a": b"1"})
    assert file.exists()


def test_without_a_place_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    file = tmp_path / "file" / "cache.sqlite3"
    put(file, {"a": b"1"})
    assert get(file, "a") == [None]


def test_one_that_writes_does_not_stop_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_WAIT", 0.01)
    file = tmp_path / "cache.sqlite3"
    put(file, {"a": b"1"})
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")
    put(file, {"b": b"2"})
    assert get(file, "a", "b") == [b"1", None]
    writer.rollback()
    writer.close()


def test_several_processes_at_once(tmp_path: Path) -> None:
    file = tmp_path / "cache.sqlite3"
    code = (
        "import sys; from pathlib import Path; from attest.edge.cache import DiskCache\n"
        "for turn in range(5):\n"
        "    with DiskCache(Path(sys.argv[1]), 1 << 20) as cache:\n"
        "        cache.put(sys.argv[2], sys.argv[2].encode())\n"
    )
    root = Path(cache.__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(file), name], cwd=root) for name in ("one", "two")
    ]
    assert [each.wait() for each in running] == [0, 0]
    assert get(file, "one", "two") == [b"one", b"two"]


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/me/.cache"),
        ("linux", {"XDG_CACHE_HOME": "/cache"}, "/cache"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache"),
        ("darwin", {"XDG_CACHE_HOME": "/cache"}, "/home/me/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {}, "/home/me/AppData/Local"),
    ],
)
def test_where_it_lies(platform: str, environment: dict[str, str], folder: str) -> None:
    assert user_cache_folder(environment, Path("/home/me"), platform) == Path(folder)


def test_a_user_without_a_home_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_cache_file("1.2.3")
    assert found
    assert (found.parent.name, found.name) == ("attest", "cache-1.2.3.sqlite3")

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert find_cache_file("1.2.3") is None


@pytest.mark.skipif(os.name == "nt", reason="listings tell no inode there, so that nothing is certain")
def test_a_file_has_an_identity_once_its_times_are_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.go").write_bytes(b"package x\n")

    def identity() -> str:
        return DirectoryTree.of(tmp_path).entries()[0].identity

    assert identity() == "", "changed just now: a second change may not show in its times"
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3_000_000_000)
    settled = identity()
    assert settled
    (tmp_path / "x.go").write_bytes(b"package y\n")
    os.utime(tmp_path / "x.go", ns=(now - 10**10, now - 10**10))
    older = identity()
    assert older not in ("", settled)
    (tmp_path / "y.go").write_bytes(b"package y\n")
    os.utime(tmp_path / "y.go", ns=(now - 10**10, now - 10**10))
    (tmp_path / "y.go").replace(tmp_path / "x.go")
    assert identity() not in ("", settled, older), "size and time are those of the other file"
