from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.app.linked import linked_sets, main_packages
from attest.go import header_cache, imports
from attest.go.header_cache import Headers
from attest.model.limits import Limits
from attest.model.ports import Entry
from attest.model.source import Platform
from tests.fakes import MemoryCache, MemoryTree

if TYPE_CHECKING:
    from attest.model.source import LinkedSet

LINUX = Platform(goos="linux", goarch="amd64")
WINDOWS = Platform(goos="windows", goarch="amd64")
FILES = {
    "go.mod": b"module a.b/x\n\ngo 1.24\n",
    "main.go": b'package main\n\nimport (\n\t"fmt"\n\t_ "a.b/x/p"\n)\n',
    "main_windows.go": b'package main\n\nimport "a.b/x/w"\n',
    "p/p.go": b'//go:build !plan9\n\npackage p\n\nimport "embed"\n\n//go:embed p.go\nvar f embed.FS\n',
    "p/c.go": b'package p\n\nimport "C"\n',
    "w/w.go": b"package w\n",
}


@pytest.fixture(autouse=True)
def _no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered beside the headers, whole answers, would hide what these tests look at."""
    monkeypatch.setattr("attest.app.answers.question", lambda *_: "")


def find(files: dict[str, bytes], cache: MemoryCache, *platforms: Platform) -> tuple[LinkedSet, ...]:
    tree = MemoryTree(files, identified=True)
    mains = main_packages(tree, platforms=platforms, cache=cache)
    return linked_sets(tree, modcache=None, platforms_and_mains=mains, cache=cache)


def without(files: dict[str, bytes], *platforms: Platform) -> tuple[LinkedSet, ...]:
    tree = MemoryTree(files)
    mains = main_packages(tree, platforms=platforms)
    return linked_sets(tree, modcache=None, platforms_and_mains=mains)


def test_the_second_run_reads_no_source_file() -> None:
    cache = MemoryCache()
    first = find(FILES, cache, LINUX, WINDOWS)
    assert first == without(FILES, LINUX, WINDOWS)
    cache.missed.clear()
    unreadable = {name: b"" if name.endswith(".go") else data for name, data in FILES.items()}

    class Stale(MemoryTree):
        def entries(self, name: str = "") -> tuple[Entry, ...]:
            return MemoryTree(FILES, identified=True).entries(name)

    tree = Stale(unreadable)
    mains = main_packages(tree, platforms=(LINUX, WINDOWS), cache=cache)
    assert linked_sets(tree, modcache=None, platforms_and_mains=mains, cache=cache) == first
    assert cache.missed == []


def test_a_changed_file_is_read_again() -> None:
    cache = MemoryCache()
    find(FILES, cache, LINUX)
    changed = {**FILES, "main.go": b'package main\n\nimport "os"\n'}
    assert [each.std for each in find(changed, cache, LINUX)] == [("os",)]


def test_what_another_platform_needs_is_added() -> None:
    cache = MemoryCache()
    find(FILES, cache, LINUX)
    assert find(FILES, cache, WINDOWS) == without(FILES, WINDOWS)
    cache.missed.clear()
    assert find(FILES, cache, LINUX, WINDOWS) == without(FILES, LINUX, WINDOWS)
    assert cache.missed == []


def test_files_without_identity_are_not_remembered() -> None:
    cache = MemoryCache()
    tree = MemoryTree(FILES)
    linked_sets(tree, modcache=None, platforms_and_mains=[(LINUX, "a.b/x")], cache=cache)
    assert cache.entries == {}
    file = Entry(name="x.go", kind="file", identity="1")
    assert header_cache.state_of([file]) != ""
    assert header_cache.state_of([file, file._replace(identity="")]) == ""


def test_a_file_larger_than_is_read_is_not_remembered() -> None:
    cache = MemoryCache()
    tree = MemoryTree({**FILES, "p/p.go": FILES["p/p.go"] + b"\n" * 500}, identified=True)
    limits = Limits(go_source_header_bytes=400)
    mains = [(LINUX, "a.b/x")]
    with pytest.raises(Exception, match="do not end within 400 bytes"):
        linked_sets(tree, modcache=None, platforms_and_mains=mains, cache=cache, limits=limits)
    assert linked_sets(tree, modcache=None, platforms_and_mains=mains, cache=cache)
    with pytest.raises(Exception, match="do not end within 400 bytes"):
        linked_sets(tree, modcache=None, platforms_and_mains=mains, cache=cache, limits=limits)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'{"p/": 1}',
        b'{"p/": []}',
        b'{"p/": ["STATE", 1]}',
        b'{"p/": ["STATE", {"p.go": 1}]}',
        b'{"p/": ["STATE", {"p.go": []}]}',
        b'{"p/": ["STATE", {"p.go": ["p", [1]]}]}',
        b'{"p/": ["STATE", {"p.go": ["p", [], [1]]}]}',
    ],
)
def test_what_cannot_be_understood_is_read_again(value: bytes) -> None:
    cache = MemoryCache()
    expected = find(FILES, cache, LINUX)
    ((key, right),) = cache.entries.items()
    state = json.loads(right)["p/"][0]
    cache.entries[key] = value.replace(b"STATE", state.encode())
    assert find(FILES, cache, LINUX) == expected
    assert json.loads(cache.entries[key]) == json.loads(right)


def test_what_is_known_of_other_directories_stays() -> None:
    cache = MemoryCache()
    find(FILES, cache, LINUX, WINDOWS)
    ((key, _),) = cache.entries.items()
    find({**FILES, "p/p.go": b"package p\n"}, cache, LINUX)
    assert set(json.loads(cache.entries[key])) == {"", "p/", "w/"}


def test_the_same_module_elsewhere_is_another() -> None:
    cache = MemoryCache()
    for label in ("one", "two"):
        tree = MemoryTree(FILES, label=label, identified=True)
        linked_sets(tree, modcache=None, platforms_and_mains=[(LINUX, "a.b/x")], cache=cache)
    assert len(cache.entries) == 2


@given(st.binary(max_size=200) | st.sampled_from(list(FILES.values())))
def test_a_header_comes_back_as_it_was(data: bytes) -> None:
    header = imports.read(data)
    cache = MemoryCache()
    headers = Headers(cache, MemoryTree(), "a.b/x")
    headers.add("p/", "state", {"x.go": header})
    headers.store()
    again = Headers(cache, MemoryTree(), "a.b/x")
    assert again.find("p/", "state") == {"x.go": header}
    assert again.find("p/", "another state") == {}
