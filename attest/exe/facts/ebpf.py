"""The facts of eBPF objects: relocatable ELF files for the machine BPF.

Sources: the ELF conventions of libbpf (names of sections, licence, maps), the kernel's documentation of BTF
and .BTF.ext (Documentation/bpf/btf.rst, llvm_reloc.rst).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.elf import ElfHeader, ElfImage, ElfSection
    from attest.exe.known import Known

_EM_BPF: Final = 247
_SHT_PROGBITS, _SHT_SYMTAB, _SHF_EXECINSTR = 1, 2, 4
_STT_OBJECT: Final = 1
_SYMBOL_SIZE: Final = 24
_BTF_MAGIC: Final = 0xEB9F
_MAPS: Final = frozenset({".maps", "maps"})


def facts(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What an eBPF object says; nothing where the file is for another machine."""
    if header.machine != _EM_BPF:
        return
    machine = "bpfel" if header.endian == "little" else "bpfeb"
    yield Fact(name="ebpf.machine", value=machine, source="ELF header")
    if not image.whole_sections:
        return
    license_ = image.section("license")
    if license_ is not None:
        word = Reader(data=license_.data).string(0, known.limits.section_name_bytes, "licence")
        if word:
            yield Fact(name="ebpf.license", value=word, source="section license")
    version = image.section("version")
    if version is not None:
        code = Reader(data=version.data, endian=image.endian, whole="section").u32(0, "version")
        dotted = f"{code >> 16}.{code >> 8 & 0xFF}.{code & 0xFF}"
        yield Fact(name="ebpf.kernel_version", value=dotted, source="section version")
    for name, place in (("btf", ".BTF"), ("btf_ext", ".BTF.ext")):
        section = image.section(place)
        there = section is not None and _typed(image, section.data)
        yield Fact(
            name=f"ebpf.{name}", value=there, source=f"section {place}" if section else "section headers"
        )
    sections: list[ElfSection] = list(image.sections)  # type: ignore[arg-type] # the reader makes no others
    programs = (
        each.name
        for each in sections
        if each.type == _SHT_PROGBITS and each.flags & _SHF_EXECINSTR and each.size and each.name != ".text"
    )
    yield Fact(name="ebpf.programs", value=tuple(programs), source="section headers")
    yield Fact(name="ebpf.core_relocations", value=_relocations(image, known), source="section .BTF.ext")
    maps = _maps(image, sections, known)
    if maps is not None:
        yield Fact(name="ebpf.maps", value=maps, source="symbol table")


def _typed(image: ElfImage, data: memoryview) -> bool:
    reader = Reader(data=data, endian=image.endian)
    return reader.size > 2 and reader.u16(0, "BTF") == _BTF_MAGIC  # noqa: PLR2004 - the magic and more


def _relocations(image: ElfImage, known: Known) -> int:
    """How many CO-RE relocations .BTF.ext lists, section by section."""
    section = image.section(".BTF.ext")
    if section is None:
        return 0
    what = "CO-RE relocations"
    reader = Reader(data=section.data, endian=image.endian, whole="section .BTF.ext")
    head = reader.u32(4, what)
    if head < 32:  # noqa: PLR2004 - the header of compilers that do not know them yet
        return 0
    start, size = head + reader.u32(24, what), reader.u32(28, what)
    if not size:
        return 0
    table = Reader(
        data=reader.take(start, size, what), endian=image.endian, whole="table of CO-RE relocations"
    )
    record = table.u32(0, what)
    at, total = 4, 0
    for _ in range(known.limits.header_entries):
        if at >= table.size:
            return total
        count = table.u32(at + 4, what)
        table.take(at + 8, count * record, what)
        total += count
        at += 8 + count * record
    raise LimitError(f"{what} of more than {known.limits.header_entries} sections")


def _maps(image: ElfImage, sections: list[ElfSection], known: Known) -> tuple[str, ...] | None:
    """The names of the symbols in the sections of maps, None where the symbols cannot be read."""
    homes = {index for index, each in enumerate(sections) if each.name in _MAPS}
    if not homes:
        return ()
    table = next((each for each in sections if each.type == _SHT_SYMTAB), None)
    if table is None:
        return None
    if table.link >= len(sections) or len(table.data) < table.size:
        raise BoundsError(f"symbol table beyond the end of the file, at {table.offset:#x}")
    count = table.size // _SYMBOL_SIZE
    if count > known.limits.header_entries:
        raise LimitError(f"symbol table of {count} entries: more than {known.limits.header_entries}")
    symbols = Reader(data=table.data, endian=image.endian, whole="symbol table")
    names = Reader(data=sections[table.link].data, whole="symbol names")
    return tuple(
        sorted(
            names.string(symbols.u32(at, "symbol"), known.limits.symbol_name_bytes, "symbol name")
            for at in range(0, count * _SYMBOL_SIZE, _SYMBOL_SIZE)
            if symbols.u16(at + 6, "symbol") in homes and symbols.u8(at + 4, "symbol") & 15 == _STT_OBJECT
        )
    )
