"""What a module's authors say about its versions in its latest go.mod: retracted, or deprecated altogether.

Sources: https://go.dev/ref/mod#go-mod-file-retract and #go-mod-file-module-deprecation;
golang.org/x/mod/modfile/rule.go (parseDeprecation, parseDirectiveComment); cmd/go/internal/modload/query.go
for which version is the latest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.go import semver
from attest.go.requirements import is_pseudo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.module import GoMod

_DEPRECATED: Final = re.compile(r"(?:^|\n\n)Deprecated: *(.*?)(?:$|\n\n)", re.DOTALL)
_MODULE: Final = re.compile(r"module[ \t]+[^ \t(][^/]*(?:/(?!/)[^/]*)*(?://(.*))?")
_BLOCK: Final = re.compile(r"module[ \t]*\([ \t]*")
_SHOWN: Final = 200


def latest(versions: Iterable[str]) -> str | None:
    """The version whose go.mod speaks for the module: the newest release, else pre-release, else commit.

    None where none is a canonical version. +incompatible versions come from before the module had a go.mod.
    """
    kinds: list[list[str]] = [[], [], []]
    for version in versions:
        if semver.canonical(version) == version and "+" not in version:
            kinds[2 if is_pseudo(version) else 1 if "-" in version else 0].append(version)
    newest = next((each for each in kinds if each), [])
    return max(newest, key=semver.sort_key) if newest else None


def is_retracted(go_mod: GoMod, version: str) -> bool:
    """Tell whether a retract line of the module's own go.mod covers the version."""
    return any(
        semver.compare(each.low, version) <= 0 <= semver.compare(each.high, version)
        for each in go_mod.retract
    )


def deprecation(data: bytes) -> str:
    """What the comment of the module line says after "Deprecated:", in one line; "" where it does not.

    The comment is the lines of `//` right above the line, or behind it. `data` is a go.mod that parses.
    """
    comment: list[str] = []
    block: list[str] | None = None  # the comment of a block, which counts where the line in it has none
    for raw in data.decode("utf-8", "replace").split("\n"):
        line = raw.strip(" \t\r")
        if line.startswith("//"):
            comment.append(line.removeprefix("//").strip(" \t"))
            continue
        if line and block is None and _BLOCK.fullmatch(line):
            block, comment = comment, []
            continue
        module = _MODULE.fullmatch(line if block is None else f"module {line}")
        if module is not None:
            comment += [module[1].strip(" \t")] if module[1] else []
            found = _DEPRECATED.search("\n".join(comment or block or []))
            said = " ".join(found[1].split()) if found else ""
            return said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…"
        comment.clear()
    return ""
