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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """A part of the program, an entry, and what that says of this module for this platform.

    An entry may speak of one module several times, for other versions, packages or symbols.
    """

    part: _Part
    entry: Entry
    meant: tuple[Affected, ...]

    @property
    def here(self) -> tuple[Affected, ...]:
        """What is said of this version."""
        return tuple(each for each in self.meant if _contains(each, self.part.version))

    @property
    def whole(self) -> bool:
        """Whether the module is meant as a whole."""
        return any(not each.packages for each in self.here)

    def packages(self, info: BuildInfo) -> list[AffectedPackage]:
        """The packages that are meant in this version."""
        return [package for each in self.here for package in _packages(each, info)]


def scan(info: BuildInfo, database: Database, symbols: Symbols, now: datetime) -> Scan:
    """What a program has of what the database knows; raises as `Database` does."""
    parts = list(_parts(info))
    hits: list[_Hit] = []
    unknown: list[str] = []
    for part in parts:
        for entry in database.entries(part.module):
            if entry.withdrawn is not None and entry.withdrawn <= now:
                continue
            meant = tuple(each for each in entry.affected if each.module == part.module and _here(each, info))
            if meant and part.version in _DEVEL:
                unknown.append(part.module)
            elif any(_contains(each, part.version) for each in meant):
                hits.append(_Hit(part=part, entry=entry, meant=meant))
    wanted = frozenset(_as_called(hit.part, each.path) for hit in hits for each in hit.packages(info))
    held = symbols(wanted) if wanted else {}
    found = set()
    for hit in hits:
        names = _held(hit.part, hit.packages(info), held)
        if names is None and not hit.whole:
            continue
        found.add(
            KnownVulnerability(
                id=hit.entry.id,
                aliases=hit.entry.aliases,
                summary=hit.entry.summary,
                module=hit.part.module,
                version=hit.part.version,
                fixed=_fixed(hit.meant, hit.part.version),
                symbols=names or (),
            )
        )
    why = f"the version of {', '.join(sorted(set(unknown)))} is not known" if unknown else ""
    # All that may differ orders them: a module may be there twice, once in place of another.
    return Scan(
        found=tuple(sorted(found, key=lambda each: (each.id, each.module, each.version, each.symbols))),
        unknown=why,
    )


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


def _fixed(meant: tuple[Affected, ...], version: str) -> str:
    """The first version after this one that is mended and is not meant again, "" where none is known."""
    events = [event for each in meant for one in each.events for event in one]
    said = {_prefixed(version) for kind, version in events if kind == "fixed"}
    later = [
        each
        for each in said
        if semver.compare(version, each) < 0 and not any(_contains(one, each) for one in meant)
    ]
    return min(later, key=lambda each: (semver.sort_key(each), each), default="")


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
