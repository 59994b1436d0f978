"""What is remembered of a module's hashes, and when it is believed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app.workers import HashMemory, Job, prove_all
from attest.edge.cache import DiskCache
from attest.edge.files import DirectoryTree
from attest.go import hash_cache, modcache
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import GoSumLine
from attest.model.place import Place
from tests.fakes import MemoryCache, MemoryTree
from tests.unit.go.test_modcache import FILES, GOOD, ROOT, STEM, X, cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.go.sums import ProvenLine
    from attest.model.ports import Cache, Tree

LINE = GoSumLine(module=X, kind="zip", hash=GOOD, place=Place(file="go.sum", line=1))


def prove(
    tree: Tree, memory: Cache | None, *, trusted: bool, listed: bool = False, line: GoSumLine = LINE
) -> ProvenLine:
    kept = HashMemory(cache=memory, trusted=trusted) if memory else None
    (found,) = prove_all([Job(line=line, needed=True, listed=listed)], tree, DEFAULT_LIMITS, kept)
    assert found
    return found


def tree_of(files: dict[str, bytes], *, identified: bool = True) -> MemoryTree:
    return MemoryTree(files, label="cache", identified=identified)


@pytest.mark.parametrize(
    "files",
    [cache(), cache(noted=None), cache(extracted=None), cache(zipped=None), cache(zipped=None, noted=None)],
    ids=["all four", "no .ziphash", "not extracted", "zip removed", "directory alone"],
)
def test_what_agreed_is_not_read_again_where_the_cache_is_trusted(files: dict[str, bytes]) -> None:
    memory = MemoryCache()
    first = prove(tree_of(files), memory, trusted=True)
    assert not first.proof.remembered
    assert len(memory.entries) == 1

    class Unread(MemoryTree):
        def read(self, name: str, limit: int) -> bytes:
            assert name.endswith(".ziphash"), f"{name} was read"
            return super().read(name, limit)

    again = prove(Unread(files, label="cache", identified=True), memory, trusted=True)
    assert again.proof == replace(first.proof, remembered=True)
    assert again.record == "", "nothing new was found"
    assert not prove(tree_of(files), memory, trusted=False).proof.remembered


@pytest.mark.parametrize(
    ("name", "data", "status", "faults"),
    [
        (f"{STEM}.zip", b"junk", "mismatch", 0),
        (f"{STEM}.ziphash", b"h1:other=", "match", 1),
        (f"{ROOT}/x.go", b"package y\n", "match", 1),
        (f"{ROOT}/new.go", b"package x\n", "match", 1),
    ],
)
def test_what_changed_is_hashed_again(name: str, data: bytes, status: str, faults: int) -> None:
    memory = MemoryCache()
    prove(tree_of(cache()), memory, trusted=True)
    kept = dict(memory.entries)
    found = prove(tree_of({**cache(), name: data}), memory, trusted=True).proof
    assert (found.status, len(found.cache_faults), found.remembered) == (status, faults, False)
    assert memory.entries == kept, "what does not agree is not remembered"
    wrong = prove(tree_of(cache()), memory, trusted=True, line=replace(LINE, hash="h1:other="))
    assert (wrong.proof.status, wrong.proof.computed, wrong.proof.remembered) == ("mismatch", GOOD, False)


def test_a_poisoned_cache_counts_only_where_it_is_trusted() -> None:
    tampered = tree_of({**cache(), f"{ROOT}/x.go": b"package y\n"})
    memory = MemoryCache()
    prove(replace(tampered, files=cache()), memory, trusted=False)
    (key,) = memory.entries
    # Whoever can write to the cache can say of what lies there now that it was right.
    listed = modcache.list_extracted(tampered, X, STEM, DEFAULT_LIMITS)
    poison = hash_cache.record(tampered, f"{STEM}.zip", listed, GOOD).encode()
    memory.entries[key] = poison
    honest = prove(tampered, memory, trusted=False).proof
    assert (honest.remembered, [each.message.partition(" in ")[0] for each in honest.cache_faults]) == (
        False,
        ["x.go differs"],
    )
    memory.entries[key] = poison
    fooled = prove(tampered, memory, trusted=True).proof
    assert (fooled.remembered, fooled.cache_faults) == (True, ()), "which the report says"


def test_a_module_whose_manifest_is_wanted_is_hashed() -> None:
    memory = MemoryCache()
    prove(tree_of(cache()), memory, trusted=True)
    found = prove(tree_of(cache()), memory, trusted=True, listed=True)
    assert (found.proof.remembered, len(found.manifest)) == (False, len(FILES))


@pytest.mark.parametrize(
    "tree",
    [
        tree_of(cache(), identified=False),
        tree_of(cache(zipped=None), identified=False),
        replace(tree_of(cache()), symlinks=frozenset({f"{ROOT}/link"})),
        tree_of({}),
    ],
    ids=["no identity", "none of the directory", "directory cannot be listed", "nothing there"],
)
def test_what_is_not_certain_is_not_remembered(tree: MemoryTree) -> None:
    memory = MemoryCache()
    prove(tree, memory, trusted=True)
    assert memory.entries == {}


@pytest.mark.parametrize("junk", [b"", b"\xff\0", b"h1:x="])
def test_a_record_that_is_none(junk: bytes) -> None:
    memory = MemoryCache()
    prove(tree_of(cache()), memory, trusted=True)
    memory.entries = dict.fromkeys(memory.entries, junk)
    found = prove(tree_of(cache()), memory, trusted=True).proof
    assert (found.status, found.remembered) == ("match", False)


def _other_size(file: Path) -> None:
    file.write_bytes(b"package xyz\n")


def _other_content(file: Path) -> None:
    status = file.stat()
    file.write_bytes(b"package y\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _other_file(file: Path) -> None:
    status = file.stat()
    other = file.with_name("other")
    other.write_bytes(b"package y\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)


@pytest.mark.skipif(os.name == "nt", reason="listings tell no inode there, so that nothing is remembered")
@pytest.mark.parametrize("change", [_other_size, _other_content, _other_file])
def test_files_of_the_real_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    for name, data in cache().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    memory = tmp_path / "memory.sqlite3"

    def run() -> tuple[bool, int]:
        with DiskCache(memory, 1 << 20) as opened:
            proof = prove(DirectoryTree.of(tmp_path), opened, trusted=True).proof
        return proof.remembered, len(proof.cache_faults)

    assert [run(), run()] == [(False, 0), (False, 0)], "written just now: not certain, and not remembered"
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3_000_000_000)
    assert [run(), run()] == [(False, 0), (True, 0)]
    change(tmp_path / ROOT / "x.go")
    assert run() == (False, 1)


def test_each_module_cache_has_its_own_records() -> None:
    memory = MemoryCache()
    one, two = MemoryTree(label="/one/modcache"), MemoryTree(label="/two/modcache")
    hash_cache.store(memory, one, X, "first")
    hash_cache.store(memory, two, X, "second")
    assert [hash_cache.load(memory, each, X) for each in (one, two)] == ["first", "second"]
