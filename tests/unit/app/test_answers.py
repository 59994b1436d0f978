"""What an earlier run found counts only while everything that it rests on looks the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.app import answers
from attest.app.linked import linked_sets
from attest.errors import AttestError, ReadError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.source import Platform
from tests.fakes import MemoryCache, MemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.source import LinkedSet

LINUX = Platform(goos="linux", goarch="amd64")
WINDOWS = Platform(goos="windows", goarch="amd64")
MAIN = "example.com/m"
GO_MOD = b"""module example.com/m

go 1.20

require (
	example.com/log v1.0.0
	example.com/fork v1.0.0
)

replace example.com/fork => ./fork
"""
H1 = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def source() -> MemoryTree:
    files = {
        "go.mod": GO_MOD,
        "go.sum": f"example.com/log v1.0.0 {H1}\nexample.com/log v1.0.0/go.mod {H1}\n".encode(),
        "main.go": b'package main\n\nimport (\n\t"example.com/log"\n\t"example.com/m/in"\n)\n',
        "in/in.go": b'package in\n\nimport _ "example.com/fork"\n',
        "fork/go.mod": b"module example.com/fork\n",
        "fork/fork.go": b'package fork\n\nimport _ "fmt"\n',
    }
    return MemoryTree(files, label="source", identified=True)


def modcache() -> MemoryTree:
    files = {
        "cache/download/example.com/log/@v/v1.0.0.mod": b"module example.com/log\n",
        "example.com/log@v1.0.0/log.go": b"package log\n",
    }
    return MemoryTree(files, label="modcache", identified=True)


def find(tree: MemoryTree, cached: MemoryTree, cache: MemoryCache, **more: Any) -> tuple[LinkedSet, ...]:  # noqa: ANN401 - as linked_sets takes them
    asked = more.pop("asked", [(LINUX, MAIN), (WINDOWS, MAIN)])
    return linked_sets(tree, modcache=cached, platforms_and_mains=asked, cache=cache, **more)


def remembered(cache: MemoryCache) -> list[str]:
    return [key for key in cache.found if key.startswith(answers.VERSION)]


def test_the_same_question_about_the_same_trees_has_the_same_answer() -> None:
    cache = MemoryCache()
    first = find(source(), modcache(), cache)
    assert [each.module.path for each in first[0].modules] == ["example.com/fork", "example.com/log"]
    assert first == find(source(), modcache(), MemoryCache())
    assert remembered(cache) == []
    headers = len(cache.found)
    assert find(source(), modcache(), cache) == first
    assert len(remembered(cache)) == 1
    assert len(cache.found) == headers + 1, "no header is asked for: nothing is resolved again"


def in_file(name: str, content: bytes) -> Callable[[MemoryTree, MemoryTree], None]:
    return lambda tree, _: tree.files.__setitem__(name, content)


def in_cache(name: str, content: bytes) -> Callable[[MemoryTree, MemoryTree], None]:
    return lambda _, cached: cached.files.__setitem__(name, content)


CHANGES: dict[str, Callable[[MemoryTree, MemoryTree], None]] = {
    "a source file": in_file("in/in.go", b"package in\n"),
    "go.mod": in_file("go.mod", GO_MOD + b"\n// now\n"),
    "go.sum": in_file("go.sum", b""),
    "a file more": in_file("in/more.go", b"package in\n"),
    "a directory that becomes a module": in_file("in/go.mod", b"module example.com/m/in\n"),
    "go.work": in_file("go.work", b"go 1.20\n\nuse .\n"),
    "vendor/": in_file("vendor/modules.txt", b""),
    "a replacement": in_file("fork/fork.go", b"package fork\n"),
    "a file in the module cache": in_cache(
        "example.com/log@v1.0.0/log.go", b'package log\n\nimport _ "os"\n'
    ),
    "a go.mod in the module cache": in_cache("example.com/log@v1.0.0/go.mod", b"module example.com/log\n"),
    "a source file is gone": lambda tree, _: tree.files.__delitem__("in/in.go"),
}


def outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except AttestError as error:
        return type(error), error.message, error.place


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_looked_at_again(change: Callable[[MemoryTree, MemoryTree], None]) -> None:
    cache = MemoryCache()
    find(source(), modcache(), cache)
    tree, cached = source(), modcache()
    change(tree, cached)
    anew = outcome(lambda: find(tree, cached, MemoryCache()))
    assert outcome(lambda: find(tree, cached, cache)) == anew


def test_another_question_is_another_question() -> None:
    cache = MemoryCache()
    find(source(), modcache(), cache)
    questions: list[dict[str, Any]] = [
        {"asked": [(LINUX, MAIN)]},
        {"cgo": True},
        {"workspace": False},
        {"limits": replace(DEFAULT_LIMITS, go_mod_bytes=1 << 20)},
    ]
    for each in questions:
        find(source(), modcache(), cache, **each)
    elsewhere = source()
    elsewhere.label = "elsewhere"
    find(elsewhere, modcache(), cache)
    assert remembered(cache) == []


def test_another_version_of_the_code_is_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = MemoryCache()
    find(source(), modcache(), cache)
    monkeypatch.setattr(answers, "_code_state", lambda: "another")
    find(source(), modcache(), cache)
    assert remembered(cache) == []
    monkeypatch.setattr(answers, "_code_state", lambda: "")
    before = dict(cache.entries)
    find(source(), modcache(), cache)
    assert cache.entries == before, "where the code is not known, nothing is remembered"


def test_what_cannot_be_told_apart_is_not_remembered() -> None:
    cache = MemoryCache()
    tree = replace(source(), identified=False)
    find(tree, modcache(), cache)
    find(tree, modcache(), cache)
    assert not any(each.startswith(answers.VERSION) for each in cache.entries)


def test_a_file_that_no_listing_names_is_not_told_apart() -> None:
    noted = answers.NotedTree(source())
    noted.entries("in")
    with noted.open("in/in.go"):
        pass
    assert noted.finish() == noted.notes
    with noted.open("fork/fork.go"):
        pass
    assert noted.finish() is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"nonsense",
        lambda _: b"[]",
        lambda _: b'{"notes": []}',
        lambda found: json.dumps({**found, "sets": [[1]]}).encode(),
        lambda found: json.dumps({**found, "notes": [None, None]}).encode(),
        lambda found: json.dumps({**found, "notes": [found["notes"][0], 3]}).encode(),
        lambda found: json.dumps({**found, "notes": found["notes"][:1]}).encode(),
    ],
)
def test_a_damaged_answer_is_none(damage: Callable[[Any], bytes]) -> None:
    cache = MemoryCache()
    first = find(source(), modcache(), cache)
    (key,) = [each for each in cache.entries if each.startswith(answers.VERSION)]
    cache.entries[key] = damage(json.loads(cache.entries[key]))
    assert find(source(), modcache(), cache) == first
    assert find(source(), modcache(), cache) == first


def test_a_file_that_grew_too_large_is_looked_at_again() -> None:
    cache = MemoryCache()
    limits = replace(DEFAULT_LIMITS, go_mod_bytes=1000, go_sum_bytes=1000, modules_txt_bytes=1000)
    find(source(), modcache(), cache, limits=limits)
    tree = source()
    tree.files["go.mod"] += b"//" + b" " * 1000
    found = outcome(lambda: find(tree, modcache(), cache, limits=limits))
    assert found == outcome(lambda: find(tree, modcache(), MemoryCache(), limits=limits))
    assert isinstance(found, tuple)
    assert "1000" in str(found[1])


def test_a_vendored_tree_needs_no_module_cache() -> None:
    tree = source()
    tree.files["go.mod"] = b"module example.com/m\n\ngo 1.20\n"
    tree.files["main.go"] = b"package main\n"
    cache = MemoryCache()
    first = linked_sets(tree, modcache=None, platforms_and_mains=[(LINUX, MAIN)], cache=cache)
    again = linked_sets(tree, modcache=None, platforms_and_mains=[(LINUX, MAIN)], cache=cache)
    assert first == again
    assert len(remembered(cache)) == 1


def test_what_is_absent_stays_the_same_while_it_is_absent() -> None:
    tree = source()
    noted = answers.NotedTree(tree)
    with pytest.raises(ReadError):
        noted.read("LICENSE", 10)
    with pytest.raises(ReadError):
        noted.entries("vendor")
    cache = MemoryCache()
    key = answers.question(cache, (tree,), DEFAULT_LIMITS)
    answers.remember(cache, key, (noted,), ())
    assert answers.recall(cache, key, (tree,), DEFAULT_LIMITS) == ()
    tree.files["LICENSE"] = b"-" * 20
    assert answers.recall(cache, key, (tree,), DEFAULT_LIMITS) is None
    small = replace(DEFAULT_LIMITS, go_mod_bytes=10, go_sum_bytes=10, modules_txt_bytes=10)
    assert answers.recall(cache, key, (tree,), small) is None
