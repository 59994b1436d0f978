"""The facts of ELF files.

Sources: the System V ABI (chapters 4 and 5) and its processor supplements, the Linux Standard Base (symbol
versions, notes), the x86-64 and AArch64 GNU property notes, cmd/link/internal/ld/elf.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.facts import ebpf
from attest.exe.reader import Reader, text
from attest.model.bounds import BoundsError
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.elf import ElfHeader, ElfImage, ElfSection
    from attest.exe.known import Known

_ET_REL, _ET_EXEC, _ET_DYN = 1, 2, 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_GNU_STACK, _PT_GNU_RELRO = 1, 2, 3, 0x6474E551, 0x6474E552
_PF_X, _PF_W = 1, 2
_SHT_SYMTAB, _SHT_NOBITS, _SHF_COMPRESSED = 2, 8, 0x800
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_TEXTREL = 1, 5, 10, 14, 15, 22
_DT_BIND_NOW, _DT_RUNPATH, _DT_FLAGS = 24, 29, 30
_DT_FLAGS_1, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFB, 0x6FFFFFFE, 0x6FFFFFFF
_DF_TEXTREL, _DF_BIND_NOW, _DF_1_NOW, _DF_1_PIE = 4, 8, 1, 0x08000000

#: Systems whose programs say nothing about the stack because it is never executable there.
_NX_ALWAYS: Final = frozenset({"openbsd", "netbsd"})
_ABIS: Final = {
    0: "sysv",
    1: "hpux",
    2: "netbsd",
    3: "gnu",
    6: "solaris",
    7: "aix",
    9: "freebsd",
    12: "openbsd",
    97: "arm",
}
#: How the file name of a dynamic loader begins, and the C library that it belongs to.
_LOADERS: Final = (
    ("ld-linux", "glibc"),
    ("ld64.so.", "glibc"),
    ("ld-musl-", "musl"),
    ("ld-uClibc", "uclibc"),
    ("ld64-uClibc", "uclibc"),
    ("linker", "bionic"),
    ("ld-elf.so.", "bsd"),
    ("ld.elf_so", "bsd"),
)
_LIBRARIES: Final = (
    ("libc.so.6", "glibc"),
    ("libc.musl-", "musl"),
    ("libc.so.0", "uclibc"),
    ("libc.so.1", "solaris"),
)
_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
#: A version without a number that the GNU C library has had since the release that has one.
_NAMED_VERSIONS: Final = {"GLIBC_ABI_DT_RELR": "2.36"}
_STACK_PROTECTOR: Final = re.compile(rb"\0__stack_chk_fail(?:_local)?(?:@[^\0]*)?\0")
_FORTIFY: Final = re.compile(rb"\0__[a-z0-9_]+_chk(?:@[^\0]*)?\0")

#: The property of .note.gnu.property that names what all code has, by e_machine, and its bits.
_BRANCHES: Final = {
    3: (0xC0000002, ("ibt", "shstk")),
    62: (0xC0000002, ("ibt", "shstk")),
    183: (0xC0000000, ("bti", "pac", "gcs")),
}
_X86_NEEDED: Final = 0xC0008002
_NOTE_ABI_TAG, _NOTE_BUILD_ID, _NOTE_PROPERTIES = 1, 3, 5
_EM_ARM, _EM_X86_64, _EM_RISCV, _EM_LOONGARCH = 40, 62, 243, 258


def facts(image: ElfImage, known: Known) -> Iterator[Fact]:
    """What the headers of an ELF file say.

    Raises `BoundsError` after everything else where parts of the file are damaged, one message for all.
    """
    header = image.header
    if header is None:
        return
    damage: list[str] = []
    for part in (_header, _loader, _dynamic, _versions, _symbols, _notes, _sections, ebpf.facts):
        try:
            yield from part(image, header, known)
        except (BoundsError, LimitError) as error:
            damage.append(error.message)
    if damage:
        raise BoundsError("; ".join(dict.fromkeys(damage)))


def _header(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    del image, known
    source = "ELF header"
    yield Fact(name="elf.os_abi", value=_ABIS.get(header.abi, str(header.abi)), source=source)
    yield Fact(name="elf.flags", value=header.flags, source=source)
    passed: str | None = None
    if header.machine == _EM_ARM:  # Go's linker says nothing; GOARM in the build info does
        passed = {0x200: "soft", 0x400: "hard"}.get(header.flags & 0x600)
    elif header.machine == _EM_RISCV:
        passed = ("soft", "single", "double", "quad")[header.flags >> 1 & 3]
    elif header.machine == _EM_LOONGARCH:
        passed = {1: "soft", 2: "single", 3: "double"}.get(header.flags & 7)
    if passed is not None:
        yield Fact(name="elf.float_abi", value=passed, source=source)


def _loaded(image: ElfImage, header: ElfHeader) -> bool:
    """Whether it is a program or library, and what is not in its program headers is really absent."""
    return header.type in (_ET_EXEC, _ET_DYN) and image.whole_segments and bool(image.segments)


def _loader(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What the program headers alone say."""
    del known
    if header.type == _ET_REL:
        yield Fact(name="link", value="object", source="ELF header")
    if image.interpreter:
        yield Fact(name="elf.interpreter", value=image.interpreter, source="segment PT_INTERP")
    if not _loaded(image, header):
        return
    stack = next((each for each in image.segments if each.type == _PT_GNU_STACK), None)
    if stack is not None:
        yield Fact(name="elf.nx_stack", value=not stack.flags & _PF_X, source="segment PT_GNU_STACK")
    else:
        # What Linux does then depends on the processor and the kernel's release, so nothing was asked for.
        yield Fact(
            name="elf.nx_stack", value=image.container.os in _NX_ALWAYS, source="no segment PT_GNU_STACK"
        )
    both = _PF_W | _PF_X
    yield Fact(
        name="elf.wx_segments",
        value=sum(each.type == _PT_LOAD and each.flags & both == both for each in image.segments),
        source="segments PT_LOAD",
    )


