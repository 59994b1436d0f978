"""Names with variables in them, and release paths.

`${name}` stands for a value, `{.exe,}` for ".exe" on Windows and for nothing elsewhere; any other brace or
dollar sign is a mistake, so that no file is ever looked for under a name that nobody meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN: Final = re.compile(r"\$\{([A-Za-z_.]+)\}|\{\.exe,\}|[${}]")
_EXE: Final = "{.exe,}"
#: Variables that only the run can give, and the options that give them.
RUN_VARIABLES: Final = {"version": "--version", "tag": "--tag"}


def expand(
    text: str,
    variables: Mapping[str, str],
    *,
    windows: bool | None = None,
    quote: Callable[[str], str] | None = None,
) -> str:
    """Put values into `text`.

    `windows` is None where `{.exe,}` means nothing (everywhere but in paths of artifacts). `quote` is given
    where `text` is a regular expression: it escapes each value, and other braces and dollar signs stay.
    Raises `attest.errors.UsageError` for an unknown or unset variable and for stray braces.
    """

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name is None and quote is not None:
            return match[0]
        if name is None:
            if match[0] == _EXE and windows is not None:
                return ".exe" if windows else ""
            raise UsageError(
                f"'{match[0]}' in '{text}' means nothing here",
                hint="write ${name} for a variable" + (" or {.exe,}" if windows is not None else ""),
            )
        if name in variables:
            return quote(variables[name]) if quote else variables[name]
        if name in RUN_VARIABLES:
            raise UsageError(
                f"'{text}' needs ${{{name}}}, and this run sets none",
                hint=f"say {RUN_VARIABLES[name]}; it is never guessed from the files",
            )
        known = ", ".join(f"${{{each}}}" for each in sorted({*variables, *RUN_VARIABLES}))
        raise UsageError(f"'{text}' uses the unknown variable ${{{name}}}", hint=f"known here: {known}")

    return _TOKEN.sub(put, text)


def path_fault(path: str) -> str:
    """Why `path` cannot name a file below the release directory; "" where it can."""
    parts = path.split("/")
    if not path:
        return "it is empty"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "it is absolute"
    if "\\" in path:
        return "it has a backslash; paths are written with slashes"
    if any(part in {"", ".", ".."} for part in parts):
        return "it has an empty part, '.' or '..'"
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in path):  # noqa: PLR2004 - ASCII control characters
        return "it has a control character"
    return ""
