"""What the bytes of an executable are spent on, from what was read of it.

Sources: cmd/link/internal/ld (dwarf.go, elf.go, pe.go, wasm/asm.go): where the linker puts symbols and DWARF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport

_DWARF: Final = (".debug_", ".zdebug_", "__debug_", "__zdebug_")
#: Sections that hold symbols and nothing else; in Mach-O files they are in none.
_SYMBOLS: Final = {
    "elf": frozenset({".symtab", ".strtab"}),
    "pe": frozenset({".symtab"}),
    "wasm": frozenset({"name"}),
}


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


def module_sizes(report: BinaryReport) -> tuple[ModuleSize, ...] | None:
    """The modules of a program by the size of their code, the largest first, then by path.

    None where no function table was read.
    """
    if report.packages is None:
        return None
    sums: dict[str, tuple[int, int, int]] = {}
    for each in report.packages:
        packages, functions, size = sums.get(each.module, (0, 0, 0))
        sums[each.module] = (packages + 1, functions + each.functions, size + each.size)
    found = (
        ModuleSize(path=path, packages=packages, functions=functions, size=size)
        for path, (packages, functions, size) in sums.items()
    )
    return tuple(sorted(found, key=lambda each: (-each.size, each.path)))


def code_sizes(report: BinaryReport) -> dict[str, int] | None:
    """The bytes of code by module path, of all slices together; None where one has no function table."""
    sums: dict[str, int] = {}
    for image in report.images:
        found = module_sizes(image)
        if found is None:
            return None
        for each in found:
            sums[each.path] = sums.get(each.path, 0) + each.size
    return sums


def removable(report: BinaryReport) -> Removable:
    """What symbols and debugging information cost in the file of a program."""
    if not report.sections:
        return Removable(symbols=None, dwarf=None)
    names = _SYMBOLS.get(report.container.format)
    symbols = None if names is None else sum(each.file_size for each in report.sections if each.name in names)
    if report.fact("symbol_table") is False:
        symbols = 0  # Go's linker leaves an empty section in PE files
    return Removable(
        symbols=symbols,
        dwarf=sum(each.file_size for each in report.sections if each.name.startswith(_DWARF)),
    )
