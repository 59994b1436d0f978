from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from attest.exe.macho import read_macho
from attest.model.binary import Container
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import build_version, go_macho, inline_blob, macho

if TYPE_CHECKING:
    from attest.exe.image import Image

SECTIONS = (("__TEXT", "__text", bytes(16)), ("__DATA", "__go_buildinfo", inline_blob()))


def look(data: bytes) -> Image:
    return read_macho(memoryview(data), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("cpu", "bits", "endian", "arch"),
    [
        (7, 32, "little", "386"),
        (0x01000007, 64, "little", "amd64"),
        (12, 32, "little", "arm"),
        (0x0100000C, 64, "little", "arm64"),
        (18, 32, "big", "ppc"),
        (0x01000012, 64, "big", "ppc64"),
        (99, 64, "little", None),
    ],
)
def test_architectures(
    cpu: int, bits: Literal[32, 64], endian: Literal["little", "big"], arch: str | None
) -> None:
    image = look(macho(*SECTIONS, cpu=cpu, bits=bits, endian=endian, commands=()))
    assert image.container == Container(
        format="macho", os=None, arch=arch, bits=bits, endian=endian, kind="executable"
    )
    assert bytes(image.candidates[0].data) == inline_blob()
    assert image.notes == ()
    assert image.marked


def minimum(command: int) -> bytes:
    return struct.pack("<4I", command, 16, 0, 0)


@pytest.mark.parametrize(
    ("commands", "system"),
    [
        ((build_version(1),), "darwin"),
        ((build_version(2),), "ios"),
        ((build_version(7),), "ios"),
        ((build_version(6),), None),
        ((build_version(11),), None),
        ((minimum(0x24),), "darwin"),
        ((minimum(0x25),), "ios"),
        ((minimum(0x24), build_version(2), minimum(0x24)), "ios"),
        ((), None),
    ],
)
def test_systems(commands: tuple[bytes, ...], system: str | None) -> None:
    image = look(macho(commands=commands))
    assert (image.container.os, image.notes) == (system, ())


def test_two_platforms_are_noted() -> None:
    assert look(macho(commands=(build_version(1), build_version(2)))).notes == (
        "load commands name two platforms",
    )


@pytest.mark.parametrize(
    ("kind", "word"), [(1, "object"), (2, "executable"), (6, "shared"), (8, "shared"), (10, "")]
)
def test_kinds(kind: int, word: str) -> None:
    assert look(macho(kind=kind)).container.kind == word


def test_page_zero_holds_nothing() -> None:
    image = look(macho(("__PAGEZERO", "", b"x" * 16), ("__DATA", "__data", b"y" * 16)))
    assert [region.name for region in image.memory] == ["segment __DATA"]


@pytest.mark.parametrize("size", [4, 8, 15, 19])
def test_a_header_that_is_cut_off(size: int) -> None:
    (note,) = look(go_macho()[:size]).notes
    assert note.startswith("Mach-O header beyond the end of the file, at 0x")


def test_commands_that_end_too_early() -> None:
    assert look(go_macho()[:60]).notes == ("load command 1 beyond the end of the file, at 0x3c",)
    short = bytearray(go_macho())
    short[36:40] = (4).to_bytes(4, "little")
    assert look(bytes(short)).notes == ("load command 0 has 4 bytes, less than its own header, at 0x20",)
    tight = macho(commands=(struct.pack("<2I", 0x32, 8), build_version(1)))
    image = look(tight)
    assert image.notes == ("platform beyond the end of the load command 0, at 0x8",)
    assert image.container.os == "darwin"


def test_segments_beyond_the_end_are_noted_and_the_rest_is_read() -> None:
    image = look(go_macho()[:-16])
    assert image.notes[0].startswith("segment __DATA beyond the end of the file, at 0x")
    assert len(image.candidates) == 1


def test_more_sections_than_the_segment_holds() -> None:
    data = bytearray(go_macho())
    at = 32 + 24 + 64  # header, LC_BUILD_VERSION, then nsects of the first segment
    data[at : at + 4] = (1 << 31).to_bytes(4, "little")
    assert "section address beyond the end of the load command 1, at 0xb8" in look(bytes(data)).notes


def test_counts_are_cut_to_the_limits() -> None:
    limits = replace(DEFAULT_LIMITS, header_entries=1, mapped_segments=1)
    image = read_macho(memoryview(go_macho()), limits)
    assert image.notes == ("3 load commands: more than 1 are not read",)
    two = read_macho(memoryview(go_macho()), replace(DEFAULT_LIMITS, mapped_segments=1))
    assert len(two.memory) == 1
