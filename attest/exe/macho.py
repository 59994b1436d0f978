"""Thin Mach-O headers.

Sources: Apple's <mach-o/loader.h>, cmd/link/internal/ld/macho.go, debug/macho.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.exe.image import Image, Region, Section, mapped_once
from attest.exe.magic import MACHO
from attest.exe.reader import Reader
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

_ARCHES: Final = {
    7: "386",
    0x01000007: "amd64",
    12: "arm",
    0x0100000C: "arm64",
    18: "ppc",
    0x01000012: "ppc64",
}
_KINDS: Final = {1: "object", 2: "executable", 6: "shared", 8: "shared"}
#: LC_BUILD_VERSION's platforms that Go builds for; Catalyst, tvOS, watchOS, visionOS are none.
_OS_OF_PLATFORM: Final = {1: "darwin", 2: "ios", 7: "ios"}
_LC_SEGMENT, _LC_SEGMENT_64, _LC_BUILD_VERSION = 0x1, 0x19, 0x32
_OS_OF_MINIMUM_VERSION: Final = {0x24: "darwin", 0x25: "ios"}
_BUILD_INFO: Final = "__go_buildinfo"
_GO_SECTIONS: Final = frozenset({_BUILD_INFO, "__gopclntab", "__gosymtab"})
_VM_PROT_WRITE: Final = 2
_SECTION_TYPE: Final = 0xFF
_ZERO_FILLED: Final = (0x1, 0xC, 0x12)


def arch_of(cpu: int) -> str | None:
    """GOARCH of a CPU type, None where Go has none."""
    return _ARCHES.get(cpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachoSection(Section):
    """A section, of a segment."""

    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachoSegment:
    """A segment; `offset` and `size` are those in the file, `memory_size` that in memory."""

    name: str
    address: int
    memory_size: int
    offset: int
    size: int
    protection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCommand:
    """A load command: its number, where it is in the file, and its bytes from its own header on."""

    number: int
    offset: int
    reader: Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class MachoImage(Image):
    """A thin Mach-O file; `flags`, `file_type` and `count` of load commands are what its header says."""

    flags: int = 0
    file_type: int = 0
    count: int = 0
    commands: tuple[LoadCommand, ...] = ()
    segments: tuple[MachoSegment, ...] = ()

    @property
    def reader(self) -> Reader:
        """The whole file, in its own byte order."""
        return Reader(data=self.whole, endian=self.endian)


@dataclass(slots=True)
class _Commands:
    """What the load commands say, while they are read."""

    os: str | None = None
    told: bool = False
    commands: list[LoadCommand] = field(default_factory=list)
    segments: list[MachoSegment] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    sections: list[MachoSection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_macho(data: memoryview, limits: Limits) -> MachoImage:
    """The image of a thin Mach-O file; what cannot be read becomes a note, nothing is raised."""
    endian, bits = MACHO[bytes(data[:4])]
    reader, found = Reader(data=data, endian=endian), _Commands()
    arch, file_type, flags, count = None, 0, 0, 0
    try:
        arch = arch_of(reader.u32(4, "Mach-O header"))
        file_type = reader.u32(12, "Mach-O header")
        count = reader.u32(16, "Mach-O header")
        flags = reader.u32(24, "Mach-O header")
        _commands(reader, 32 if bits == 64 else 28, count, limits, found)  # noqa: PLR2004 - sizes of mach_header
    except BoundsError as error:
        found.notes.append(error.message)
    memory = mapped_once(found.regions, reader.size, found.notes)
    candidates = tuple(
        Region(
            name=f"section {each.name}",
            address=each.address,
            data=region.data[each.address - region.address : each.address - region.address + each.size],
        )
        for each in found.sections
        if each.name == _BUILD_INFO
        for region in memory
        if region.address <= each.address < region.end
    )
    marked = any(each.name in _GO_SECTIONS for each in found.sections)
    return MachoImage(
        container=Container(
            format="macho", os=found.os, arch=arch, bits=bits, endian=endian, kind=_KINDS.get(file_type, "")
        ),
        endian=endian,
        whole=data,
        sections=tuple(found.sections),
        memory=memory,
        candidates=candidates,
        guesses=tuple(
            each
            for each in memory
            if each.name.startswith("segment __DATA") and (marked or not found.sections)
        ),
        marked=marked,
        notes=tuple(found.notes),
        flags=flags,
        file_type=file_type,
        count=count,
        commands=tuple(found.commands),
        segments=tuple(found.segments),
    )


def _commands(reader: Reader, at: int, count: int, limits: Limits, found: _Commands) -> None:
    if count > limits.header_entries:
        found.notes.append(f"{count} load commands: more than {limits.header_entries} are not read")
        count = limits.header_entries
    for index in range(count):
        what = f"load command {index}"
        command, size = reader.u32(at, what), reader.u32(at + 4, what)
        if size < 8:  # noqa: PLR2004 - the two words that were just read
            raise BoundsError(f"{what} has {size} bytes, less than its own header, at {at:#x}")
        one = Reader(data=reader.take(at, size, what), endian=reader.endian, whole=what)
        found.commands.append(LoadCommand(number=command, offset=at, reader=one))
        try:
            _command(reader, one, command, limits, found)
        except BoundsError as error:
            found.notes.append(error.message)
        at += size


def _command(reader: Reader, one: Reader, command: int, limits: Limits, found: _Commands) -> None:
    if command == _LC_BUILD_VERSION:
        system = _OS_OF_PLATFORM.get(one.u32(8, "platform"))
        if found.told and found.os != system:
            found.notes.append("load commands name two platforms")
        found.os, found.told = system, True
    elif command in _OS_OF_MINIMUM_VERSION and not found.told:
        found.os = _OS_OF_MINIMUM_VERSION[command]
    elif command in (_LC_SEGMENT, _LC_SEGMENT_64):
        _segment(reader, one, 8 if command == _LC_SEGMENT_64 else 4, limits, found)


def _segment(reader: Reader, one: Reader, word: int, limits: Limits, found: _Commands) -> None:
    name = one.string(8, 16, "segment name")
    address = one.uint(24, word, "segment address")
    offset = one.uint(24 + 2 * word, word, "segment offset")
    size = one.uint(24 + 3 * word, word, "segment size")
    initial = one.u32(24 + 4 * word + 4, "segment protection")
    count = one.u32(24 + 4 * word + 8, "section count")
    data = reader.clip(offset, size)
    if len(data) < size:
        found.notes.append(f"segment {name} beyond the end of the file, at {offset:#x}")
    if data and name != "__PAGEZERO" and len(found.regions) < limits.mapped_segments:
        found.regions.append(
            Region(
                name=f"segment {name}", address=address, data=data, writable=bool(initial & _VM_PROT_WRITE)
            )
        )
    found.segments.append(
        MachoSegment(
            name=name,
            address=address,
            memory_size=one.uint(24 + word, word, "segment memory size"),
            offset=offset,
            size=size,
            protection=initial,
        )
    )
    first, length = 24 + 4 * word + 16, 2 * 16 + 2 * word + (32 if word == 8 else 28)  # noqa: PLR2004 - struct section_64
    for index in range(min(count, limits.header_entries - len(found.sections))):
        at = first + index * length
        start_in_memory = one.uint(at + 32, word, "section address")
        length_in_memory = one.uint(at + 32 + word, word, "section size")
        start = one.u32(at + 32 + 2 * word, "section offset")
        kind = one.u32(at + 32 + 2 * word + 12, "section flags") & _SECTION_TYPE
        found.sections.append(
            MachoSection(
                name=one.string(at, 16, "section name"),
                segment=one.string(at + 16, 16, "segment name of a section"),
                address=start_in_memory,
                offset=start,
                size=length_in_memory,
                data=reader.clip(start, 0 if kind in _ZERO_FILLED else length_in_memory),
            )
        )
