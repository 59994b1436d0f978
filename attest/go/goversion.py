"""The order of Go's own versions ("1.21", "1.21rc1", "1.21.0"), by which language rules are switched on.

Source: internal/gover. From 1.21 on "1.21" is the language version and older than every 1.21 release; before,
"1.20" and "1.20.0" are the same.
"""

from __future__ import annotations

import re
from typing import Final

DEFAULT: Final = "1.16"
"""What a go.mod without a go line speaks."""

WORK_DEFAULT: Final = "1.18"
"""What a go.work without a go line speaks."""

VENDOR_USED: Final = "1.14"  # vendor/ is used without asking, and modules.txt tells explicit modules
PRUNED: Final = "1.17"  # go.mod lists every module that gives a package
MODULES_TXT_RULES: Final = "1.23"  # a vendored package that modules.txt does not list cannot be imported

_NUMBER: Final = r"(0|[1-9][0-9]*)"
_VERSION: Final = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}|([a-z]+)(?:{_NUMBER})?)?)?")
_PATCH_SINCE: Final = (2, "21")

_Number = tuple[int, str]
SortKey = tuple[_Number, _Number, _Number, str, _Number]


def sort_key(version: str) -> SortKey:
    """What to sort versions by; invalid versions are equal and lowest."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return ((0, ""), (0, ""), (0, ""), "", (0, ""))
    major, minor, patch, kind, pre = match.groups()
    if minor is None:
        minor, patch = "0", "0"
    elif patch is None and kind is None and (len(minor), minor) < _PATCH_SINCE:
        patch = "0"
    number = [(len(each or ""), each or "") for each in (major, minor, patch, pre)]
    return (number[0], number[1], number[2], kind or "", number[3])


def before(version: str, other: str) -> bool:
    """Tell whether `version` ("" counts as 1.16) is older than `other`; an invalid one is oldest."""
    return sort_key(version or DEFAULT) < sort_key(other)


def from_toolchain(name: str) -> str:
    """The version that a toolchain is of: "1.24.1" for "go1.24.1-custom", "" where its name tells none."""
    version = re.split("[ \t-]", name.removeprefix("go"), maxsplit=1)[0]
    return version if re.search(r"[\\/]", name) is None and _VERSION.fullmatch(version) else ""


def minor(version: str) -> int:
    """The minor number of a version of Go 1 ("1.27.3" gives 27), 0 where it tells none."""
    match = re.match(r"1\.([1-9][0-9]{0,5})(?![0-9])", version)
    return int(match[1]) if match else 0
