"""Which files `//go:embed` patterns name.

Sources: path.Match for the patterns; cmd/go/internal/load/pkg.go (resolveEmbed) for what directories mean.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attest.go.module_path import file_path_fault

if TYPE_CHECKING:
    from collections.abc import Collection

#: A member of a class: a character, or a range of them; either may be escaped.
_MEMBER: Final = re.compile(r"\\?(.)(?:-\\?(.))?", re.DOTALL)
_PART: Final = re.compile(r"(\*+)|(\?)|\\(.)|\[(\^?)((?:\\.|[^\\\]])+)\]|([^*?\\\[])", re.DOTALL)


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str] | None:
    """The pattern as a regular expression; None where path.Match calls it malformed.

    What follows a star is taken where it first fits and not looked for again (an atomic group), for only the
    last such piece of a path element can need another place. So no pattern costs more than its length times
    the name's.
    """
    elements: list[list[str]] = [[""]]
    position = 0
    while position < len(pattern):
        part = _PART.match(pattern, position)
        if part is None:
            return None
        star, any_one, escaped, negated, members, plain = part.groups()
        if star:
            elements[-1].append("")
        elif (escaped or plain) == "/":
            elements.append([""])
        elif members is not None:
            # An escaped letter stands for itself, where a regular expression would see a class of its own.
            # Everything is escaped but the dash of a range.
            safe = _MEMBER.sub(_member, members)
            elements[-1][-1] += f"(?!/)[{'^' if negated else ''}{safe}]"
        else:
            elements[-1][-1] += "[^/]" if any_one else re.escape(escaped or plain)
        position = part.end()
    try:
        return re.compile("/".join(map(_element, elements)), re.DOTALL)
    except re.error:
        return None


def _member(each: re.Match[str]) -> str:
    low, high = each[1], each[2]
    return re.escape(low) + (f"-{re.escape(high)}" if high is not None else "")


def _element(pieces: list[str]) -> str:
    first, *rest = pieces
    ends = [""] * (len(rest) - 1) + [r"(?=/|\Z)"]
    return first + "".join(f"(?>[^/]*?{piece}{end})" for piece, end in zip(rest, ends, strict=False))


def path_matches(pattern: str, name: str) -> bool:
    """Tell whether the whole name fits the pattern, by the rules of path.Match; a malformed one fits none."""
    expression = _expression(pattern)
    return expression is not None and expression.fullmatch(name) is not None


def embeds(pattern: str, file: str) -> bool:
    """Tell whether the pattern names the file (relative to the package) or a directory that it lies in.

    Files that begin with "." or "_" count as named too where a directory is: for deciding what may lie in
    vendor/ the wider meaning (`all:`) is the safe one.
    """
    expression = _expression(pattern.removeprefix("all:"))
    while expression and file:
        if expression.fullmatch(file):
            return True
        file = file.rpartition("/")[0]
    return False


_NOT_EMBEDDED: Final = frozenset({".bzr", ".git", ".hg", ".svn"})


def resolve(pattern: str, files: Collection[str], irregular: Collection[str] = ()) -> frozenset[str] | None:
    """The files that a pattern embeds, of the files of a package's directory and below (relative names).

    `irregular` are links, devices and the like there: a pattern must not name one, and one that lies below a
    directory that it names is passed over. A directory stands for the files below it, but for those that
    begin with "." or "_" unless the pattern begins with `all:`, and for directories with a go.mod, which are
    other modules. None where the go command refuses the pattern: it is malformed, names what cannot be
    embedded, or names nothing that can.
    """
    glob = pattern.removeprefix("all:")
    expression = _expression(glob)
    if expression is None or glob == "." or any(each in ("", ".", "..") for each in glob.split("/")):
        return None
    if any(expression.fullmatch(each) for each in irregular):
        return None
    modules = {posixpath.dirname(file) for file in files if posixpath.basename(file) == "go.mod"} - {""}
    found: set[str] = set()
    named: set[str] = set()
    for file in files:
        parts = file.split("/")
        for end in range(1, len(parts) + 1):
            start = "/".join(parts[:end])
            if not expression.fullmatch(start):
                continue
            named.add(start)
            above = ["/".join(parts[:upto]) for upto in range(1, end + 1)]
            if any(map(_bad_name, parts[:end])) or modules.intersection(above):
                return None
            if end == len(parts) or _below(parts, end, modules, hidden=glob != pattern):
                found.add(file)
    if any(not any(file == each or file.startswith(f"{each}/") for file in found) for each in named):
        return None
    return frozenset(found) or None


def _below(parts: list[str], end: int, modules: set[str], *, hidden: bool) -> bool:
    """Tell whether a file below an embedded directory is taken."""
    if any(_bad_name(part) or (part[0] in "._" and not hidden) for part in parts[end:]):
        return False
    return not any("/".join(parts[:upto]) in modules for upto in range(end, len(parts)))


def _bad_name(name: str) -> bool:
    return name in _NOT_EMBEDDED or bool(file_path_fault(name))
