"""The tables of PE files that programs are loaded with: imports, exports, the load configuration.

Source: the PE format specification (learn.microsoft.com/windows/win32/debug/pe-format).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.pe import DELAY_IMPORTS, EXPORTS, IMPORTS, LOAD_CONFIG
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.pe import Directory, PeImage
    from attest.model.limits import Limits

_ADDRESS: Final = 0xFFFFFFFF
_GUARD_FLAGS: Final = {
    0x100: "CF_INSTRUMENTED",
    0x200: "CFW_INSTRUMENTED",
    0x400: "CF_FUNCTION_TABLE_PRESENT",
    0x800: "SECURITY_COOKIE_UNUSED",
    0x1000: "PROTECT_DELAYLOAD_IAT",
    0x2000: "DELAYLOAD_IAT_IN_ITS_OWN_SECTION",
    0x4000: "CF_EXPORT_SUPPRESSION_INFO_PRESENT",
    0x8000: "CF_ENABLE_EXPORT_SUPPRESSION",
    0x10000: "CF_LONGJUMP_TABLE_PRESENT",
    0x20000: "RF_INSTRUMENTED",
    0x40000: "RF_ENABLE",
    0x80000: "RF_STRICT",
    0x100000: "RETPOLINE_PRESENT",
    0x400000: "EH_CONTINUATION_TABLE_PRESENT",
    0x800000: "XFG_ENABLED",
    0x1000000: "CASTGUARD_PRESENT",
    0x2000000: "MEMCPY_PRESENT",
}


class Mapped:
    """The memory of a program by addresses relative to its image base, and its names, counted."""

    def __init__(self, image: PeImage, limits: Limits) -> None:
        self.base = image.header.base if image.header else 0
        self.bits = image.header.bits if image.header else None
        self.limits = limits
        self._regions = sorted(image.memory, key=lambda each: each.address)
        self._starts = [each.address for each in self._regions]
        self._headers = image.whole[: image.windows.headers_size if image.windows else 0]
        self._entries, self._bytes = limits.header_entries, limits.import_names_bytes

    def at(self, address: int, what: str) -> memoryview:
        """The bytes from an address on; raises `BoundsError` where nothing of the file is mapped."""
        index = bisect_right(self._starts, self.base + address) - 1
        if index >= 0 and self.base + address < self._regions[index].end:
            region = self._regions[index]
            return region.data[self.base + address - region.address :]
        if address < len(self._headers):
            return self._headers[address:]
        raise BoundsError(f"{what} in no section, at address {address:#x}")

    def reader(self, address: int, what: str) -> Reader:
        """Typed reads from an address on."""
        return Reader(data=self.at(address, what), whole="section")

    def table(self, directory: Directory, what: str) -> Reader:
        """Typed reads from a table on."""
        return self.reader(directory.address, what)

    def name(self, address: int, what: str) -> str:
        """A name; the names of a program are limited in number and in all."""
        self.count(what)
        found = self.reader(address, what).string(0, self.limits.section_name_bytes, what)
        self._bytes -= len(found)
        if self._bytes < 0:
            raise LimitError(f"{what}: more than {self.limits.import_names_bytes} bytes of names")
        return found

    def count(self, what: str) -> None:
        """One entry more."""
        self._entries -= 1
        if self._entries < 0:
            raise LimitError(f"{what}: more than {self.limits.header_entries} entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A DLL that is named, and where the list of what is taken from it begins."""

    dll: str
    lookup: int


def imports(image: PeImage, limits: Limits) -> tuple[Import, ...]:
    """The DLLs that the loader must find, in the order of the file."""
    directory = image.windows.directory(IMPORTS) if image.windows else None
    if directory is None or not directory.address:
        return ()
    memory, what = Mapped(image, limits), "import table"
    table = memory.table(directory, what)
    found: list[Import] = []
    at = 0
    while True:
        lookup, name, first = (table.u32(at + each, what) for each in (0, 12, 16))
        if not (name and first):  # as the loader stops
            break
        found.append(Import(dll=memory.name(name, "name of an imported DLL"), lookup=lookup or first))
        at += 20
    return tuple(found)


def delay_imports(image: PeImage, limits: Limits) -> tuple[Import, ...]:
    """The DLLs that are loaded when something of them is first used."""
    directory = image.windows.directory(DELAY_IMPORTS) if image.windows else None
    if directory is None or not directory.address:
        return ()
    memory, what = Mapped(image, limits), "delay import table"
    table = memory.table(directory, what)
    found: list[Import] = []
    at = 0
    while name := table.u32(at + 4, what):
        # The oldest linkers wrote addresses that already hold the image base.
        base = 0 if table.u32(at, what) & 1 else memory.base
        lookup = table.u32(at + 16, what)
        found.append(
            Import(
                dll=memory.name((name - base) & _ADDRESS, "name of a delay-loaded DLL"),
                lookup=(lookup - base) & _ADDRESS if lookup else 0,
            )
        )
        at += 32
    return tuple(found)


def imported_names(image: PeImage, dlls: tuple[Import, ...], limits: Limits) -> Iterator[str]:
    """What is taken from each DLL: "dll!name", or "dll!#ordinal"."""
    memory, what = Mapped(image, limits), "list of imports"
    width = 8 if memory.bits == 64 else 4  # noqa: PLR2004 - PE32+
    by_ordinal = 1 << (8 * width - 1)
    for each in dlls:
        if not each.lookup:
            continue
        table = memory.reader(each.lookup, what)
        at = 0
        while value := table.uint(at, width, what):
            if value & by_ordinal:
                memory.count(what)
                yield f"{each.dll}!#{value & 0xFFFF}"
            else:
                yield f"{each.dll}!{memory.name((value & 0x7FFFFFFF) + 2, 'name of an import')}"
            at += width


def exports(image: PeImage, limits: Limits) -> Iterator[str]:
    """What others may take: names in the order of the table, then "#ordinal" of those without a name."""
    directory = image.windows.directory(EXPORTS) if image.windows else None
    if directory is None or not directory.address:
        return
    memory, what = Mapped(image, limits), "export table"
    table = memory.table(directory, what)
    first, functions, names = (table.u32(at, what) for at in (16, 20, 24))
    if max(functions, names) > limits.header_entries:
        raise LimitError(f"{what}: more than {limits.header_entries} entries")
    named: set[int] = set()
    if names:
        texts = memory.reader(table.u32(32, what), what)
        ordinals = memory.reader(table.u32(36, what), what)
        for index in range(names):
            named.add(ordinals.u16(2 * index, what))
            yield memory.name(texts.u32(4 * index, what), "name of an export")
    if functions:
        addresses = memory.reader(table.u32(28, what), what)
        for index in range(functions):
            if index not in named and addresses.u32(4 * index, what):
                yield f"#{first + index}"


def guard_flags(image: PeImage, limits: Limits) -> tuple[str, ...] | None:
    """What the load configuration says of control flow guard; None where it says nothing."""
    directory = image.windows.directory(LOAD_CONFIG) if image.windows else None
    if directory is None or not directory.address:
        return None
    memory, what = Mapped(image, limits), "load configuration"
    table = memory.table(directory, what)
    at = 144 if memory.bits == 64 else 88  # noqa: PLR2004 - PE32+
    if table.u32(0, what) < at + 4:
        return None
    flags = table.u32(at, what)
    return tuple(name for bit, name in _GUARD_FLAGS.items() if flags & bit)
