"""The go line of a dependency's go.mod, which is read less strictly than that of the main module.

Source: golang.org/x/mod/modfile (ParseLax: GoVersionRE, laxGoVersionRE).
"""

from __future__ import annotations

import re
from typing import Final

from attest.go import gomod_syntax

_VERSION: Final = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_LAX: Final = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*", re.DOTALL)


def go_line(data: bytes, file: str) -> str:
    """The language version that a module asks for, "" where it says none.

    Raises `FormatError` for bytes that are no go.mod.
    """
    for line in gomod_syntax.parse(data, file):
        if line.verb == "go" and len(line.words) == 1:
            word = line.words[0]
            lax = _LAX.fullmatch(word)
            return lax[1] if lax and not _VERSION.fullmatch(word) else word
    return ""
