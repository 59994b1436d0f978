"""Which files `//go:embed` patterns name.

Sources: path.Match for the patterns; cmd/go/internal/load/pkg.go (resolveEmbed) for what directories mean.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

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
            safe = re.sub(r"\\(.)|([\[\]&~|^])", lambda each: f"\\{each[1] or each[2]}", members)
            elements[-1][-1] += f"(?!/)[{'^' if negated else ''}{safe}]"
        else:
            elements[-1][-1] += "[^/]" if any_one else re.escape(escaped or plain)
        position = part.end()
    try:
        return re.compile("/".join(map(_element, elements)), re.DOTALL)
    except re.error:
        return None


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
