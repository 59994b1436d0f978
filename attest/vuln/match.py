"""Which entries of a database are about a program: by its modules, their versions, packages and symbols.

What an entry names most exactly decides: a symbol where it names symbols, a package where it names packages,
else the module. Source: golang.org/x/vuln, internal/vulncheck (affectingVulnerabilities, ForSymbol) and
internal/semver (Affects, ContainsSemver, GoTagToSemver).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.go import semver
from attest.model.vulnerability import KnownVulnerability, Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from attest.model.binary import BuildInfo
    from attest.model.vulnerability import Affected, AffectedPackage, Entry
    from attest.vuln.database import Database

    #: The symbols of these packages that a program holds; None where it does not tell.
    Symbols = Callable[[frozenset[str]], Mapping[str, frozenset[str]] | None]

STDLIB: Final = "stdlib"
_DEVEL: Final = ("", "(devel)")
_GO: Final = re.compile(r"go([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:(rc|beta)([0-9]+))?(?:[-+ ].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A module of the program: what it is looked up by, its version, and what its packages begin with."""

    module: str
    version: str
    called: str


def scan(info: BuildInfo, database: Database, symbols: Symbols, now: datetime) -> Scan:
    """What a program has of what the database knows; raises as `Database` does."""
    parts = list(_parts(info))
    hits: list[tuple[_Part, Entry, Affected]] = []
    unknown: list[str] = []
    for part in parts:
        for entry in database.entries(part.module):
            if entry.withdrawn is not None and entry.withdrawn <= now:
                continue
            for affected in entry.affected:
                if affected.module != part.module or not _here(affected, info):
                    continue
                if part.version in _DEVEL:
                    unknown.append(part.module)
                elif _contains(affected, part.version):
                    hits.append((part, entry, affected))
    wanted = frozenset(
        _as_called(part, package.path) for part, _, affected in hits for package in _packages(affected, info)
    )
    held = symbols(wanted) if wanted else {}
    found = []
    for part, entry, affected in hits:
        names = _held(part, _packages(affected, info), held)
        if names is None and affected.packages:
            continue
        found.append(
            KnownVulnerability(
                id=entry.id,
                aliases=entry.aliases,
                summary=entry.summary,
                module=part.module,
                version=part.version,
                fixed=_fixed(affected, part.version),
                symbols=names or (),
            )
        )
    why = f"the version of {', '.join(sorted(set(unknown)))} is not known" if unknown else ""
    return Scan(found=tuple(sorted(set(found), key=lambda each: (each.id, each.module))), unknown=why)


def _parts(info: BuildInfo) -> Iterable[_Part]:
    yield _Part(module=STDLIB, version=go_version(info.go_version), called=STDLIB)
    for module in (*([info.main] if info.main else []), *info.deps):
        compiled = module.compiled
        if compiled.path.startswith((".", "/")):
            yield _Part(module=module.path, version="", called=module.path)
        else:
            yield _Part(module=compiled.path, version=compiled.version, called=module.path)


def go_version(text: str) -> str:
    """A Go release as a semantic version, "" for what is none."""
    match = _GO.fullmatch(text)
    if match is None:
        return ""
    major, minor, patch, stage, number = match.groups()
    return f"v{major}.{minor}.{patch or 0}" + (f"-{stage}.{number}" if stage else "")


def _here(affected: Affected, info: BuildInfo) -> bool:
    """Whether an entry that names packages names one for this platform."""
    return not affected.packages or bool(_packages(affected, info))


def _packages(affected: Affected, info: BuildInfo) -> list[AffectedPackage]:
    goos, goarch = info.setting("GOOS") or "", info.setting("GOARCH") or ""
    return [
        each
        for each in affected.packages
        if (not goos or not each.goos or goos in each.goos)
        and (not goarch or not each.goarch or goarch in each.goarch)
    ]


def _contains(affected: Affected, version: str) -> bool:
    return affected.everything or any(_in_range(events, version) for events in affected.events)


def _in_range(events: tuple[tuple[str, str], ...], version: str) -> bool:
    """Whether a version is after an introduction and before the mending that follows it."""
    if not events:
        return True
    inside = False
    for kind, said in sorted(
        events, key=lambda event: (event[1] != "0", semver.sort_key(_prefixed(event[1])))
    ):
        if not inside and kind == "introduced":
            inside = said == "0" or semver.compare(version, _prefixed(said)) >= 0
        elif inside and kind == "fixed":
            inside = semver.compare(version, _prefixed(said)) < 0
    return inside


def _order(event: tuple[str, str]) -> tuple[object, ...]:
    return event[1] != "0", semver.sort_key(_prefixed(event[1]))


def _fixed(affected: Affected, version: str) -> str:
    """The first version after this one that is mended, "" where none is known."""
    said = [_prefixed(each) for events in affected.events for kind, each in events if kind == "fixed"]
    later = [each for each in said if semver.compare(version, each) < 0]
    return min(later, key=semver.sort_key) if later else ""


def _prefixed(version: str) -> str:
    return f"v{version.removeprefix('go').removeprefix('v')}"


def _as_called(part: _Part, path: str) -> str:
    """What a package is called in the program: a module that replaces another has its packages' paths."""
    return path if part.called == part.module else part.called + path.removeprefix(part.module)


def _held(
    part: _Part, packages: list[AffectedPackage], held: Mapping[str, frozenset[str]] | None
) -> tuple[str, ...] | None:
    """What the entry names and the program holds; None for nothing. Without a table all may be there."""
    if held is None:
        return ()
    found = set()
    for package in packages:
        there = held.get(_as_called(part, package.path))
        if there is None:
            continue
        if not package.symbols:
            found.add(f"{package.path}.*")
        found.update(f"{package.path}.{each}" for each in package.symbols if each in there)
    return tuple(sorted(found)) or None
