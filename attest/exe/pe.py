"""PE (Windows) headers.

Sources: the PE format specification (learn.microsoft.com/windows/win32/debug/pe-format),
cmd/link/internal/ld/pe.go, debug/buildinfo (peExe).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.exe.image import Image, Region, mapped_once
from attest.exe.reader import BoundsError, Reader, text
from attest.model.binary import Container

if TYPE_CHECKING:
    from attest.model.limits import Limits

MAGIC: Final = b"MZ"

_ARCHES: Final = {0x14C: "386", 0x8664: "amd64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm"}
_BITS: Final[dict[int, Literal[32, 64]]] = {0x10B: 32, 0x20B: 64}
_EFI_SUBSYSTEMS: Final = range(10, 14)
_FILE_EXECUTABLE, _FILE_DLL = 0x2, 0x2000
_SECTION_SIZE: Final = 40
_DATA, _READ, _WRITE = 0x40, 0x40000000, 0x80000000
_ALIGNMENT: Final = 0xF00000
_GO_BUILD_ID: Final = b"\xff Go build ID: "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A section header; `data` are its raw bytes that are in the file."""

    name: str
    address: int
    data: memoryview
    flags: int

    @property
    def usual(self) -> bool:
        """Whether it looks as the data section of Go's own linker does, whatever its alignment."""
        return self.flags & ~_ALIGNMENT == _DATA | _READ | _WRITE

    @property
    def writable(self) -> bool:
        return bool(self.flags & _WRITE)


def read_pe(data: memoryview, limits: Limits) -> Image:
    """The image of a PE file; what cannot be read becomes a note, nothing is raised."""
    reader, notes = Reader(data=data), list[str]()
    container, sections, base = Container(format="unknown"), list[_Section](), 0
    try:
        header = reader.u32(0x3C, "PE header offset")
        if bytes(reader.take(header, 4, "PE header")) != b"PE\0\0":
            notes.append(f"a DOS program, or damaged: no PE header at {header:#x}")
        else:
            container = Container(format="pe")
            container, base, table, count = _headers(reader, header + 4)
            sections = _sections(reader, table, count, limits, notes)
    except BoundsError as error:
        notes.append(error.message)
    mapped = [each for each in sections if each.address and each.data]
    regions = mapped_once((_region(each, base) for each in mapped), reader.size, notes)
    memory = list(zip(mapped, regions, strict=False))  # fewer regions where the file maps itself too often
    candidates = sorted((pair for pair in memory if pair[0].writable), key=lambda pair: not pair[0].usual)
    marked = any(bytes(each.data[: len(_GO_BUILD_ID)]) == _GO_BUILD_ID for each in sections)
    return Image(
        container=container,
        endian="little",
        memory=regions,
        candidates=tuple(region for _, region in candidates),
        guesses=tuple(region for section, region in memory if marked and not section.writable),
        marked=marked,
        notes=tuple(notes),
    )


def _region(section: _Section, base: int) -> Region:
    return Region(
        name=f"section {section.name}",
        address=base + section.address,
        data=section.data,
        writable=section.writable,
    )


def _headers(reader: Reader, at: int) -> tuple[Container, int, int, int]:
    """The container, the image base, and where the section table is and how many it has."""
    machine = reader.u16(at, "file header")
    count = reader.u16(at + 2, "file header")
    optional_size = reader.u16(at + 16, "file header")
    flags = reader.u16(at + 18, "file header")
    optional = at + 20
    bits: Literal[32, 64] | None = None
    base, efi = 0, False
    if optional_size:
        bits = _BITS.get(reader.u16(optional, "optional header"))
        if bits == 64:  # noqa: PLR2004 - PE32+
            base = reader.u64(optional + 24, "optional header")
        elif bits is not None:
            base = reader.u32(optional + 28, "optional header")
        efi = bits is not None and reader.u16(optional + 68, "optional header") in _EFI_SUBSYSTEMS
    kind = "shared" if flags & _FILE_DLL else "executable" if flags & _FILE_EXECUTABLE else "object"
    container = Container(
        format="pe",
        os=None if efi else "windows",
        arch=_ARCHES.get(machine),
        bits=bits,
        endian="little",
        kind=kind,
    )
    return container, base, optional + optional_size, count


def _sections(reader: Reader, table: int, count: int, limits: Limits, notes: list[str]) -> list[_Section]:
    if count > limits.mapped_segments:
        notes.append(f"{count} sections: more than {limits.mapped_segments} are not read, at {table:#x}")
        count = limits.mapped_segments
    found: list[_Section] = []
    for index in range(count):
        at = table + index * _SECTION_SIZE
        if at + _SECTION_SIZE > reader.size:
            notes.append(f"section table beyond the end of the file, at {at:#x}")
            break
        name = text(bytes(reader.take(at, 8, "section")).split(b"\0", 1)[0])
        size, offset = reader.u32(at + 16, "section"), reader.u32(at + 20, "section")
        if size and offset + size > reader.size:
            notes.append(f"section {name} beyond the end of the file, at {offset:#x}")
        found.append(
            _Section(
                name=name,
                address=reader.u32(at + 12, "section"),
                data=reader.clip(offset, size),
                flags=reader.u32(at + 36, "section"),
            )
        )
    return found
