"""PE (Windows) headers.

Sources: the PE format specification (learn.microsoft.com/windows/win32/debug/pe-format),
cmd/link/internal/ld/pe.go, debug/buildinfo (peExe).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.exe.image import Image, Region, Section, mapped_once
from attest.exe.reader import Reader, text
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

_ARCHES: Final = {0x14C: "386", 0x8664: "amd64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm"}
_BITS: Final[dict[int, Literal[32, 64]]] = {0x10B: 32, 0x20B: 64}
_EFI_SUBSYSTEMS: Final = range(10, 14)
_FILE_EXECUTABLE, _FILE_DLL = 0x2, 0x2000
_SECTION_SIZE: Final = 40
_DATA, _EXECUTE, _READ, _WRITE = 0x40, 0x20000000, 0x40000000, 0x80000000
_ALIGNMENT: Final = 0xF00000
_GO_BUILD_ID: Final = b"\xff Go build ID: "
_SYMBOL_SIZE: Final = 18
_DIRECTORIES: Final = 16

#: Indices of the data directories.
EXPORTS, IMPORTS, RESOURCES, CERTIFICATES, RELOCATIONS, LOAD_CONFIG, DELAY_IMPORTS = 0, 1, 2, 4, 5, 10, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class PeSection(Section):
    """A section; its `address` is relative to the image base, `flags` are its characteristics."""

    flags: int

    @property
    def usual(self) -> bool:
        """Whether it looks as the data section of Go's own linker does, whatever its alignment."""
        return self.flags & ~_ALIGNMENT == _DATA | _READ | _WRITE

    @property
    def writable(self) -> bool:
        """Whether the program may write to it."""
        return bool(self.flags & _WRITE)

    @property
    def executable(self) -> bool:
        """Whether the processor may run what is in it."""
        return bool(self.flags & _EXECUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeHeader:
    """The file header and where its parts are in the file; `optional_size` is 0 in object files.

    `symbols` and `symbol_count` are those of the COFF symbol table, `base` the preferred image base.
    """

    at: int
    machine: int
    flags: int
    time: int
    symbols: int
    symbol_count: int
    section_count: int
    optional: int
    optional_size: int
    bits: Literal[32, 64] | None
    base: int

    @property
    def sections(self) -> int:
        """Where the section table is."""
        return self.optional + self.optional_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where a table is: its address relative to the image base and its size, both 0 where there is none.

    Certificates alone are not mapped: their `address` is an offset in the file.
    """

    address: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsHeader:
    """What the optional header says to Windows.

    `checksum_at` and `certificates_at` are where the file keeps the checksum and the directory of the
    certificates (None where it has no such directory): signatures leave both out.
    """

    subsystem: int
    flags: int
    os_version: tuple[int, int]
    subsystem_version: tuple[int, int]
    section_alignment: int
    headers_size: int
    checksum: int
    checksum_at: int
    certificates_at: int | None
    directories: tuple[Directory, ...]

    def directory(self, index: int) -> Directory:
        """The table of an index, an empty one where the file has fewer."""
        return self.directories[index] if index < len(self.directories) else Directory()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeImage(Image):
    """A PE file; `header` and `windows` are None where they could not be read, or are not there (objects).

    `parts` are the sections again, with what only those of PE files have.
    """

    parts: tuple[PeSection, ...] = ()
    header: PeHeader | None = None
    windows: WindowsHeader | None = None

    @property
    def reader(self) -> Reader:
        """The whole file."""
        return Reader(data=self.whole)


def read_pe(data: memoryview, limits: Limits) -> PeImage:
    """The image of a PE file; what cannot be read becomes a note, nothing is raised."""
    reader, notes = Reader(data=data), list[str]()
    container, found, sections = Container(format="unknown"), None, list[PeSection]()
    windows: WindowsHeader | None = None
    try:
        header = reader.u32(0x3C, "PE header offset")
        if bytes(reader.take(header, 4, "PE header")) != b"PE\0\0":
            notes.append(f"a DOS program, or damaged: no PE header at {header:#x}")
        else:
            container = Container(format="pe")
            found = _header(reader, header + 4)
            container = _container(reader, found)
            sections = _sections(reader, found, limits, notes)
            windows = _windows(reader, found)
    except BoundsError as error:
        notes.append(error.message)
    mapped = [each for each in sections if each.address and each.data]
    base = found.base if found else 0
    regions = mapped_once((_region(each, base) for each in mapped), reader.size, notes)
    memory = list(zip(mapped, regions, strict=False))  # fewer regions where the file maps itself too often
    candidates = sorted((pair for pair in memory if pair[0].writable), key=lambda pair: not pair[0].usual)
    marked = any(bytes(each.data[: len(_GO_BUILD_ID)]) == _GO_BUILD_ID for each in sections)
    return PeImage(
        container=container,
        endian="little",
        whole=data,
        sections=tuple(sections),
        memory=regions,
        candidates=tuple(region for _, region in candidates),
        guesses=tuple(region for section, region in memory if marked and not section.writable),
        marked=marked,
        notes=tuple(notes),
        parts=tuple(sections),
        header=found,
        windows=windows,
    )


def _region(section: PeSection, base: int) -> Region:
    return Region(
        name=f"section {section.name}",
        address=base + section.address,
        data=section.data,
        writable=section.writable,
    )


def _header(reader: Reader, at: int) -> PeHeader:
    what = "file header"
    optional, optional_size = at + 20, reader.u16(at + 16, what)
    bits = _BITS.get(reader.u16(optional, "optional header")) if optional_size else None
    base = 0
    if bits == 64:  # noqa: PLR2004 - PE32+
        base = reader.u64(optional + 24, "optional header")
    elif bits is not None:
        base = reader.u32(optional + 28, "optional header")
    return PeHeader(
        at=at,
        machine=reader.u16(at, what),
        flags=reader.u16(at + 18, what),
        time=reader.u32(at + 4, what),
        symbols=reader.u32(at + 8, what),
        symbol_count=reader.u32(at + 12, what),
        section_count=reader.u16(at + 2, what),
        optional=optional,
        optional_size=optional_size,
        bits=bits,
        base=base,
    )


def _windows(reader: Reader, header: PeHeader) -> WindowsHeader | None:
    if header.bits is None:
        return None
    at, what = header.optional, "optional header"
    wide = header.bits == 64  # noqa: PLR2004 - PE32+
    tables = at + (112 if wide else 96)
    if tables > header.sections:
        raise BoundsError(f"the {what} is too short, at {at:#x}")
    room = (header.sections - tables) // 8
    count = min(reader.u32(tables - 4, what), _DIRECTORIES, room)
    return WindowsHeader(
        subsystem=reader.u16(at + 68, what),
        flags=reader.u16(at + 70, what),
        os_version=(reader.u16(at + 40, what), reader.u16(at + 42, what)),
        subsystem_version=(reader.u16(at + 48, what), reader.u16(at + 50, what)),
        section_alignment=reader.u32(at + 32, what),
        headers_size=reader.u32(at + 60, what),
        checksum=reader.u32(at + 64, what),
        checksum_at=at + 64,
        certificates_at=tables + 8 * CERTIFICATES if count > CERTIFICATES else None,
        directories=tuple(
            Directory(address=reader.u32(place, what), size=reader.u32(place + 4, what))
            for place in range(tables, tables + 8 * count, 8)
        ),
    )


def _container(reader: Reader, header: PeHeader) -> Container:
    efi = header.bits is not None and reader.u16(header.optional + 68, "optional header") in _EFI_SUBSYSTEMS
    flags = header.flags
    return Container(
        format="pe",
        os=None if efi else "windows",
        arch=_ARCHES.get(header.machine),
        bits=header.bits,
        endian="little",
        kind="shared" if flags & _FILE_DLL else "executable" if flags & _FILE_EXECUTABLE else "object",
    )


def _sections(reader: Reader, header: PeHeader, limits: Limits, notes: list[str]) -> list[PeSection]:
    table, count = header.sections, header.section_count
    if count > limits.mapped_segments:
        notes.append(f"{count} sections: more than {limits.mapped_segments} are not read, at {table:#x}")
        count = limits.mapped_segments
    found: list[PeSection] = []
    for index in range(count):
        at = table + index * _SECTION_SIZE
        if at + _SECTION_SIZE > reader.size:
            notes.append(f"section table beyond the end of the file, at {at:#x}")
            break
        name = _name(reader, header, bytes(reader.take(at, 8, "section")), limits)
        size, offset = reader.u32(at + 16, "section"), reader.u32(at + 20, "section")
        if size and offset + size > reader.size:
            notes.append(f"section {name} beyond the end of the file, at {offset:#x}")
        found.append(
            PeSection(
                name=name,
                address=reader.u32(at + 12, "section"),
                offset=offset,
                size=reader.u32(at + 8, "section"),
                data=reader.clip(offset, size),
                flags=reader.u32(at + 36, "section"),
            )
        )
    return found


def _name(reader: Reader, header: PeHeader, field: bytes, limits: Limits) -> str:
    """The name of a section; longer ones stand in the string table behind the symbols, as "/" and where."""
    name = text(field.split(b"\0", 1)[0])
    if not header.symbols or not (name[:1] == "/" and name[1:].isdecimal() and name.isascii()):
        return name
    table = header.symbols + _SYMBOL_SIZE * header.symbol_count
    try:
        if not 4 <= int(name[1:]) < reader.u32(table, "string table"):  # noqa: PLR2004 - behind its size
            return name
        return reader.string(table + int(name[1:]), limits.section_name_bytes, "section name") or name
    except BoundsError:
        return name
