"""Files that were packed by UPX's format, and by others: what was packed is read, and it is told."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS, Limits
from tests.unit.exe.builders import (
    CODE,
    LOAD,
    NOTE,
    RW_DATA,
    Part,
    elf,
    elf_note,
    go_macho,
    go_pe,
    go_wasm,
    inline_blob,
    pe,
)
from tests.unit.exe.upx_packer import METHODS, Packed, loaded_headers, pack_elf, pack_pe

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport

X86 = (b"\x90" * 50 + b"\xe8" + struct.pack("<i", 70) + b"\x90" * 90) * 40
NOISE = random.Random(5).randbytes(1 << 15)  # noqa: S311 - the same in every run
DATA = inline_blob() + NOISE[:300]
#: The text segment of a Go program begins with the note, and another program header tells where it is.
BUILD_ID = elf_note(b"Go\0\0", 4, b"a/b/c/d")


def program(bits: int = 64) -> bytes:
    """A Go program whose code has calls that a filter changes."""
    return loaded_headers(
        elf(
            Part(data=X86, address=0x10000, name=".text", segment=LOAD, flags=5),
            Part(
                data=inline_blob() + NOISE[:300], address=0x20000, name=".go.buildinfo", segment=LOAD, flags=6
            ),
            bits=64 if bits == 64 else 32,
            machine=62 if bits == 64 else 3,
        )
    )


def read(data: bytes, limits: Limits = DEFAULT_LIMITS) -> BinaryReport:
    return inspect(memoryview(data), limits=limits)


def source(report: BinaryReport) -> str:
    return next(each.source for each in report.facts if each.name == "packed")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bits", [32, 64])
def test_a_packed_elf_file_tells_what_was_packed(method: int, bits: int) -> None:
    plain = program(bits)
    how = Packed(method=method, filter=0x46, mark=0x33)
    packed = pack_elf(plain, how)
    report, twin = read(packed), read(plain)
    assert twin.build_info is not None
    assert report.build_info == twin.build_info
    assert report.build_info_from == "segment 1 of the unpacked program", "section names are not loaded"
    assert report.toolchain == "go"
    assert report.fact("packed") is True
    assert report.fact("packer") == "UPX"
    assert source(report) == f"l_info at {64 + 2 * 56 if bits == 64 else 52 + 2 * 32:#x}"
    assert report.container == twin.container
    assert [note for note in report.notes if "packed" in note] == []


@pytest.mark.parametrize("method", METHODS)
def test_a_packed_pe_file_tells_what_was_packed(method: int) -> None:
    plain = go_pe()
    report, twin = read(pack_pe(plain, Packed(method=method))), read(plain)
    assert twin.build_info is not None
    assert report.build_info == twin.build_info
    assert report.build_info_from == "section .data of the unpacked program"
    assert report.fact("packed") is True
    assert report.fact("packer") == "UPX"
    assert source(report).startswith("pack header at 0x4")
    assert report.notes == ()


def test_the_build_id_of_a_packed_program_is_told_and_its_file_is_not_as_linked() -> None:
    plain = bytearray(
        loaded_headers(
            elf(
                Part(data=BUILD_ID + X86, address=0x10000, name=".text", segment=LOAD, flags=5),
                Part(data=b"", address=0x10000, segment=NOTE),
                Part(data=DATA, address=0x20000, name=".go.buildinfo", segment=LOAD, flags=6),
            )
        )
    )
    offset = plain.index(BUILD_ID)
    struct.pack_into("<QQQQ", plain, 64 + 56 + 8, offset, 0x10000, 0x10000, len(BUILD_ID))
    report = read(pack_elf(bytes(plain)))
    told = {each.name: each for each in report.facts}
    assert told["go.build_id"].value == "a/b/c/d"
    assert told["go.build_id"].source == "note Go build ID of the unpacked program"
    assert report.fact("go.build_id_matches") is False
    assert read(bytes(plain)).fact("packed") is False


@pytest.mark.parametrize(("pack", "plain"), [(pack_elf, program()), (pack_pe, go_pe())])
def test_another_magic_hides_nothing(pack: object, plain: bytes) -> None:
    assert callable(pack)
    report = read(pack(plain, Packed(magic=b"NOPE")))
    assert report.build_info is not None
    assert report.fact("packer") == "UPX"
    assert report.notes[0] == ("packed by UPX: the magic of UPX was changed; its other structures tell it")


def test_a_filter_that_is_not_known_is_said() -> None:
    report = read(pack_elf(program(), Packed(method=14, filter=0x81, mark=1)))
    assert report.build_info is not None
    assert report.notes[0] == (
        "packed by UPX: the filter 0x81 cannot be undone; the machine code that was unpacked is not as linked"
    )


def packed_info(packed: bytes) -> int:
    """Where the first b_info is."""
    return packed.index(b"UPX!") - 4 + 24


def changed(packed: bytes, at: int, *values: int) -> bytes:
    return packed[:at] + struct.pack(f"<{len(values)}I", *values) + packed[at + 4 * len(values) :]


SECOND = "what was packed could not be read: "


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((0, 0), "0 bytes of the method 8 are no packed block of 0"),
        ((20, 30), "30 bytes of the method 8 are no packed block of 20"),
        ((1 << 31, 100), "a packed block of 2147483648 bytes: more than 67108864 are not unpacked"),
        ((50_000_000, 10), "the first packed block has 50000000 bytes: it holds no ELF headers"),
        ((176, 175, 99), "175 bytes of the method 99 are no packed block of 176"),
        ((176, 20), "compressed data"),
        ((400, 399, 15), "damaged compressed data"),
        ((400, 399, 14), "damaged compressed data"),
    ],
)
def test_hostile_blocks(words: tuple[int, ...], reason: str) -> None:
    packed = pack_elf(program())
    report = read(changed(packed, packed_info(packed), *words))
    assert report.fact("packed") is True
    assert report.build_info is None
    assert f"{SECOND}{reason}" in report.notes[0]


def test_a_block_larger_than_its_segment() -> None:
    packed = pack_elf(program())
    at = packed_info(packed)
    at += 12 + struct.unpack_from("<I", packed, at + 4)[0]
    report = read(changed(packed, at, 1 << 20))
    assert f"{SECOND}a packed block is larger than what is left of its segment, at {at:#x}" in report.notes[0]


@pytest.mark.parametrize(("pack", "plain"), [(pack_elf, program()), (pack_pe, go_pe())])
def test_more_than_the_limits_allow_is_not_unpacked(pack: object, plain: bytes) -> None:
    assert callable(pack)
    report = read(pack(plain), replace(DEFAULT_LIMITS, unpacked_bytes=1000))
    assert "more than 1000 are not unpacked" in report.notes[0]
    assert report.fact("packed") is True
    assert report.build_info is None


def test_headers_of_a_bomb_are_not_believed() -> None:
    plain = bytearray(program())
    struct.pack_into("<Q", plain, 64 + 56 + 32, 1 << 40)  # the size of the second segment in the file
    report = read(pack_elf(bytes(plain)))
    assert "more than 67108864 are not unpacked" in report.notes[0]


def test_the_first_block_must_be_headers_for_the_same_machine() -> None:
    packed = bytearray(pack_elf(program()))
    packed[18] = 183
    assert "holds no ELF headers for this machine" in read(bytes(packed)).notes[0]


def test_every_truncation_of_a_packed_file_is_noted() -> None:
    for packed in (pack_elf(program()), pack_pe(go_pe())):
        for size in range(0, len(packed), 7):
            read(packed[:size])


def test_every_damaged_byte_of_a_packed_file_is_survived() -> None:
    for packed in (pack_elf(program(), Packed(method=14)), pack_pe(go_pe())):
        for at in range(len(packed) - 1, -1, -11):
            damaged = bytearray(packed)
            damaged[at] ^= 0xFF
            read(bytes(damaged))


def test_a_wrong_checksum_of_packed_data_is_noted() -> None:
    packed = bytearray(pack_pe(go_pe()))
    at = packed.index(b"UPX!")
    packed[at + 12] ^= 1
    packed[at + 31] = sum(packed[at + 4 : at + 31]) % 251
    report = read(bytes(packed))
    assert report.notes[0] == "packed by UPX: the checksum of the packed data is wrong"
    assert report.build_info is not None


def test_unpacked_data_without_a_pe_header() -> None:
    report = read(pack_pe(go_pe().replace(b"PE\0\0", b"PE\0\0", 1), Packed(method=15)))
    assert report.build_info is not None
    packed = bytearray(pack_pe(go_pe(), Packed(method=15)))
    del packed[0x400 + 32 :]
    assert read(bytes(packed)).fact("packed") is None, "no pack header has so much behind it"


def test_a_mach_o_file_of_upx_is_told_and_not_unpacked() -> None:
    packed = bytearray(go_macho())
    packed += b"\0\0\0\0UPX!" + struct.pack("<HBB", 100, 14, 34)
    report = read(bytes(packed))
    assert report.fact("packed") is True
    assert report.fact("packer") == "UPX"
    assert "packed by UPX: what is packed in Mach-O files is not unpacked" in report.notes


def test_the_magic_alone_says_nothing() -> None:
    assert read(go_macho() + b"UPX!\0\0").fact("packed") is None
    by_chance = bytearray(program())
    by_chance[0x400:0x404] = b"UPX!"
    assert read(bytes(by_chance)).fact("packed") is False
    assert read(bytes(by_chance)).build_info is not None


def test_signs_of_a_packer_that_is_not_known() -> None:
    random_code = elf(Part(data=NOISE, address=0x10000, segment=LOAD, flags=5))
    report = read(random_code)
    assert report.fact("packed") is True
    assert report.fact("packer") == "unknown"
    assert source(report) == "signs: segment 0 is random (8.0 bits a byte); there are no sections"


def test_random_code_alone_is_no_proof() -> None:
    report = read(elf(Part(data=NOISE, address=0x10000, name=".text", segment=LOAD, flags=5)))
    assert report.fact("packed") is None


def test_a_section_with_far_more_room_than_data() -> None:
    packed = bytearray(pe(("AAA", 0xE0000080, b""), ("BBB", CODE | RW_DATA, NOISE)))
    at = packed.index(b"AAA")
    struct.pack_into("<I", packed, at + 8, 1 << 20)
    report = read(bytes(packed))
    assert report.fact("packer") == "unknown"
    assert source(report) == (
        "signs: section BBB is random (8.0 bits a byte); section AAA has far more room than the file fills"
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (program(), "segment 0"),
        (pe((".text", CODE, X86), (".data", RW_DATA, inline_blob())), "section .text"),
    ],
)
def test_a_program_that_is_not_packed(data: bytes, where: str) -> None:
    report = read(data)
    assert report.fact("packed") is False
    assert report.fact("packer") is None
    assert source(report) == f"no packer's structures, and the bytes of {where}"


def test_where_there_is_no_code_nothing_is_said() -> None:
    assert read(go_wasm()).fact("packed") is None
