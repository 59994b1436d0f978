"""Headers of source files, remembered between runs by what tells one version of a directory from another.

There is one entry for each module in a tree. In it, what is remembered of a directory counts only while the
names and identities (`attest.model.ports.Entry.identity`) of its source files are the same, so that it can be
about no other content. What cannot be understood counts as not there. cmd/go keeps such an index too
(cmd/go/internal/modindex), by the directory of a module without looking at its files.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from attest.go.constraint import Constraint
from attest.go.imports import Import, SourceHeader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.ports import Cache, Entry, Tree

#: Changed whenever `attest.go.imports` or `attest.go.constraint` reads anything in another way, or the
#: written form is another.
VERSION: Final = "headers 2"

_NO_CONSTRAINT: Final = Constraint()


def state_of(entries: Iterable[Entry]) -> str:
    """What tells these files from all others; "" where one could change without being told apart."""
    parts: list[str] = []
    for each in entries:
        if not each.identity:
            return ""
        parts += (each.name, each.identity)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


class Headers:
    """What is remembered of a module's directories; each is decoded when it is asked for."""

    def __init__(self, cache: Cache | None, tree: Tree, module: str) -> None:
        """Take what `cache` knows of the module, as it lies in the tree."""
        self._cache = cache
        self._key = f"{VERSION} {tree.where} {module}"
        self._directories = _decode(cache.get(self._key) if cache else None)
        self._changed = False

    def find(self, directory: str, state: str) -> dict[str, SourceHeader]:
        """The headers of a directory's files in that state, by name; not all need to be there."""
        try:
            known, fields = self._directories[directory]
            return {name: _read(*each) for name, each in fields.items()} if known == state else {}
        except (ValueError, TypeError, AttributeError, KeyError):
            return {}

    def add(self, directory: str, state: str, headers: Mapping[str, SourceHeader]) -> None:
        """Remember the headers of a directory's files in that state, and forget those of every other."""
        self._directories[directory] = [state, {name: _fields(each) for name, each in headers.items()}]
        self._changed = True

    def store(self) -> None:
        """Put what was added into the cache."""
        if self._cache and self._changed:
            self._cache.put(self._key, json.dumps(self._directories, separators=(",", ":")).encode())
            self._changed = False


def _decode(data: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _fields(header: SourceHeader) -> list[Any]:
    """Package, imported paths and their lines; the rest only where there is any."""
    constraint = header.constraint
    common = [header.package, *([each[part] for each in header.imports] for part in (0, 1))]
    if header == SourceHeader(constraint=_NO_CONSTRAINT, package=header.package, imports=header.imports):
        return common
    demands = [constraint.expressions, constraint.error, constraint.line]
    return [*common, demands, header.embeds, header.error, header.line, header.ended]


def _read(
    package: str,
    paths: list[str],
    lines: list[int],
    demands: list[Any] | None = None,
    embeds: Iterable[str] = (),
    error: str = "",
    line: int = 0,
    ended: bool = True,  # noqa: FBT002 - a field of what was written
) -> SourceHeader:
    if len(paths) != len(lines):
        raise ValueError("not as many lines as paths")
    constraint = _NO_CONSTRAINT
    if demands is not None:
        expressions, fault, at = demands
        constraint = Constraint(expressions=tuple(map(tuple, expressions)), error=fault, line=at)
    return SourceHeader(
        constraint=constraint,
        package=package,
        imports=tuple(map(Import, paths, lines)),
        embeds=tuple(embeds),
        error=error,
        line=line,
        ended=ended,
    )
