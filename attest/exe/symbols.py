"""The symbols of packages that a program holds, by its function table; those that are only inlined, too.

Source: golang.org/x/vuln, internal/buildinfo (parseName), debug/gosym (Sym.BaseName, Sym.ReceiverName).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from attest.errors import LimitError
from attest.exe.inspect import read_image
from attest.exe.packing import find_packing
from attest.exe.pclntab import read_functions
from attest.exe.reader import text
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

#: cmd/internal/objabi, PathToPrefix: these, and dots in the last element of a path.
_ESCAPED: Final = re.compile(r'[^!-~]|[%"]')
_POINTER: Final = re.compile(r"^\(\*([^)]*)\)\.")


def symbols(
    data: memoryview, packages: frozenset[str], main: str, limits: Limits
) -> dict[str, frozenset[str]] | None:
    """The names of each of these packages that a program holds, methods as Type.Method.

    `main` is the import path of its main package. None where it has no function table, or a damaged one.
    """
    image = read_image(data, limits)
    if image is None:
        return None
    packing = find_packing(image, limits)
    program = packing.image if packing is not None and packing.image is not None else image
    found: dict[str, set[str]] = {}
    try:
        table = read_functions(program, limits)
        if table is None:
            return None
        prefixes = tuple(_beginning(each) for each in packages) + ((b"main.",) if main in packages else ())
        for name in table.names():
            if not name.startswith(prefixes):
                continue  # most are of packages that nobody asks for, and parsing takes ten times as long
            package, symbol = parsed(name)
            if package == "main" and main:
                package = main
            if package in packages:
                found.setdefault(package, set()).add(symbol)
    except (BoundsError, LimitError):
        return None
    return {package: frozenset(names) for package, names in found.items()}


def _beginning(package: str) -> bytes:
    """What the names in a package begin with, up to the first character that the linker may escape."""
    folder, slash, name = package.rpartition("/")
    whole = folder + slash + name.partition(".")[0]
    found = _ESCAPED.search(whole)
    return (whole[: found.start()] if found else whole).encode()


def parsed(raw: bytes) -> tuple[str, str]:
    """The package and the symbol ("Type.Method" for methods) in the name of a function."""
    start = min((at for at in (raw.find(b"["), raw.find(b"(")) if at >= 0), default=len(raw))
    dot = raw.find(b".", raw.rfind(b"/", 0, start) + 1)
    if dot < 0:
        return "", text(raw)
    path = text(raw[:dot])
    name = _plain(text(raw[dot + 1 :]))
    pointer = _POINTER.match(name)
    if pointer:
        name = f"{pointer[1]}.{name[pointer.end() :]}"
    return unquote(path) if "%" in path else path, name


def _plain(name: str) -> str:
    """A name without type arguments."""
    if "[" not in name:
        return name
    kept, depth = [], 0
    for character in name:
        depth += (character == "[") - (character == "]" and depth > 0)
        if depth == 0 and character != "]":
            kept.append(character)
    return "".join(kept)
