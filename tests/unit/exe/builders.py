"""Executables made by hand: as small as a format allows, and as odd as a test wants."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from attest.exe.buildinfo import END, MAGIC, START
from tests.unit.exe.pe_builder import rich
from tests.unit.exe.tables import FUNCS, Func, table
from tests.unit.exe.upx_packer import loaded_headers, pack_elf, pack_pe

MODINFO = (
    "path\texample.com/acme/hello\n"
    "mod\texample.com/acme/hello\tv1.0.0\t\n"
    "dep\texample.com/acme/dep\tv1.2.3\th1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    "build\tGOARCH=amd64\n"
    "build\tGOOS=linux\n"
)
VERSION = "go1.27.3"


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def signed_varint(value: int) -> bytes:
    found = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            return bytes([*found, byte])
        found.append(byte | 0x80)


def framed(text: str = MODINFO) -> bytes:
    return START + text.encode() + END


def inline_blob(version: str = VERSION, module: bytes | None = None) -> bytes:
    text = framed() if module is None else module
    blob = (MAGIC + b"\x08\x02").ljust(32, b"\0")
    return blob + varint(len(version)) + version.encode() + varint(len(text)) + text


def pointer_blob(
    address: int,
    *,
    size: Literal[4, 8] = 8,
    endian: Literal["little", "big"] = "little",
    version: str = VERSION,
    module: bytes | None = None,
) -> bytes:
    """The encoding of Go 1.13 to 1.17, with both strings behind the header; it lies at `address`."""
    text = framed() if module is None else module
    strings = address + 32
    contents = strings + 4 * size

    def word(value: int) -> bytes:
        return value.to_bytes(size, endian)

    head = MAGIC + bytes([size, endian == "big"]) + word(strings) + word(strings + 2 * size)
    headers = (
        word(contents) + word(len(version)) + word(contents + len(version) if text else 0) + word(len(text))
    )
    return head.ljust(32, b"\0") + headers + version.encode() + text


@dataclass(frozen=True, kw_only=True)
class Part:
    """Content of an ELF file: a section where it has a name, a segment where it has a type."""

    data: bytes
    address: int = 0
    name: str = ""
    segment: int | None = None
    flags: int = 4
    section_type: int = 1
    section_flags: int = 0
    link: int = 0


LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
GNU_STACK, GNU_RELRO = 0x6474E551, 0x6474E552
READ, WRITE = 4, 2


def elf_note(name: bytes, kind: int, content: bytes, endian: Literal["little", "big"] = "little") -> bytes:
    order = "<" if endian == "little" else ">"
    padded = name + bytes(-len(name) % 4)
    return (
        struct.pack(f"{order}3I", len(name), len(content), kind) + padded + content + bytes(-len(content) % 4)
    )


def elf(
    *parts: Part,
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
    kind: int = 2,
    machine: int = 62,
    abi: int = 0,
    large_counts: bool = False,
    names_index: int | None = None,
    flags: int = 0,
) -> bytes:
    order, word = ("<" if endian == "little" else ">"), ("Q" if bits == 64 else "I")
    header_size, ph_size, sh_size = (64, 56, 64) if bits == 64 else (52, 32, 40)
    segments = [part for part in parts if part.segment is not None]
    sections = [part for part in parts if part.name]
    body = bytearray(header_size + ph_size * len(segments))
    offsets: dict[int, int] = {}
    names = b"\0"
    name_at: dict[int, int] = {}
    for part in parts:
        body += bytes((part.address - len(body)) % 16)
        offsets[id(part)] = len(body)
        body += part.data
        if part.name:
            name_at[id(part)] = len(names)
            names += part.name.encode() + b"\0"
    shoff = shnum = 0
    if sections:
        names_offset, own_name = len(body), len(names)
        names += b".shstrtab\0"
        body += names
        body += bytes(-len(body) % 8)
        shoff, shnum = len(body), len(sections) + 2
        first = (0, 0, 0, 0, 0, shnum, shnum - 1, len(segments), 0, 0) if large_counts else (0,) * 10
        rows = [first]
        rows += [
            (
                name_at[id(p)],
                p.section_type,
                p.section_flags,
                p.address,
                offsets[id(p)],
                len(p.data),
                p.link,
                0,
                1,
                0,
            )
            for p in sections
        ]
        rows.append((own_name, 3, 0, 0, names_offset, len(names), 0, 0, 1, 0))
        for row in rows:
            body += struct.pack(f"{order}II4{word}II2{word}", *row)
    index = shnum - 1 if shnum else 0
    header = struct.pack(
        f"{order}4s5B7xHHI3{word}I6H",
        b"\x7fELF",
        2 if bits == 64 else 1,
        1 if endian == "little" else 2,
        1,
        abi,
        0,
        kind,
        machine,
        1,
        0,
        header_size,
        shoff,
        flags,
        header_size,
        ph_size,
        0xFFFF if large_counts else len(segments),
        sh_size,
        0 if large_counts else shnum,
        names_index if names_index is not None else 0xFFFF if large_counts else index,
    )
    body[:header_size] = header
    for number, part in enumerate(segments):
        size, offset = len(part.data), offsets[id(part)]
        at = header_size + number * ph_size
        body[at : at + ph_size] = (
            struct.pack(
                f"{order}II6Q", part.segment, part.flags, offset, part.address, part.address, size, size, 16
            )
            if bits == 64
            else struct.pack(
                f"{order}8I", part.segment, offset, part.address, part.address, size, size, part.flags, 16
            )
        )
    return bytes(body)


def go_elf(
    blob: bytes | None = None,
    *,
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
    machine: int = 62,
) -> bytes:
    """What a Go program looks like: code, data with the blob in its section, and the build ID's note."""
    content = inline_blob() if blob is None else blob
    return elf(
        Part(data=b"\x90" * 64, address=0x10000, name=".text", segment=LOAD, flags=5),
        Part(data=content, address=0x20000, name=".go.buildinfo", segment=LOAD, flags=READ | WRITE),
        Part(
            data=elf_note(b"Go\0\0", 4, b"a/b/c/d", endian),
            name=".note.go.buildid",
            segment=NOTE,
            section_type=7,
        ),
        bits=bits,
        endian=endian,
        machine=machine,
    )


