"""The Go vulnerability database, as it is published or copied: read from a zip or a directory, little of it.

Source: https://go.dev/doc/security/vuln/database (index/db.json, index/modules.json, ID/GO-….json) and
https://ossf.github.io/osv-schema (entries). Unknown fields are allowed there, and are not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.strict_json import Node, loads
from attest.model.vulnerability import Affected, AffectedPackage, Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.limits import Limits

    #: A file of the database, by its name, up to a limit.
    Read = Callable[[str, int], bytes]

_ID: Final = re.compile(r"[A-Za-z]+-[A-Za-z0-9-]{1,60}")
_SEMVER: Final = "SEMVER"
_KINDS: Final = ("introduced", "fixed")
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class Database:
    """A database; `read` gives its files. Everything raises `FormatError`, `LimitError` and `ReadError`."""

    def __init__(self, read: Read, limits: Limits) -> None:
        self._read = read
        self._limits = limits
        self._entries: dict[str, Entry] = {}

    @cached_property
    def modified(self) -> datetime | None:
        """When it was changed last (UTC); None where it does not say."""
        found = _time(self._json("index/db.json").need("modified"))
        return None if found == _NEVER else found

    def entries(self, module: str) -> tuple[Entry, ...]:
        """What is known of a module ("stdlib" and "toolchain" are the Go project's own), by id."""
        return tuple(self._entry(each) for each in self._modules.get(module, ()))

    @cached_property
    def _modules(self) -> dict[str, tuple[str, ...]]:
        index = self._json("index/modules.json")
        found: dict[str, tuple[str, ...]] = {}
        for each in index.items(self._limits.vulnerability_modules):
            known = each.need("vulns").items(self._limits.vulnerability_entries)
            found[each.need("path").text()] = tuple(sorted({one.need("id").text() for one in known}))
        return found

    def _entry(self, name: str) -> Entry:
        if not _ID.fullmatch(name):
            raise FormatError(f"index/modules.json: {name!r} is no id of an entry")
        if name not in self._entries:
            self._entries[name] = read_entry(self._json(f"ID/{name}.json"), self._limits)
        return self._entries[name]

    def _json(self, file: str) -> Node:
        limits = self._limits
        data = self._read(file, limits.vulnerability_bytes)
        value = loads(data, file=file, max_bytes=limits.vulnerability_bytes, max_depth=limits.json_depth)
        return Node(value=value, file=file)


def read_entry(node: Node, limits: Limits) -> Entry:
    """One entry; raises `attest.errors.FormatError` and `attest.errors.LimitError`."""
    most = limits.vulnerability_entries
    aliases, summary, withdrawn = node.get("aliases"), node.get("summary"), node.get("withdrawn")
    return Entry(
        id=node.need("id").text(),
        aliases=tuple(each.text() for each in aliases.items(most)) if aliases is not None else (),
        summary=summary.text() if summary is not None else "",
        affected=tuple(_affected(each, most) for each in node.need("affected").items(most)),
        withdrawn=_time(withdrawn) if withdrawn is not None else None,
    )


def _affected(node: Node, most: int) -> Affected:
    ranges, specific = node.get("ranges"), node.get("ecosystem_specific")
    listed = ranges.items(most) if ranges is not None and ranges.value is not None else []
    semver = [each for each in listed if each.need("type").text() == _SEMVER]
    imports = specific.get("imports") if specific is not None and specific.value is not None else None
    return Affected(
        module=node.need("package").need("name").text(),
        events=tuple(_events(each, most) for each in semver),
        everything=not semver,
        packages=tuple(_package(each, most) for each in imports.items(most)) if imports is not None else (),
    )


def _events(node: Node, most: int) -> tuple[tuple[str, str], ...]:
    found = []
    for event in node.need("events").items(most):
        for kind in _KINDS:
            said = event.get(kind)
            if said is not None:
                found.append((kind, said.text()))
    return tuple(found)


def _package(node: Node, most: int) -> AffectedPackage:
    def texts(name: str) -> tuple[str, ...]:
        listed = node.get(name)
        return tuple(each.text() for each in listed.items(most)) if listed is not None else ()

    return AffectedPackage(
        path=node.need("path").text(), symbols=texts("symbols"), goos=texts("goos"), goarch=texts("goarch")
    )


def _time(node: Node) -> datetime:
    try:
        found = datetime.fromisoformat(node.text())
        return found.astimezone(UTC) if found.tzinfo and found.year > 1 else _NEVER
    except (ValueError, OverflowError):
        raise node.fail("is no time (RFC 3339)") from None
