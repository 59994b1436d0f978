from __future__ import annotations

import struct

import pytest

from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport, Container
from tests.unit.exe.builders import AMD64, ARM64, build_version, fat, go_elf, go_macho, inline_blob, macho

SLICES = ((AMD64, 3, go_macho()), (ARM64, 0, go_macho(cpu=ARM64)))


def look(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


@pytest.mark.parametrize("wide", [False, True])
def test_every_slice_is_judged(*, wide: bool) -> None:
    report = look(fat(*SLICES, wide=wide))
    assert report.notes == ()
    assert report.container == Container(format="macho-fat", os="darwin", kind="executable")
    assert (report.toolchain, report.go_version, report.build_info) == ("go", "go1.27.3", None)
    assert [each.report for each in report.slices] == [look(data) for _, _, data in SLICES]
    assert [each.offset for each in report.slices] == [0x1000, 0x2000]
    assert report.images == tuple(each.report for each in report.slices)


def test_slices_of_different_toolchains_have_no_version_in_common() -> None:
    other = go_macho(inline_blob(version="go1.20"), cpu=ARM64)
    plain = macho(("__TEXT", "__text", b"x"), cpu=ARM64, commands=(build_version(2),), kind=6)
    assert look(fat(SLICES[0], (ARM64, 0, other))).go_version == ""
    report = look(fat(SLICES[0], (ARM64, 0, plain)))
    assert report.toolchain == "other"
    assert report.container == Container(format="macho-fat")


def table(*rows: tuple[int, int, int, int, int], size: int = 0x4000) -> bytes:
    head = struct.pack(">II", 0xCAFEBABE, len(rows)) + b"".join(struct.pack(">5I", *row) for row in rows)
    return head.ljust(size, b"\0")


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (table(), "a universal file without any architecture, at 0x4"),
        (table((AMD64, 3, 0x1000, 0x4000, 12)), "slice 0 beyond the end of the file, at 0x1000"),
        (table((AMD64, 3, 0x1000, 0x10, 40)), "slice 0 is not aligned to 2^40 bytes, at 0x1000"),
        (table((AMD64, 3, 0x1010, 0x10, 12)), "slice 0 is not aligned to 2^12 bytes, at 0x1010"),
        (table((AMD64, 3, 0, 0x10, 12)), "slice 0 overlaps the universal header, at 0x0"),
        (
            table((AMD64, 3, 0x1000, 0x1001, 12), (ARM64, 0, 0x2000, 0x10, 12)),
            "slice 1 overlaps slice 0, at 0x2000",
        ),
        (
            table((AMD64, 3, 0x1000, 0x10, 12), (AMD64, 3, 0x2000, 0x10, 12)),
            "slice 1 is of the same architecture as another, at 0x1c",
        ),
        (table()[:6], "universal header beyond the end of the file, at 0x4"),
        (
            b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(4),
            "entry 0 of the universal header beyond the end of the file, at 0xc",
        ),
        (
            struct.pack(">II", 0xCAFEBABE, 44),
            "a universal file of 44 architectures, more than the 32 allowed",
        ),
        (
            struct.pack(">II", 0xCAFEBABF, 0xFFFFFFFF),
            "a universal file of 4294967295 architectures, more than the 32 allowed",
        ),
    ],
)
def test_of_a_broken_table_no_slice_is_believed(data: bytes, note: str) -> None:
    report = look(data)
    assert report.notes == (note,)
    assert report.slices == ()
    assert report.images == (report,)
    assert report.build_info is None


def test_a_slice_that_is_no_mach_o_is_judged_as_what_it_is() -> None:
    report = look(fat(SLICES[0], (ARM64, 0, go_elf()), (12, 0, fat(SLICES[0]))))
    assert report.notes == ("slice 1 is no Mach-O file, at 0x2000", "slice 2 is no Mach-O file, at 0x3000")
    assert [each.report.container.format for each in report.slices] == ["macho", "elf", "unknown"]


def test_a_slice_that_is_called_something_else() -> None:
    report = look(fat((ARM64, 0, go_macho()), (99, 0, go_macho(cpu=ARM64))))
    assert report.notes == (
        "slice 0 is called arm64 by the universal header, and amd64 by its own",
        "slice 1 is called something else by the universal header, and arm64 by its own",
    )


@pytest.mark.parametrize("version", [45, 52, 65, 0x0003002D])
def test_a_java_class_is_told_apart(version: int) -> None:
    report = look(b"\xca\xfe\xba\xbe" + struct.pack(">I", version) + bytes(100))
    assert report.container.format == "unknown"
    assert report.notes == ("a Java class file",)