LOADER = Part(data=b"/lib64/ld-linux-x86-64.so.2\0", segment=INTERP)
NEEDED, STRTAB, STRSZ, SONAME, RPATH, TEXTREL, BIND_NOW, RUNPATH, FLAGS = 1, 5, 10, 14, 15, 22, 24, 29, 30
FLAGS_1, VERNEED, VERNEEDNUM = 0x6FFFFFFB, 0x6FFFFFFE, 0x6FFFFFFF


def dynamic_elf(
    *tags: tuple[int, int | str],
    versions: tuple[tuple[str, tuple[str, ...]], ...] = (),
    parts: tuple[Part, ...] = (LOADER,),
    symbols: tuple[str, ...] = (),
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
    kind: int = 3,
) -> bytes:
    """A file for the dynamic loader; strings among the values of `tags` go to its string table."""
    order, word = ("<" if endian == "little" else ">"), ("Q" if bits == 64 else "I")
    strings = bytearray(b"\0")

    def put(text: str) -> int:
        at = len(strings)
        strings.extend(text.encode() + b"\0")
        return at

    pairs = [(tag, put(value) if isinstance(value, str) else value) for tag, value in tags]
    needed = b""
    for index, (library, names) in enumerate(versions):
        rest = 0 if index == len(versions) - 1 else 16 + 16 * len(names)
        needed += struct.pack(f"{order}HHIII", 1, len(names), put(library), 16, rest)
        for number, name in enumerate(names):
            following = 0 if number == len(names) - 1 else 16
            needed += struct.pack(f"{order}IHHII", 0, 0, 2, put(name), following)
    for symbol in symbols:
        put(symbol)
    pairs += [(STRTAB, 0x1000), (STRSZ, len(strings))]
    if versions:
        pairs += [(VERNEED, 0x8000), (VERNEEDNUM, len(versions))]
    table = b"".join(struct.pack(f"{order}2{word}", *pair) for pair in [*pairs, (0, 0)])
    return elf(
        *parts,
        Part(data=bytes(strings), address=0x1000, segment=LOAD),
        Part(data=needed, address=0x8000, segment=LOAD),
        Part(data=table, address=0x9000, segment=DYNAMIC),
        bits=bits,
        endian=endian,
        kind=kind,
    )