def _strings(image: ElfImage, what: str) -> Reader:
    """The string table of the dynamic loader."""
    values = dict(reversed(image.dynamic))
    data = image.read(values[_DT_STRTAB]) if _DT_STRTAB in values else None
    size = values.get(_DT_STRSZ, 0)
    if data is None or len(data) < size:
        raise BoundsError(f"the dynamic string table is not in the file; {what} cannot be read")
    return Reader(data=data[:size], endian=image.endian, whole="dynamic string table")


def _texts(image: ElfImage, known: Known, tag: int, what: str) -> tuple[str, ...]:
    """The strings of all entries of a tag, in their order."""
    offsets = [value for each, value in image.dynamic if each == tag]
    if len(offsets) > known.limits.libraries:
        raise LimitError(
            f"{len(offsets)} entries for {what}: more than {known.limits.libraries} are not read"
        )
    if not offsets:
        return ()
    table = _strings(image, what)
    return tuple(table.string(each, known.limits.section_name_bytes, what) for each in offsets)


def _dynamic(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What the dynamic table says, and what follows from it being absent."""
    if not _loaded(image, header):
        return
    place = "segment PT_DYNAMIC"
    segment = next((each for each in image.segments if each.type == _PT_DYNAMIC), None)
    if segment is not None:
        image.reader.take(segment.offset, segment.size, "dynamic table")
    flags = _flags(image, _DT_FLAGS)
    flags_1 = _flags(image, _DT_FLAGS_1)
    tags = {tag for tag, _ in image.dynamic}
    now = _DT_BIND_NOW in tags or bool(flags & _DF_BIND_NOW or flags_1 & _DF_1_NOW)
    relro = any(each.type == _PT_GNU_RELRO for each in image.segments)
    yield Fact(
        name="elf.relro",
        value=("full" if now or segment is None else "partial") if relro else "none",
        source="segments PT_GNU_RELRO and PT_DYNAMIC",
    )
    yield Fact(
        name="elf.textrel",
        value=_DT_TEXTREL in tags or bool(flags & _DF_TEXTREL),
        source=place if segment else f"no {place}",
    )
    if segment is not None:
        yield Fact(name="elf.bind_now", value=now, source=place)
    libraries = _texts(image, known, _DT_NEEDED, "needed libraries")
    link = _link(image, header, libraries, pie=bool(flags_1 & _DF_1_PIE))
    if link is not None:
        yield Fact(name="link", value=link, source="ELF header, segments PT_INTERP and PT_DYNAMIC")
    source = f"{place}, DT_NEEDED" if segment else f"no {place}"
    yield Fact(name="libraries", value=libraries, source=source)
    libc = _libc(image.interpreter, libraries)
    if libc is not None:
        yield Fact(name="elf.libc", value=libc[0], source=libc[1])
    soname = next(iter(_texts(image, known, _DT_SONAME, "soname")), "")
    if soname:
        yield Fact(name="elf.soname", value=soname, source=f"{place}, DT_SONAME")
    for name, tag in (("rpath", _DT_RPATH), ("runpath", _DT_RUNPATH)):
        source = f"{place}, DT_{name.upper()}" if segment else f"no {place}"
        yield Fact(name=f"elf.{name}", value=_paths(image, known, tag, name), source=source)


def _flags(image: ElfImage, tag: int) -> int:
    return next((value for each, value in image.dynamic if each == tag), 0)


def _paths(image: ElfImage, known: Known, tag: int, name: str) -> tuple[str, ...]:
    found = tuple(path for each in _texts(image, known, tag, name) for path in each.split(":"))
    if len(found) > known.limits.search_paths:
        raise LimitError(f"{name} of {len(found)} directories: more than {known.limits.search_paths}")
    return found


def _link(image: ElfImage, header: ElfHeader, libraries: tuple[str, ...], *, pie: bool) -> str | None:
    """The kind of link; a library with a loader of its own (that of the GNU C library) is still one."""
    kinds = {each.type for each in image.segments}
    if header.type == _ET_EXEC:
        return "dynamic" if kinds & {_PT_INTERP, _PT_DYNAMIC} else "static"
    if _PT_DYNAMIC not in kinds:
        return None
    named = any(tag == _DT_SONAME for tag, _ in image.dynamic)
    if _PT_INTERP in kinds and (pie or not named):
        return "dynamic-pie" if libraries else "pie"
    return "static-pie" if pie and _PT_INTERP not in kinds else "shared"


def _libc(interpreter: str | None, libraries: tuple[str, ...]) -> tuple[str, str] | None:
    """The C library, by the loader, or else by the libraries, and where that was read."""
    if interpreter is not None:
        file = interpreter.rpartition("/")[2]
        if interpreter == "/usr/libexec/ld.so":  # OpenBSD's
            return "bsd", "segment PT_INTERP"
        for start, name in _LOADERS:
            if file.startswith(start):
                return name, "segment PT_INTERP"
    for library in libraries:
        for start, name in _LIBRARIES:
            if library.startswith(start):
                return name, "segment PT_DYNAMIC, DT_NEEDED"
    return None


def _versions(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """The highest version that is needed of each library."""
    tables = dict(reversed(image.dynamic))
    if not _loaded(image, header) or _DT_VERNEED not in tables:
        return
    highest: dict[tuple[str, str], tuple[int, ...]] = {}
    for library, version in _needed_versions(
        image, known, tables[_DT_VERNEED], tables.get(_DT_VERNEEDNUM, 0)
    ):
        if version in _NAMED_VERSIONS:
            prefix, number = "GLIBC", _NAMED_VERSIONS[version]
        else:
            prefix, _, number = version.rpartition("_")
            if not _NUMBERS.fullmatch(number):
                prefix, number = version, ""
        parts = tuple(int(each[:9]) for each in number.split(".") if each)
        highest[library, prefix] = max(highest.get((library, prefix), ()), parts)
    source = "symbol versions, DT_VERNEED"
    if highest:
        words = (
            f"{library} {prefix}{'_' if prefix and numbers else ''}{_dotted(numbers)}"
            for (library, prefix), numbers in highest.items()
        )
        yield Fact(name="elf.symbol_versions", value=tuple(sorted(words)), source=source)
    glibc = [numbers for (_, prefix), numbers in highest.items() if prefix == "GLIBC" and numbers]
    if glibc:
        yield Fact(name="elf.glibc", value=_dotted(max(glibc)), source=source)


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def _needed_versions(image: ElfImage, known: Known, address: int, count: int) -> Iterator[tuple[str, str]]:
    """(library, version) pairs; two chained lists, each of which may lead anywhere."""
    what = "symbol versions"
    data = image.read(address)
    if data is None:
        raise BoundsError(f"the needed {what} are not in the file, at {address:#x}")
    table = Reader(data=data, endian=image.endian, whole="segment")
    names = _strings(image, what)
    limit = known.limits.symbol_name_bytes
    left = known.limits.symbol_versions
    at = 0
    for _ in range(count):
        library = names.string(table.u32(at + 4, what), limit, what)
        inner = at + table.u32(at + 8, what)
        for _ in range(table.u16(at + 2, what)):
            left -= 1
            if left < 0:
                raise LimitError(f"more than {known.limits.symbol_versions} needed {what}")
            yield library, names.string(table.u32(inner + 8, what), limit, what)
            inner += table.u32(inner + 12, what)
        following = table.u32(at + 12, what)
        if not following:
            return
        left -= 1
        if left < 0:
            raise LimitError(f"more than {known.limits.symbol_versions} needed {what}")
        at += following


def _symbols(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What the names of symbols show of how C code was compiled; without names nothing is known."""
    if not _loaded(image, header):
        return
    tables: list[tuple[str, memoryview]] = []
    if any(tag == _DT_NEEDED for tag, _ in image.dynamic):
        tables.append(("dynamic symbols", _strings(image, "symbol names").data))
    if known.depth == "full":
        tables.extend(
            ("symbol table", image.sections[each.link].data)
            for each in _elf_sections(image)
            if each.type == _SHT_SYMTAB and each.link < len(image.sections)
        )
    for name, pattern in (("elf.stack_protector", _STACK_PROTECTOR), ("elf.fortify", _FORTIFY)):
        if tables:
            place = next((place for place, data in tables if pattern.search(data)), None)
            yield Fact(name=name, value=place is not None, source=place or tables[-1][0])


def _elf_sections(image: ElfImage) -> tuple[ElfSection, ...]:
    # The reader of ELF files makes no others; Image only promises less.
    return image.sections  # type: ignore[return-value]


def _notes(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What the GNU tools noted."""
    seen: set[int] = set()
    for note in image.linker_notes:
        if note.name != b"GNU" or note.type in seen:
            continue
        seen.add(note.type)
        reader = Reader(data=note.content, endian=image.endian, whole="note")
        if note.type == _NOTE_BUILD_ID and 0 < reader.size <= known.limits.section_name_bytes:
            yield Fact(name="elf.gnu_build_id", value=bytes(note.content).hex(), source="note GNU build ID")
        elif note.type == _NOTE_ABI_TAG and reader.u32(0, "ABI tag") == 0:
            numbers = (reader.u32(at, "ABI tag") for at in (4, 8, 12))
            yield Fact(name="elf.kernel", value=_dotted(tuple(numbers)), source="note GNU ABI tag")
        elif note.type == _NOTE_PROPERTIES:
            yield from _properties(reader, header)


def _properties(reader: Reader, header: ElfHeader) -> Iterator[Fact]:
    source, what = "note GNU properties", "GNU property"
    branches, bits = _BRANCHES.get(header.machine, (None, ()))
    found: dict[int, int] = {}
    at = 0
    while at + 8 <= reader.size:
        size = reader.u32(at + 4, what)
        if size == 4:  # noqa: PLR2004 - all that are of interest are one word
            found.setdefault(reader.u32(at, what), reader.u32(at + 8, what))
        at += 8 + -(-size // (header.bits // 8)) * (header.bits // 8)
    if branches in found:
        names = tuple(name for bit, name in enumerate(bits) if found[branches] >> bit & 1)
        yield Fact(name="elf.branch_protection", value=names, source=source)
    level = (found.get(_X86_NEEDED, 0) & 15).bit_length() if header.machine == _EM_X86_64 else 0
    if level:
        yield Fact(name="elf.x86_level", value=f"v{level}", source=source)


def _sections(image: ElfImage, header: ElfHeader, known: Known) -> Iterator[Fact]:
    """What a debugger would find, and what lies behind it all."""
    if not image.whole_sections:
        return
    source = "section headers" if image.sections else "no section headers"
    sections = _elf_sections(image)
    yield Fact(name="symbol_table", value=any(each.type == _SHT_SYMTAB for each in sections), source=source)
    debug = [
        each
        for each in sections
        if each.name.startswith((".debug_", ".zdebug_")) and each.name != ".debug_gdb_scripts"
    ]
    packed = any(each.flags & _SHF_COMPRESSED or each.name.startswith(".z") for each in debug)
    yield Fact(name="dwarf", value="compressed" if packed else "plain" if debug else "none", source=source)
    comment = image.section(".comment")
    if comment is not None:
        words = bytes(comment.data[: known.limits.comment_bytes]).split(b"\0")
        compilers = tuple(sorted({text(each) for each in words if each}))
        yield Fact(name="elf.compilers", value=compilers, source="section .comment")
    if image.whole_segments:
        ends = [each.offset + each.size for each in image.segments]
        ends += [each.offset + each.size for each in sections if each.type != _SHT_NOBITS]
        ends.append(header.shoff + header.shentsize * len(sections))
        ends.append(header.phoff + header.phentsize * len(image.segments))
        overlay = max(0, len(image.whole) - max(ends))
        yield Fact(name="elf.overlay", value=overlay, source="section and program headers")
