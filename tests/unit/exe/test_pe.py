from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.exe.pe import read_pe
from attest.model.binary import Container
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import CODE, RW_DATA, go_pe, pe

if TYPE_CHECKING:
    from attest.exe.image import Image


def look(data: bytes) -> Image:
    return read_pe(memoryview(data), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("machine", "arch"), [(0x14C, "386"), (0x8664, "amd64"), (0xAA64, "arm64"), (0x1C4, "arm"), (0x200, None)]
)
def test_architectures(machine: int, arch: str | None) -> None:
    container = look(pe(machine=machine)).container
    assert container == Container(
        format="pe", os="windows", arch=arch, bits=64, endian="little", kind="executable"
    )


def test_32_bits_and_the_image_base() -> None:
    image = look(pe((".data", RW_DATA, b"x"), magic=0x10B, base=0x400000, machine=0x14C))
    assert image.container.bits == 32
    assert [region.address for region in image.memory] == [0x401000]
    assert look(pe((".data", RW_DATA, b"x"))).memory[0].address == 0x140001000


@pytest.mark.parametrize(("flags", "kind"), [(0x22, "executable"), (0x2022, "shared"), (0, "object")])
def test_kinds(flags: int, kind: str) -> None:
    assert look(pe(flags=flags)).container.kind == kind


@pytest.mark.parametrize("subsystem", [10, 11, 12, 13])
def test_firmware_programs_are_not_windows(subsystem: int) -> None:
    assert look(pe(subsystem=subsystem)).container.os is None


def test_an_optional_header_of_an_unknown_kind() -> None:
    assert look(pe(magic=0x107, base=0)).container.bits is None


def test_a_dos_program_is_none() -> None:
    image = look(b"MZ".ljust(0x3C, b"\0") + b"\x40\0\0\0" + bytes(64))
    assert image.container.format == "unknown"
    assert image.notes == ("a DOS program, or damaged: no PE header at 0x40",)


@pytest.mark.parametrize("size", [2, 0x3D, 0x81])
def test_before_the_header_nothing_is_known(size: int) -> None:
    image = look(go_pe()[:size])
    assert image.container.format == "unknown"
    assert "beyond the end of the file, at 0x" in image.notes[0]


def test_a_header_that_is_cut_off() -> None:
    image = look(go_pe()[:0x90])
    assert image.container.format == "pe"
    assert image.notes == ("file header beyond the end of the file, at 0x94",)


def test_no_optional_header() -> None:
    data = bytearray(pe())
    data[0x84 + 16 : 0x84 + 18] = bytes(2)
    assert look(bytes(data)).container.bits is None


def test_sections_beyond_the_end() -> None:
    data = pe((".text", CODE, b"x" * 16), (".data", RW_DATA, b"y" * 64))
    assert look(data[:-20]).notes[0].startswith("section .data beyond the end of the file, at 0x")
    table = data.index(b".data")
    assert look(data[: table + 8]).notes[1] == f"section table beyond the end of the file, at {table:#x}"


def test_too_many_sections() -> None:
    data = pe(*[(".data", RW_DATA, b"y" * 64)] * 5)
    limits = replace(DEFAULT_LIMITS, mapped_segments=2)
    image = read_pe(memoryview(data), limits)
    assert image.notes[0].startswith("5 sections: more than 2 are not read, at 0x")
    assert len(image.memory) == 2