def btf_ext(*counts: int, endian: Literal["little", "big"] = "little") -> bytes:
    """.BTF.ext with so many CO-RE relocations in each section."""
    order = "<" if endian == "little" else ">"
    table = struct.pack(f"{order}I", 16)
    for count in counts:
        table += struct.pack(f"{order}2I", 1, count) + bytes(16 * count)
    size = len(table) if counts else 0
    return struct.pack(f"{order}HBBI6I", 0xEB9F, 1, 0, 32, 0, 0, 0, 0, 0, size) + table[:size]


def bpf_elf(
    *more: Part,
    endian: Literal["little", "big"] = "little",
    symbols_link: int = 8,
    types: bytes | None = None,
) -> bytes:
    """An eBPF object with a program, two maps, types and two CO-RE relocations."""
    order = "<" if endian == "little" else ">"
    names = b"\0events\0counts\0main\0"
    symbols = bytes(24)
    for name, info, home in ((1, 0x11, 3), (8, 0x11, 3), (15, 0x12, 2)):
        symbols += struct.pack(f"{order}IBBHQQ", name, info, 0, home, 0, 8)
    return elf(
        Part(data=bytes(8), name=".text", section_flags=6),
        Part(data=bytes(16), name="kprobe/sys_execve", section_flags=6),
        Part(data=bytes(16), name=".maps", section_flags=3),
        Part(data=b"Dual MIT/GPL\0", name="license", section_flags=3),
        Part(data=struct.pack(f"{order}HBBI", 0xEB9F, 1, 0, 24), name=".BTF"),
        Part(data=btf_ext(1, 1, endian=endian) if types is None else types, name=".BTF.ext"),
        Part(data=symbols, name=".symtab", section_type=2, link=symbols_link),
        Part(data=names, name=".strtab", section_type=3),
        *more,
        endian=endian,
        kind=1,
        machine=247,
    )


RW_DATA, CODE = 0xC0000040, 0x60000020


def pe(
    *sections: tuple[str, int, bytes],
    machine: int = 0x8664,
    flags: int = 0x22,
    subsystem: int = 3,
    magic: int = 0x20B,
    base: int = 0x140000000,
) -> bytes:
    """A PE file of (name, characteristics, content), each at the next page."""
    optional = bytearray(240 if magic == 0x20B else 224)
    struct.pack_into("<H", optional, 0, magic)
    struct.pack_into("<Q" if magic == 0x20B else "<I", optional, 24 if magic == 0x20B else 28, base)
    struct.pack_into("<H", optional, 68, subsystem)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    head = head.ljust(0x80, b"\0") + b"PE\0\0"
    head += struct.pack("<HHIIIHH", machine, len(sections), 0, 0, 0, len(optional), flags) + optional
    start = len(head) + 40 * len(sections)
    offset = start + -start % 512
    table, body = b"", bytes(offset - start)
    for index, (name, characteristics, data) in enumerate(sections):
        table += struct.pack(
            "<8s6I2HI",
            name.encode(),
            len(data),
            0x1000 * (index + 1),
            len(data),
            offset + len(body) - (offset - start),
            0,
            0,
            0,
            0,
            characteristics,
        )
        body += data
    return head + table + body


def go_pe(blob: bytes | None = None, characteristics: int = RW_DATA) -> bytes:
    content = inline_blob() if blob is None else blob
    return pe((".text", CODE, b'\xff Go build ID: "a/b/c/d"\n \xff'), (".data", characteristics, content))


BUILD_VERSION = 0x32


def build_version(platform: int) -> bytes:
    return struct.pack("<6I", BUILD_VERSION, 24, platform, 0, 0, 0)


def macho(
    *sections: tuple[str, str, bytes],
    cpu: int = 0x01000007,
    kind: int = 2,
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
    commands: tuple[bytes, ...] | None = None,
    flags: int = 0x200004,
    protection: int = 3,
) -> bytes:
    """A thin Mach-O of (segment, section, content), each in a segment of its own at the next page."""
    order, word = ("<" if endian == "little" else ">"), ("Q" if bits == 64 else "I")
    extra = (build_version(1),) if commands is None else commands
    header_size = 32 if bits == 64 else 28
    segment_size = (72 + 80) if bits == 64 else (56 + 68)
    offset = header_size + sum(map(len, extra)) + segment_size * len(sections)
    offset += -offset % 16
    loads, body = b"", b""
    for index, (segment, section, data) in enumerate(sections):
        address, at = 0x1000 * (index + 1), offset + len(body)
        count = bool(section)
        loads += struct.pack(
            f"{order}II16s4{word}4I",
            0x19 if bits == 64 else 0x1,
            segment_size,
            segment.encode(),
            address,
            len(data),
            at,
            len(data),
            7,
            protection,
            count,
            0,
        )
        tail = (at & 0xFFFFFFFF, 4, 0, 0, 0, 0, 0) + ((0,) if bits == 64 else ())
        loads += struct.pack(
            f"{order}16s16s2{word}{len(tail)}I", section.encode(), segment.encode(), address, len(data), *tail
        )
        body += data + bytes(-len(data) % 16)
    magic = {64: 0xFEEDFACF, 32: 0xFEEDFACE}[bits]
    loads = b"".join(extra) + loads
    head = struct.pack(
        f"{order}7I", magic, cpu, 3, kind, len(sections) + len(extra), len(loads), flags
    ).ljust(header_size, b"\0")
    return (head + loads).ljust(offset, b"\0") + body


