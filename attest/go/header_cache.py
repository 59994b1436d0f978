"""Headers of source files, remembered between runs by what tells one version of a directory from another.

An entry is found by the names and identities (`attest.model.ports.Entry.identity`) of a directory's source
files, so that it can be about no other content. What cannot be understood counts as not there. cmd/go keeps
such an index too (cmd/go/internal/modindex), by the directory of a module without looking at its files.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from attest.go.constraint import Constraint
from attest.go.imports import Import, SourceHeader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.ports import Cache, Entry

#: Changed whenever `attest.go.imports` or `attest.go.constraint` reads anything in another way, or the
#: written form is another.
VERSION: Final = "headers 1"


def key_of(entries: Iterable[Entry]) -> str:
    """What the headers of these files are found by; "" where one could change without being told apart."""
    digest = hashlib.sha256(VERSION.encode())
    for each in entries:
        if not each.identity:
            return ""
        digest.update(f"\0{each.name}\0{each.identity}".encode("utf-8", "surrogateescape"))
    return f"headers {digest.hexdigest()}"


def load(cache: Cache, key: str) -> dict[str, SourceHeader]:
    """The headers that are remembered of a directory's files, by name; not all need to be there."""
    data = cache.get(key)
    if data is None:
        return {}
    try:
        return {name: _read(fields) for name, fields in json.loads(data).items()}
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return {}


def store(cache: Cache, key: str, headers: Mapping[str, SourceHeader]) -> None:
    """Remember the headers of a directory's files."""
    fields = {name: _fields(header) for name, header in headers.items()}
    cache.put(key, json.dumps(fields, separators=(",", ":")).encode())


def _fields(header: SourceHeader) -> list[Any]:
    constraint = header.constraint
    return [
        header.package,
        [part for each in header.imports for part in (each.path, each.line)],
        constraint.expressions,
        constraint.error,
        constraint.line,
        header.embeds,
        header.error,
        header.line,
        header.ended,
    ]


def _read(fields: list[Any]) -> SourceHeader:
    package, imports, expressions, fault, fault_line, embeds, error, line, ended = fields
    return SourceHeader(
        constraint=Constraint(expressions=tuple(map(tuple, expressions)), error=fault, line=fault_line),
        package=package,
        imports=tuple(
            Import(path=path, line=at) for path, at in zip(imports[::2], imports[1::2], strict=True)
        ),
        embeds=tuple(embeds),
        error=error,
        line=line,
        ended=ended,
    )
