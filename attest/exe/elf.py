"""ELF headers as Go's linkers and others write them.

Sources: the System V ABI (chapters 4 and 5), cmd/link/internal/ld/elf.go, debug/elf. A file without a
section table runs all the same, so everything that a loader uses is read from the program headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, Literal

from attest.exe.elf_platform import Note, arch_of, system_of
from attest.exe.image import Image, Region, Section, mapped_once
from attest.exe.reader import Reader
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.reader import Endian
    from attest.model.limits import Limits

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_PF_W: Final = 2
_SHT_NOTE, _SHT_NOBITS = 7, 8
_PN_XNUM = _SHN_XINDEX = 0xFFFF
_DT_NULL, _DT_FLAGS_1, _DF_1_PIE = 0, 0x6FFFFFFB, 0x08000000
_ET_KINDS: Final = {1: "object", 2: "executable", 3: "shared"}

_GO_SECTIONS: Final = frozenset({".go.buildinfo", ".gopclntab", ".note.go.buildid", ".gosymtab"})
_BUILD_INFO: Final = ".go.buildinfo"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ElfHeader:
    """The ELF header; numbers of entries as they stand there."""

    bits: Literal[32, 64]
    endian: Endian
    abi: int
    type: int
    machine: int
    flags: int
    phoff: int
    phentsize: int
    phnum: int
    shoff: int
    shentsize: int
    shnum: int
    shstrndx: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ElfSegment:
    """A program header; `size` is that in the file, `memory_size` that in memory."""

    type: int
    flags: int
    offset: int
    address: int
    size: int
    memory_size: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _SectionHeader:
    """A section header; `name` is an offset into the section name table."""

    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ElfSection(Section):
    """A section with what only ELF says of it; `link` and `info` are numbers as they stand there."""

    type: int
    flags: int
    link: int
    info: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ElfImage(Image):
    """An ELF file. `header` is None where it could not be read; `linker_notes` are its note entries.

    `whole_segments` and `whole_sections` say that nothing of these tables, and no name, was left out: only
    then does the absence of an entry tell something.
    """

    header: ElfHeader | None = None
    segments: tuple[ElfSegment, ...] = ()
    linker_notes: tuple[Note, ...] = ()
    interpreter: str | None = None
    dynamic: tuple[tuple[int, int], ...] = ()
    whole_segments: bool = False
    whole_sections: bool = False

    @property
    def reader(self) -> Reader:
        """The whole file, in its own byte order."""
        return Reader(data=self.whole, endian=self.endian)


def read_elf(data: memoryview, limits: Limits) -> ElfImage:
    """The image of an ELF file; what cannot be read becomes a note, nothing is raised."""
    return _Elf(data, limits).image()


class _Elf:
    """One file while it is read; the notes gather here."""

    def __init__(self, data: memoryview, limits: Limits) -> None:
        self.reader = Reader(data=data)
        self.limits = limits
        self.notes: list[str] = []
        self.cut: set[str] = set()

    def image(self) -> ElfImage:
        try:
            header = self.header()
        except BoundsError as error:
            return self.unreadable(error.message)
        if header is None:
            return self.unreadable("neither a 32-bit nor a 64-bit ELF header, little or big endian, at 0x4")
        headers = self.sections(header)
        segments = self.segments(header, headers)
        named = self.named(header, headers)
        notes = self.note_entries(segments, headers)
        memory = self.memory(segments)
        interpreter = self.interpreter(segments)
        dynamic = self.dynamic(header, segments)
        places = self.build_info_section(named, segments, memory)
        go_note = any(each.name == b"Go" for each in notes)
        marked = go_note or any(name in _GO_SECTIONS for name, _ in named)
        guesses = sorted(memory, key=lambda region: not region.writable) if marked or not headers else ()
        return ElfImage(
            container=Container(
                format="elf",
                os=system_of(header.abi, notes, interpreter),
                arch=arch_of(header.machine, header.bits, header.endian),
                bits=header.bits,
                endian=header.endian,
                kind=self.kind(header, dynamic, interpreter),
            ),
            endian=header.endian,
            whole=self.reader.data,
            sections=tuple(
                ElfSection(
                    name=name,
                    address=each.address,
                    offset=each.offset,
                    size=each.size,
                    data=self.reader.clip(each.offset, 0 if each.type == _SHT_NOBITS else each.size),
                    type=each.type,
                    flags=each.flags,
                    link=each.link,
                    info=each.info,
                )
                for name, each in named
            ),
            memory=memory or places,  # of an object file nothing is mapped
            candidates=places,
            guesses=tuple(guesses),
            marked=marked,
            notes=tuple(self.notes),
            header=header,
            segments=tuple(segments),
            linker_notes=tuple(notes),
            interpreter=interpreter,
            dynamic=dynamic,
            whole_segments="segment" not in self.cut,
            whole_sections="section" not in self.cut,
        )

    def unreadable(self, note: str) -> ElfImage:
        return ElfImage(
            container=Container(format="elf"), endian="little", whole=self.reader.data, notes=(note,)
        )

    def header(self) -> ElfHeader | None:
        what = "ELF header"
        bits, endian = self.reader.u8(4, what), self.reader.u8(5, what)
        if bits not in (1, 2) or endian not in (1, 2):
            return None
        self.reader = reader = Reader(data=self.reader.data, endian="little" if endian == 1 else "big")
        wide = bits == 2  # noqa: PLR2004 - ELFCLASS64
        word = 8 if wide else 4
        after = 24 + 3 * word + 4  # past e_entry, e_phoff, e_shoff and e_flags
        return ElfHeader(
            bits=64 if wide else 32,
            endian=reader.endian,
            abi=reader.u8(7, what),
            type=reader.u16(16, what),
            machine=reader.u16(18, what),
            flags=reader.u32(24 + 3 * word, what),
            phoff=reader.uint(24 + word, word, what),
            shoff=reader.uint(24 + 2 * word, word, what),
            phentsize=reader.u16(after + 2, what),
            phnum=reader.u16(after + 4, what),
            shentsize=reader.u16(after + 6, what),
            shnum=reader.u16(after + 8, what),
            shstrndx=reader.u16(after + 10, what),
        )

    def table(self, what: str, offset: int, count: int, size: int, least: int) -> range:
        """The offsets of the entries of a table that are really there and allowed."""
        if not count:
            return range(0)
        if size < least:
            self.cut.add(what)
            self.notes.append(f"{what} table has entries of {size} bytes instead of {least}")
            return range(0)
        cap = self.limits.header_entries if what == "section" else self.limits.mapped_segments
        if count > cap:
            self.cut.add(what)
            self.notes.append(
                f"{what} table of {count} entries: more than {cap} are not read, at {offset:#x}"
            )
            count = cap
        present = max(0, min(count, (self.reader.size - offset) // size))
        if present < count:
            self.cut.add(what)
            self.notes.append(f"{what} table beyond the end of the file, at {offset:#x}")
        return range(offset, offset + present * size, size)

    def sections(self, header: ElfHeader) -> list[_SectionHeader]:
        if not header.shoff:
            return []
        count = header.shnum
        least = 64 if header.bits == 64 else 40  # noqa: PLR2004 - sizes of Elf64_Shdr and Elf32_Shdr
        if not count:  # too many for the field: entry 0 holds the number in sh_size
            first = self.table("section", header.shoff, 1, header.shentsize, least)
            count = sum(self.section(header, at).size for at in first)
        entries = self.table("section", header.shoff, count, header.shentsize, least)
        return [self.section(header, at) for at in entries]

    def section(self, header: ElfHeader, at: int) -> _SectionHeader:
        reader, what = self.reader, "section header"
        word = header.bits // 8
        return _SectionHeader(
            name=reader.u32(at, what),
            type=reader.u32(at + 4, what),
            flags=reader.uint(at + 8, word, what),
            address=reader.uint(at + 8 + word, word, what),
            offset=reader.uint(at + 8 + 2 * word, word, what),
            size=reader.uint(at + 8 + 3 * word, word, what),
            link=reader.u32(at + 8 + 4 * word, what),
            info=reader.u32(at + 12 + 4 * word, what),
        )

    def segments(self, header: ElfHeader, sections: list[_SectionHeader]) -> list[ElfSegment]:
        count = header.phnum
        if count == _PN_XNUM and sections:
            count = sections[0].info
        wide = header.bits == 64  # noqa: PLR2004 - the other is 32
        entries = self.table("segment", header.phoff, count, header.phentsize, 56 if wide else 32)
        reader, what = self.reader, "segment header"
        found: list[ElfSegment] = []
        for index, at in enumerate(entries):
            segment = (
                ElfSegment(
                    type=reader.u32(at, what),
                    flags=reader.u32(at + 4, what),
                    offset=reader.u64(at + 8, what),
                    address=reader.u64(at + 16, what),
                    size=reader.u64(at + 32, what),
                    memory_size=reader.u64(at + 40, what),
                )
                if wide
                else ElfSegment(
                    type=reader.u32(at, what),
                    flags=reader.u32(at + 24, what),
                    offset=reader.u32(at + 4, what),
                    address=reader.u32(at + 8, what),
                    size=reader.u32(at + 16, what),
                    memory_size=reader.u32(at + 20, what),
                )
            )
            found.append(segment)
            if segment.type == _PT_LOAD and segment.offset + segment.size > reader.size:
                self.notes.append(f"segment {index} beyond the end of the file, at {segment.offset:#x}")
        return found

    def named(self, header: ElfHeader, sections: list[_SectionHeader]) -> list[tuple[str, _SectionHeader]]:
        index = header.shstrndx
        if index == _SHN_XINDEX and sections:
            index = sections[0].link
        if not sections or not index:
            self.cut.update(["section"] if sections else ())  # sections without names
            return []
        if index >= len(sections):
            self.cut.add("section")
            self.notes.append(f"the section names are in section {index}, which is not there")
            return []
        table = sections[index]
        names = Reader(data=self.reader.clip(table.offset, table.size))
        if names.size < table.size:
            self.cut.add("section")
            self.notes.append(f"section names beyond the end of the file, at {table.offset:#x}")
        limit = self.limits.section_name_bytes
        return [
            (names.string(each.name, limit, "section name") if each.name < names.size else "", each)
            for each in sections
        ]

    def note_entries(self, segments: list[ElfSegment], sections: list[_SectionHeader]) -> list[Note]:
        ranges = [(each.offset, each.size) for each in segments if each.type == _PT_NOTE]
        # Go's linker leaves the section of the GNU build ID out of the segment.
        ranges += [
            (each.offset, each.size)
            for each in sections
            if each.type == _SHT_NOTE
            and not any(start <= each.offset < start + size for start, size in ranges)
        ][: self.limits.mapped_segments]
        found: list[Note] = []
        for offset, size in ranges[: self.limits.mapped_segments]:
            try:
                notes = self.notes_in(self.reader.take(offset, size, "note segment"))
            except BoundsError as error:
                self.notes.append(error.message)
            else:
                found.extend(islice(notes, self.limits.mapped_segments - len(found)))
        return found

    def notes_in(self, data: memoryview) -> Iterator[Note]:
        reader = Reader(data=data, endian=self.reader.endian)
        at = 0
        while at + 12 <= reader.size:
            name_size, size = reader.u32(at, "note"), reader.u32(at + 4, "note")
            content = at + 12 + -(-name_size // 4) * 4
            yield Note(
                name=bytes(reader.clip(at + 12, min(name_size, 16))).rstrip(b"\0"),
                type=reader.u32(at + 8, "note"),
                content=reader.clip(content, size),
            )
            at = content + -(-size // 4) * 4

    def memory(self, segments: list[ElfSegment]) -> tuple[Region, ...]:
        regions = (
            Region(
                name=f"segment {index}",
                address=each.address,
                data=self.reader.clip(each.offset, each.size),
                writable=bool(each.flags & _PF_W),
            )
            for index, each in enumerate(segments)
            if each.type == _PT_LOAD
        )
        return mapped_once(regions, self.reader.size, self.notes)

    def interpreter(self, segments: list[ElfSegment]) -> str | None:
        """The dynamic loader that the program names, None where it names none."""
        for each in segments:
            if each.type == _PT_INTERP:
                clipped = Reader(data=self.reader.clip(each.offset, each.size))
                return clipped.string(0, self.limits.section_name_bytes, "interpreter")
        return None

    def build_info_section(
        self, named: list[tuple[str, _SectionHeader]], segments: list[ElfSegment], memory: tuple[Region, ...]
    ) -> tuple[Region, ...]:
        """The section of the linker, read at its address as the loader would, or where no segment has it.

        In an object file nothing is mapped, and its own place in the file is all there is.
        """
        section = next((each for name, each in named if name == _BUILD_INFO), None)
        if section is None or section.type == _SHT_NOBITS:
            return ()
        name = f"section {_BUILD_INFO}"
        for region in memory:
            if region.address <= section.address < region.end:
                start = section.address - region.address
                home = next(
                    each for each in segments if each.type == _PT_LOAD and each.address == region.address
                )
                if home.offset + start != section.offset:
                    self.notes.append(
                        f"{name} is not what is loaded at its address {section.address:#x}; that was read"
                    )
                return (
                    Region(
                        name=name, address=section.address, data=region.data[start : start + section.size]
                    ),
                )
        return (
            Region(
                name=name,
                address=section.address,
                data=self.reader.clip(section.offset, section.size),
            ),
        )

    def kind(self, header: ElfHeader, dynamic: tuple[tuple[int, int], ...], interpreter: str | None) -> str:
        """A position-independent executable is of the type of shared objects; the loader tells them apart."""
        kind = _ET_KINDS.get(header.type, "")
        flags = next((value for tag, value in dynamic if tag == _DT_FLAGS_1), 0)
        if kind == "shared" and (interpreter is not None or flags & _DF_1_PIE):
            return "executable"
        return kind

    def dynamic(self, header: ElfHeader, segments: list[ElfSegment]) -> tuple[tuple[int, int], ...]:
        """The (tag, value) pairs for the dynamic loader, up to the empty one that ends them."""
        word = header.bits // 8
        segment = next((each for each in segments if each.type == _PT_DYNAMIC), None)
        if segment is None:
            return ()
        table = Reader(data=self.reader.clip(segment.offset, segment.size), endian=header.endian)
        count = min(table.size // (2 * word), self.limits.header_entries)
        pairs = (
            (table.uint(at, word, "dynamic entry"), table.uint(at + word, word, "dynamic entry"))
            for at in range(0, count * 2 * word, 2 * word)
        )
        return tuple(takewhile(lambda pair: pair[0] != _DT_NULL, pairs))
