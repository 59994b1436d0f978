"""Semantic versions as Go orders them.

Versions start with "v"; "v1" and "v1.2" are short for "v1.0.0" and "v1.2.0"; build metadata
("+incompatible") takes no part in the order. Source: golang.org/x/mod/semver; module.CanonicalVersion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

INCOMPATIBLE: Final = "+incompatible"

_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_VERSION: Final = re.compile(
    rf"v({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER})"
    r"(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)
_LEADING_ZERO: Final = re.compile(r"0[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parsed:
    major: str
    minor: str
    patch: str
    prerelease: str
    build: str


def _parse(version: str) -> _Parsed | None:
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, prerelease, build = match.groups()
    if prerelease and any(_LEADING_ZERO.fullmatch(part) for part in prerelease[1:].split(".")):
        return None
    return _Parsed(
        major=major, minor=minor or "0", patch=patch or "0", prerelease=prerelease or "", build=build or ""
    )


def is_valid(version: str) -> bool:
    """Tell whether `version` is a semantic version with its "v"."""
    return _parse(version) is not None


def major(version: str) -> str:
    """The major version, as "v2"; "" where the version is invalid."""
    parsed = _parse(version)
    return f"v{parsed.major}" if parsed else ""


def canonical(version: str) -> str:
    """The version with all three numbers and no build metadata but "+incompatible"; "" where invalid."""
    parsed = _parse(version)
    if parsed is None:
        return ""
    suffix = INCOMPATIBLE if parsed.build == INCOMPATIBLE else ""
    return f"v{parsed.major}.{parsed.minor}.{parsed.patch}{parsed.prerelease}{suffix}"


#: A number's place in the order: longer is greater, as neither has leading zeros; never converted, since a
#: hostile version may have a million digits.
_Number = tuple[int, str]
_SortKey = tuple[int, _Number, _Number, _Number, int, tuple[tuple[int, int, str], ...]]


def sort_key(version: str) -> _SortKey:
    """What to sort versions by; invalid versions are equal and lowest."""
    parsed = _parse(version)
    zero = (0, "")
    if parsed is None:
        return (0, zero, zero, zero, 0, ())
    identifiers = tuple(
        (0, len(part), part) if part.isdecimal() else (1, 0, part)
        for part in parsed.prerelease[1:].split(".")
        if parsed.prerelease
    )
    return (
        1,
        (len(parsed.major), parsed.major),
        (len(parsed.minor), parsed.minor),
        (len(parsed.patch), parsed.patch),
        0 if identifiers else 1,
        identifiers,
    )


def compare(one: str, other: str) -> int:
    """Negative, zero or positive, as `one` is older than, as old as, or newer than `other`."""
    left, right = sort_key(one), sort_key(other)
    return (left > right) - (left < right)
