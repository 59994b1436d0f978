from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from attest.exe.elf import read_elf
from attest.model.binary import Container
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import (
    DYNAMIC,
    INTERP,
    LOAD,
    NOTE,
    READ,
    WRITE,
    Part,
    elf,
    elf_note,
    go_elf,
    inline_blob,
)

if TYPE_CHECKING:
    from attest.exe.image import Image


def look(data: bytes) -> Image:
    return read_elf(memoryview(data), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("machine", "bits", "endian", "arch"),
    [
        (3, 32, "little", "386"),
        (62, 64, "little", "amd64"),
        (40, 32, "little", "arm"),
        (183, 64, "little", "arm64"),
        (8, 32, "big", "mips"),
        (8, 32, "little", "mipsle"),
        (8, 64, "big", "mips64"),
        (8, 64, "little", "mips64le"),
        (21, 64, "big", "ppc64"),
        (21, 64, "little", "ppc64le"),
        (22, 64, "big", "s390x"),
        (243, 64, "little", "riscv64"),
        (258, 64, "little", "loong64"),
        (62, 32, "little", None),
        (9999, 64, "little", None),
    ],
)
def test_architectures(
    machine: int, bits: Literal[32, 64], endian: Literal["little", "big"], arch: str | None
) -> None:
    image = look(elf(machine=machine, bits=bits, endian=endian))
    assert image.container == Container(
        format="elf", os=None, arch=arch, bits=bits, endian=endian, kind="executable"
    )


@pytest.mark.parametrize(
    ("abi", "system"), [(0, None), (2, "netbsd"), (3, "linux"), (6, None), (9, "freebsd"), (12, "openbsd")]
)
def test_the_system_that_the_header_names(abi: int, system: str | None) -> None:
    assert look(elf(abi=abi)).container.os == system


@pytest.mark.parametrize(
    ("interpreter", "system"),
    [
        ("/lib64/ld-linux-x86-64.so.2", "linux"),
        ("/lib/ld-linux-aarch64.so.1", "linux"),
        ("/lib/ld-musl-x86_64.so.1", "linux"),
        ("/lib64/ld64.so.2", "linux"),
        ("/system/bin/linker64", "android"),
        ("/libexec/ld-elf.so.1", "freebsd"),
        ("/usr/libexec/ld-elf.so.2", "dragonfly"),
        ("/libexec/ld.elf_so", "netbsd"),
        ("/usr/libexec/ld.so", "openbsd"),
        ("/lib/amd64/ld.so.1", None),
        ("/nix/store/x/lib/ld-linux-x86-64.so.2", None),
    ],
)
def test_the_system_of_the_dynamic_loader(interpreter: str, system: str | None) -> None:
    data = elf(Part(data=interpreter.encode() + b"\0", segment=INTERP))
    assert look(data).container.os == system


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize("as_section", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "system"),
    [
        (b"FreeBSD\0", bytes(4), "freebsd"),
        (b"NetBSD\0", bytes(4), "netbsd"),
        (b"OpenBSD\0", bytes(4), "openbsd"),
        (b"DragonFly\0", bytes(4), "dragonfly"),
        (b"Android\0", bytes(4), "android"),
        (b"GNU\0", bytes(16), "linux"),
        (b"GNU\0", b"\1\1\1\1".ljust(16, b"\0"), None),
        (b"Xen\0", bytes(4), None),
    ],
)
def test_the_system_that_a_note_names(
    name: bytes, content: bytes, system: str | None, *, as_section: bool, endian: Literal["little", "big"]
) -> None:
    notes = elf_note(b"GNU\0", 3, b"12345", endian) + elf_note(name, 1, content, endian)
    part = Part(data=notes, name=".note", section_type=7) if as_section else Part(data=notes, segment=NOTE)
    assert look(elf(part, endian=endian)).container.os == system


def flags_1(value: int, bits: Literal[32, 64] = 64) -> bytes:
    return struct.pack("<4Q" if bits == 64 else "<4I", 1, 5, 0x6FFFFFFB, value)


@pytest.mark.parametrize(
    ("kind", "parts", "word"),
    [
        (1, (), "object"),
        (2, (), "executable"),
        (3, (), "shared"),
        (4, (), ""),
        (3, (Part(data=b"/lib64/ld-linux-x86-64.so.2\0", segment=INTERP),), "executable"),
        (3, (Part(data=flags_1(0x08000001), segment=DYNAMIC),), "executable"),
        (3, (Part(data=flags_1(0x8), segment=DYNAMIC),), "shared"),
        (3, (Part(data=bytes(16), segment=DYNAMIC),), "shared"),
        (3, (Part(data=b"x", segment=LOAD), Part(data=flags_1(0x08000000), segment=DYNAMIC)), "executable"),
    ],
)
def test_kinds(kind: int, parts: tuple[Part, ...], word: str) -> None:
    assert look(elf(*parts, kind=kind)).container.kind == word


def test_a_static_position_independent_program_of_32_bits() -> None:
    data = elf(Part(data=flags_1(0x08000000, 32), segment=DYNAMIC), bits=32, kind=3)
    assert look(data).container.kind == "executable"


