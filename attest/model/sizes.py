"""What the bytes of an executable are spent on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSize:
    """The machine code of one module: how many packages of it are linked, their functions and bytes.

    `path` is "std" for the standard library, "" for packages whose module is not known.
    """

    path: str
    packages: int
    functions: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removable:
    """Bytes of the file that the program runs without; None where the sections do not tell.

    `symbols` is what -ldflags=-s leaves out besides, `dwarf` what -ldflags=-w leaves out.
    """

    symbols: int | None
    dwarf: int | None
