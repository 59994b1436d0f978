"""Linked sets of earlier runs, for the same question about trees in which all that was looked at is the same.

What resolving asks of a tree is noted: which names are there, what a directory lists (with the identity of
each file, `attest.model.ports.Entry.identity`) and the content of what was read beside. Resolving has no
other source, so that where every one of these answers is the same, what it finds is the same too. Where one
of them cannot be told from a later one, nothing is remembered.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, ReadError
from attest.model.module import ModuleVersion
from attest.model.source import LinkedModule, LinkedSet, Platform

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from attest.model.limits import Limits
    from attest.model.ports import Cache, Entry, OpenFile, Tree

#: Changed whenever the written form is another.
VERSION: Final = "linked 2"
#: Whose code decides what is linked: another version of any of it is another question.
_DECIDING: Final = ("app", "go", "model")

_ABSENT: Final = "absent"


class NotedTree:
    """A tree that notes what is asked of it and what it answers; else the tree itself."""

    def __init__(self, tree: Tree) -> None:
        """Note what is asked of `tree`."""
        self._tree = tree
        self._opened: set[str] = set()
        self.notes: dict[str, str] = {}
        #: Whether every answer so far can be told from a later one.
        self.certain = True

    @property
    def label(self) -> str:
        """What to call the tree in messages."""
        return self._tree.label

    @property
    def where(self) -> str:
        """What tells the tree from every other one on this machine."""
        return self._tree.where

    def exists(self, name: str) -> bool:
        """Tell whether a regular file or directory of that name is there (no link is followed)."""
        found = self._tree.exists(name)
        self.notes[f"? {name}"] = str(found)
        return found

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a regular file; `LimitError` where there are more than `limit`."""
        try:
            data = self._tree.read(name, limit)
        except ReadError:
            self.notes[f"= {name}"] = _ABSENT
            raise
        self.notes[f"= {name}"] = _digest(data)
        return data

    def open(self, name: str) -> AbstractContextManager[OpenFile]:
        """A regular file, mapped for as long as the context lasts."""
        self._opened.add(name)
        return self._tree.open(name)

    def entries(self, name: str = "") -> tuple[Entry, ...]:
        """The names directly in a directory, sorted."""
        try:
            found = self._tree.entries(name)
        except ReadError:
            self.notes[f"/ {name}"] = _ABSENT
            raise
        state = _listing(found)
        self.certain = self.certain and bool(state)
        self.notes[f"/ {name}"] = state
        return found

    def finish(self) -> dict[str, str] | None:
        """What was noted, None where that is not certain: a file was opened that no listing identifies."""
        unlisted = any(f"/ {name.rpartition('/')[0]}" not in self.notes for name in self._opened)
        return self.notes if self.certain and not unlisted else None


def _listing(entries: Iterable[Entry]) -> str:
    """What tells this listing from all others, "" where a file in it could change and look the same."""
    parts: list[str] = []
    for each in entries:
        if each.kind == "file" and not each.identity:
            return ""
        # What is no file is told by its name and kind: nobody reads it but by a listing of its own.
        parts += (each.name, each.identity or each.kind)
    return _digest("\0".join(parts).encode("utf-8", "surrogateescape"))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _unchanged(tree: Tree, notes: Mapping[str, str], limits: Limits) -> bool:
    largest = max(limits.go_mod_bytes, limits.go_sum_bytes, limits.modules_txt_bytes)
    for asked, expected in notes.items():
        kind, name = asked[:2], asked[2:]
        try:
            if kind == "/ ":
                answer = _listing(tree.entries(name))
            elif kind == "? ":
                answer = str(tree.exists(name))
            else:
                answer = _digest(tree.read(name, largest))
        except ReadError:
            answer = _ABSENT
        except AttestError:
            return False
        if not answer or answer != expected:
            return False
    return True


def question(cache: Cache | None, trees: Sequence[Tree | None], limits: Limits, *details: Hashable) -> str:
    """The key of a question about these trees, "" where nothing can be remembered.

    `details` are all else that the answer depends on, as their `repr` tells it.
    """
    state = _code_state() if cache is not None else ""
    if not state:
        return ""
    places = [each.where if each is not None else None for each in trees]
    caps = [(each.name, getattr(limits, each.name)) for each in fields(limits)]
    asked = repr((state, places, caps, details)).encode("utf-8", "backslashreplace")
    return f"{VERSION} {_digest(asked)}"


def _code_state() -> str:
    """What tells this version of the deciding code from every other one, "" where it lies in no directory."""
    package = Path(__file__).parent.parent
    try:
        found = [
            (str(file), file.stat().st_size, file.stat().st_mtime_ns)
            for folder in _DECIDING
            for file in sorted((package / folder).glob("*.py"))
        ]
    except OSError:
        return ""
    return repr(found) if found else ""


def recall(
    cache: Cache | None, key: str, trees: Sequence[Tree | None], limits: Limits
) -> tuple[LinkedSet, ...] | None:
    """The linked sets of an earlier run, None where there are none or anything looks different now."""
    data = cache.get(key) if cache is not None and key else None
    if data is None:
        return None
    try:
        written = json.loads(data)
        notes = written["notes"]
        if len(notes) != len(trees):
            return None
        for tree, seen in zip(trees, notes, strict=True):
            if (tree is None) != (seen is None) or (tree and not _unchanged(tree, seen, limits)):
                return None
        return tuple(_linked_set(each) for each in written["sets"])
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None


def remember(
    cache: Cache | None, key: str, trees: Sequence[NotedTree | None], sets: Sequence[LinkedSet]
) -> None:
    """Remember linked sets with all that was asked of the trees to find them."""
    notes = [each.finish() if each is not None else None for each in trees]
    uncertain = any(each is not None and seen is None for each, seen in zip(trees, notes, strict=True))
    if cache is None or not key or uncertain:
        return
    written = {"notes": notes, "sets": [_written(each) for each in sets]}
    cache.put(key, json.dumps(written, separators=(",", ":")).encode())


def _written(linked: LinkedSet) -> list[Any]:
    platform, main = linked.platform, linked.main_module
    modules = [
        [
            each.module.path,
            each.module.version,
            [each.replacement.path, each.replacement.version] if each.replacement else None,
            each.sum,
            each.packages,
            each.requires,
        ]
        for each in linked.modules
    ]
    return [
        [platform.goos, platform.goarch, platform.variant],
        linked.cgo,
        linked.main_package,
        [main.path, main.version],
        linked.main_requires,
        modules,
        linked.std,
        linked.packages,
        linked.tags,
    ]


def _linked_set(written: list[Any]) -> LinkedSet:
    (goos, goarch, variant), cgo, main_package, main, main_requires, modules, std, packages, tags = written
    return LinkedSet(
        platform=Platform(goos=goos, goarch=goarch, variant=variant),
        cgo=cgo,
        main_package=main_package,
        main_module=ModuleVersion(path=main[0], version=main[1]),
        main_requires=tuple(main_requires),
        modules=tuple(
            LinkedModule(
                module=ModuleVersion(path=path, version=version),
                replacement=ModuleVersion(path=to[0], version=to[1]) if to else None,
                sum=h1,
                packages=tuple(packages),
                requires=tuple(requires),
            )
            for path, version, to, h1, packages, requires in modules
        ),
        std=tuple(std),
        packages=tuple(packages),
        tags=tuple(tags),
    )