def go_macho(blob: bytes | None = None, *, cpu: int = 0x01000007) -> bytes:
    content = inline_blob() if blob is None else blob
    return macho(("__TEXT", "__text", b"\x90" * 32), ("__DATA", "__go_buildinfo", content), cpu=cpu)


def fat(*slices: tuple[int, int, bytes], wide: bool = False, align: int = 12) -> bytes:
    """A universal file of (cpu type, subtype, content)."""
    entry = "5I" if not wide else "2I2Q2I"
    size = struct.calcsize(f">{entry}")
    offset = 8 + size * len(slices)
    table, body = b"", b""
    for cpu, subtype, data in slices:
        body += bytes(-(offset + len(body)) % (1 << align))
        fields = [cpu, subtype, offset + len(body), len(data), align]
        table += struct.pack(f">{entry}", *fields, *([0] if wide else []))
        body += data
    return struct.pack(">II", 0xCAFEBABF if wide else 0xCAFEBABE, len(slices)) + table + body


AMD64, ARM64 = 0x01000007, 0x0100000C


def wasm_name(text: str) -> bytes:
    return varint(len(text.encode())) + text.encode()


def wasm_section(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + varint(len(content)) + content


def wasm_custom(name: str, content: bytes = b"") -> bytes:
    return wasm_section(0, wasm_name(name) + content)


def wasm_vector(*items: bytes) -> bytes:
    return varint(len(items)) + b"".join(items)


def wasm_segment(address: int, data: bytes) -> bytes:
    return b"\x00\x41" + signed_varint(address) + b"\x0b" + varint(len(data)) + data


def producers(tool: str = "Go cmd/compile", version: str = VERSION) -> bytes:
    field = wasm_name("processed-by") + wasm_vector(wasm_name(tool) + wasm_name(version))
    return wasm_custom("producers", wasm_vector(field))


def wasm_import(module: str, field: str = "f", kind: bytes = b"\x00\x00") -> bytes:
    return wasm_name(module) + wasm_name(field) + kind


def wasm(*sections: bytes) -> bytes:
    return b"\0asm\x01\0\0\0" + b"".join(sections)


def go_wasm(*segments: bytes, imports: str = "gojs", made_by: bytes | None = None) -> bytes:
    return wasm(
        wasm_custom("go:buildid", b'"a/b/c/d"'),
        wasm_section(2, wasm_vector(wasm_import(imports))),
        wasm_section(5, b"\x01\x00\x24"),
        wasm_section(7, wasm_vector(wasm_name("_start") + b"\x00\x00")),
        wasm_section(11, wasm_vector(*(segments or (wasm_segment(0x1000, framed()),)))),
        producers() if made_by is None else made_by,
    )


def wasm_type(parameters: bytes = b"", results: bytes = b"") -> bytes:
    return b"\x60" + varint(len(parameters)) + parameters + varint(len(results)) + results


def wasm_export(name: str, kind: int = 0) -> bytes:
    return wasm_name(name) + bytes([kind, 0])


def full_wasm() -> bytes:
    """A module that has something of everything."""
    return wasm(
        wasm_section(1, wasm_vector(wasm_type(b"\x7f\x7e", b"\x7f"), wasm_type(b"", b"\x7d\x7c"))),
        wasm_section(
            2,
            wasm_vector(
                wasm_import("wasi_snapshot_preview1", "clock_time_get"),
                wasm_import("wasi_snapshot_preview1", "fd_write"),
                wasm_import("wasi_snapshot_preview1", "fd_write"),
                wasm_import("env", "host", b"\x00\x01"),
                wasm_import("env", "late", b"\x00\x07"),
                wasm_import("env", "table", b"\x01\x70\x00\x02"),
                wasm_import("env", "memory", b"\x02\x03\x02\x05"),
                wasm_import("env", "global", b"\x03\x7f\x01"),
                wasm_import("env", "tag", b"\x04\x00\x00"),
            ),
        ),
        wasm_section(3, wasm_vector(b"\x00", b"\x01")),
        wasm_section(4, wasm_vector(b"\x70\x00\x02")),
        wasm_section(5, wasm_vector(b"\x01\x01\x03")),
        wasm_section(7, wasm_vector(wasm_export("_initialize"), wasm_export("memory", 2))),
        wasm_section(8, b"\x01"),
        wasm_section(11, wasm_vector(wasm_segment(16, b"data"))),
        wasm_custom(".debug_info"),
        wasm_custom("name"),
        producers("rustc", "1.80.0"),
        wasm_custom("target_features", wasm_vector(b"+" + wasm_name("bulk-memory"))),
    )


def plan9(text: bytes = b"", data: bytes = b"", symbols: bytes = b"", *, magic: int = 0x8A97) -> bytes:
    header = struct.pack(">8I", magic, len(text), len(data), 16, len(symbols), 0x200028, 0, 0)
    return header + bytes(8 if magic & 0x8000 else 0) + text + data + symbols


def xcoff(
    *sections: tuple[str, int, bytes],
    bits: Literal[32, 64] = 64,
    flags: int = 0x1002,
    symbols: int = 1,
    optional: int = 16,
) -> bytes:
    """An XCOFF file of (name, type, content), each at the next page."""
    wide = bits == 64
    start = (24 if wide else 20) + optional
    offset = start + (72 if wide else 40) * len(sections)
    table, body = b"", b""
    for index, (name, kind, data) in enumerate(sections):
        address, at = 0x100000 * (index + 1), offset + len(body)
        places = (address, address, len(data), at, 0, 0)
        if wide:
            table += struct.pack(">8s6Q4I", name.encode(), *places, 0, 0, kind, 0)
        else:
            table += struct.pack(">8s6I2HI", name.encode(), *places, 0, 0, kind)
        body += data
    end, count = (offset + len(body) if symbols else 0), len(sections)
    head = (
        struct.pack(">2HIQ2HI", 0x1F7, count, 0, end, optional, flags, symbols)
        if wide
        else struct.pack(">2H3I2H", 0x1DF, count, 0, end, symbols, optional, flags)
    )
    return head + bytes(optional) + table + body


def xcoff_loader(
    *imports: tuple[str, str, str], bits: Literal[32, 64] = 64, count: int | None = None
) -> bytes:
    """A loader section with these import IDs (path, file, member)."""
    ids = b"".join(word.encode() + b"\0" for each in imports for word in each)
    number = len(imports) if count is None else count
    if bits == 64:
        return struct.pack(">6I4Q", 2, 0, 0, len(ids), number, 0, 56, 0, 0, 0) + ids
    return struct.pack(">8I", 1, 0, 0, len(ids), number, 32, 0, 0) + ids


def go_xcoff(bits: Literal[32, 64] = 64) -> bytes:
    imports = (("/usr/lib:/lib", "", ""), ("", "libc.a", "shr_64.o"), ("/opt", "x.a", ""))
    return xcoff(
        (".text", 0x20, b'\xff Go build ID: "a/b/c/d"\n \xff'.ljust(64, b"\0")),
        (".data", 0x40, inline_blob()),
        (".dwinfo", 0x10010, b"dwarf"),
        (".loader", 0x1000, xcoff_loader(*imports, bits=bits)),
        bits=bits,
    )


def ar_member(name: str, data: bytes, size: int | None = None) -> bytes:
    length = len(data) if size is None else size
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'644':<8}{length:<10}`\n".encode()
    return head + data + b"\n" * (len(data) % 2)


def ar(*members: tuple[str, bytes], magic: bytes = b"!<arch>\n") -> bytes:
    return magic + b"".join(ar_member(name, data) for name, data in members)


PKGDEF = b'go object linux amd64 go1.27.3 GOAMD64=v1 X:none\nbuild id "a/b"\n'


def coff(*sections: tuple[str, int, bytes], machine: int = 0x8664, names: bytes = b"") -> bytes:
    """A bare COFF object of (name, characteristics, content) with one symbol and a table of long names."""
    offset = 20 + 40 * len(sections)
    table, body = b"", b""
    for name, kind, data in sections:
        row = (0, 0, len(data), offset + len(body), 0, 0, 0, 0, kind)
        table += struct.pack("<8s6I2HI", name.encode(), *row)
        body += data
    head = struct.pack("<HHIIIHH", machine, len(sections), 0, offset + len(body), 1, 0, 0)
    return head + table + body + bytes(18) + struct.pack("<I", 4 + len(names)) + names


def component(*sections: bytes) -> bytes:
    return b"\0asm\x0d\0\x01\0" + b"".join(sections)


def full_component() -> bytes:
    """A component that imports and exports each kind of thing, with modules and a component inside."""
    imports = wasm_vector(
        b"\0" + wasm_name("wasi:cli/environment@0.2.0") + b"\x05\x00",
        b"\0" + wasm_name("res") + b"\x03\x01",
        b"\1" + wasm_name("eq") + b"\x03\x00\x02",
        b"\0" + wasm_name("mod") + b"\x00\x11\x07",
        b"\0" + wasm_name("call") + b"\x01\x03",
    )
    exports = wasm_vector(
        b"\0" + wasm_name("wasi:cli/run@0.2.0") + b"\x05\x00\x00",
        b"\0" + wasm_name("run") + b"\x01\x02\x01\x01\x04",
    )
    return component(
        wasm_section(10, imports),
        wasm_section(1, go_wasm()),
        wasm_section(4, component(wasm_section(1, full_wasm()))),
        wasm_section(11, exports),
        wasm_custom("component-name"),
    )


#: A small file of each container, by what it is.
def go_elf_with_functions() -> bytes:
    """A program whose functions, record of FIPS 140 and build info do not go together."""
    cgo = Func(name="runtime/cgo.init", file="/src/runtime/cgo/callbacks.go")
    modinfo = f"{MODINFO}build\t-compiler=gc\nbuild\tCGO_ENABLED=0\nbuild\tvcs.revision=abc\n"
    record = b"\xff Go fipsinfo \xff\0" + b"\x01" * 32 + struct.pack("<9Q", 0x40000, *(0x20000,) * 8)
    return elf(
        Part(
            data=inline_blob(module=framed(modinfo)),
            address=0x20000,
            name=".go.buildinfo",
            segment=LOAD,
            flags=6,
        ),
        Part(data=record, address=0x40000, name=".go.fipsinfo", segment=LOAD, flags=6),
        Part(data=table(functions=(*FUNCS, cgo)), address=0x50000, name=".gopclntab", segment=LOAD),
    )


SAMPLES = {
    "elf": go_elf(),
    "elf-32": go_elf(bits=32),
    "elf-upx": pack_elf(loaded_headers(go_elf())),
    "elf-dynamic": dynamic_elf(
        (NEEDED, "libc.so.6"),
        (RUNPATH, "/opt"),
        (FLAGS_1, 0x08000001),
        versions=(("libc.so.6", ("GLIBC_2.34",)),),
    ),
    "elf-bpf": bpf_elf(),
    "elf-functions": go_elf_with_functions(),
    "pe": go_pe(),
    "pe-upx": pack_pe(go_pe()),
    "pe-rich": rich(),
    "pe-rich-32": rich(32),
    "macho": go_macho(),
    "macho-fat": fat((0x01000007, 3, go_macho()), (0x0100000C, 0, go_macho(cpu=0x0100000C))),
    "wasm": go_wasm(),
    "plan9": plan9(b'\xff Go build ID: "a"\n \xff', inline_blob(), b"symbols"),
    "wasm-full": full_wasm(),
    "wasm-component": full_component(),
    "xcoff": go_xcoff(),
    "xcoff-32": go_xcoff(32),
    "archive": ar(
        ("/", b"symbols"), ("//", b"a-very-long-name-of-a-member.o/\n"), ("/0", go_elf()), ("b.o/", b"b")
    ),
    "archive-go": ar(("__.PKGDEF", PKGDEF), ("_go_.o", b"code")),
    "script": b"#!/usr/bin/env -S python3 -u\nprint()\n",
    "coff": coff((".text", 0x60000020, b"code"), ("/4", 0xC0000040, inline_blob()), names=b".go.buildinfo\0"),
}