def test_counts_too_large_for_the_header_stand_in_the_first_section() -> None:
    part = Part(data=inline_blob(), address=0x1000, name=".go.buildinfo", segment=LOAD, flags=READ | WRITE)
    image = look(elf(part, large_counts=True))
    assert image.notes == ()
    assert [region.name for region in image.candidates] == ["section .go.buildinfo"]
    assert len(image.memory) == 1


def test_in_an_object_file_the_section_itself_is_read() -> None:
    image = look(elf(Part(data=inline_blob(), name=".go.buildinfo"), kind=1))
    assert bytes(image.candidates[0].data) == inline_blob()
    assert image.memory == image.candidates


def test_what_is_loaded_counts_not_what_the_section_claims() -> None:
    data = bytearray(go_elf())
    shoff = int.from_bytes(data[40:48], "little")
    entry = shoff + 2 * 64  # the null section and .text come first
    real = int.from_bytes(data[entry + 24 : entry + 32], "little")
    data[entry + 24 : entry + 32] = (real + 16).to_bytes(8, "little")
    image = look(bytes(data))
    assert image.notes == (
        "section .go.buildinfo is not what is loaded at its address 0x20000; that was read",
    )
    assert bytes(image.candidates[0].data) == inline_blob()


@pytest.mark.parametrize("size", range(4, 64))
def test_a_header_that_is_cut_off(size: int) -> None:
    (note,) = look(go_elf()[:size]).notes
    assert note.startswith("ELF header beyond the end of the file, at 0x")


@pytest.mark.parametrize(("at", "value"), [(4, 0), (4, 3), (5, 0), (5, 3)])
def test_an_unknown_class_or_byte_order(at: int, value: int) -> None:
    data = bytearray(go_elf())
    data[at] = value
    image = look(bytes(data))
    assert image.container == Container(format="elf")
    assert image.notes == ("neither a 32-bit nor a 64-bit ELF header, little or big endian, at 0x4",)


def patched(at: int, size: int, value: int) -> Image:
    data = bytearray(go_elf())
    data[at : at + size] = value.to_bytes(size, "little")
    return look(bytes(data))


def test_tables_outside_of_the_file() -> None:
    assert patched(40, 8, 1 << 60).notes == (
        "section table beyond the end of the file, at 0x1000000000000000",
    )
    assert patched(32, 8, 1 << 40).notes[0] == "segment table beyond the end of the file, at 0x10000000000"


def test_entries_of_a_wrong_size() -> None:
    assert "section table has entries of 3 bytes instead of 64" in patched(58, 2, 3).notes
    assert "segment table has entries of 3 bytes instead of 56" in patched(54, 2, 3).notes


def test_giant_counts_are_cut_to_the_limits() -> None:
    assert (
        patched(56, 2, 0xFFF0).notes[0].startswith("segment table of 65520 entries: more than 1024 are not")
    )
    small = replace(DEFAULT_LIMITS, header_entries=2)
    notes = read_elf(memoryview(go_elf()), small).notes
    assert notes[0].startswith("section table of 5 entries: more than 2 are not read, at 0x")


def test_names_in_a_section_that_is_not_there() -> None:
    data = elf(Part(data=b"x", name=".text"), names_index=77)
    assert look(data).notes == ("the section names are in section 77, which is not there",)


def test_segments_and_names_beyond_the_end() -> None:
    data = bytearray(go_elf())
    program = 64 + 56  # the second segment
    data[program + 32 : program + 40] = (1 << 40).to_bytes(8, "little")
    assert look(bytes(data)).notes[0].startswith("segment 1 beyond the end of the file, at 0x")
    data = bytearray(go_elf())
    names = int.from_bytes(data[40:48], "little") + 4 * 64
    data[names + 32 : names + 40] = (1 << 40).to_bytes(8, "little")
    assert look(bytes(data)).notes[0].startswith("section names beyond the end of the file, at 0x")
    data = bytearray(go_elf())
    data[64 + 2 * 56 + 32 : 64 + 2 * 56 + 40] = (1 << 40).to_bytes(8, "little")
    assert look(bytes(data)).notes[0].startswith("note segment beyond the end of the file, at 0x")


def test_a_file_that_maps_itself_over_and_over_is_read_a_few_times() -> None:
    whole = Part(data=bytes(4096), address=0x1000, segment=LOAD)
    data = bytearray(elf(*[Part(data=b"", address=0x1000, segment=LOAD)] * 500, whole))
    for index in range(500):
        at = 64 + 56 * index
        data[at + 8 : at + 16] = bytes(8)
        data[at + 32 : at + 40] = len(data).to_bytes(8, "little")
    image = look(bytes(data))
    assert len(image.memory) == 4
    assert image.notes[-1] == "segment 4 and those after it map the file over and over; they are not read"


def test_section_names_outside_of_their_table_are_empty() -> None:
    data = bytearray(go_elf())
    first = int.from_bytes(data[40:48], "little") + 64
    data[first : first + 4] = (1 << 31).to_bytes(4, "little")
    assert look(bytes(data)).notes == ()


def test_notes_are_read_up_to_the_limit() -> None:
    notes = elf_note(b"Go\0\0", 4, b"id") * 3 + elf_note(b"FreeBSD\0", 1, bytes(4))
    data = memoryview(elf(Part(data=notes, segment=NOTE)))
    assert read_elf(data, DEFAULT_LIMITS).container.os == "freebsd"
    assert read_elf(data, replace(DEFAULT_LIMITS, mapped_segments=3)).container.os is None
