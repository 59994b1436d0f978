from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.inspect import inspect, looks_executable
from attest.exe.plan9 import read_plan9
from attest.model.binary import Container
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import SAMPLES, VERSION, inline_blob, plan9

if TYPE_CHECKING:
    from tests.unit.exe.conftest import Corpus

WHOLE = SAMPLES["plan9"]


@pytest.mark.parametrize(
    ("magic", "arch", "bits", "text", "data"),
    [
        (0x1EB, "386", 32, 0x1020, 0x2000),
        (0x8A97, "amd64", 64, 0x200028, 0x400000),
        (0x647, "arm", 32, 0x1020, 0x2000),
    ],
)
def test_each_architecture_has_its_own_places(magic: int, arch: str, bits: int, text: int, data: int) -> None:
    file = plan9(b"text", b"data", b"symbols", magic=magic)
    image = read_plan9(memoryview(file), DEFAULT_LIMITS)
    assert image.container.arch == arch
    assert image.container.bits == bits
    assert [(each.address, bytes(each.data), each.writable) for each in image.memory] == [
        (text, b"text", False),
        (data, b"data", True),
    ]
    assert [(each.name, each.size) for each in image.sections] == [
        ("text", 4),
        ("data", 20),
        ("symbols", 7),
        ("pc/sp table", 0),
        ("pc/line table", 0),
    ]
    assert not image.marked
    assert not image.notes
    assert looks_executable(file)


def test_build_info_begins_the_data() -> None:
    report = inspect(memoryview(WHOLE))
    assert report.build_info is not None
    assert report.build_info.go_version == VERSION
    assert report.build_info_from == "data segment"
    assert report.fact("link") == "static"
    assert report.fact("symbol_table") is True
    assert report.toolchain == "go"


def test_a_stripped_program_has_no_symbols() -> None:
    assert inspect(memoryview(plan9(b"text"))).fact("symbol_table") is False


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (WHOLE[:39], "the header beyond the end of the file, at 0x0"),
        (WHOLE[:-1], "symbols beyond the end of the file, at "),
        (
            plan9(magic=0x1EB)[:4] + struct.pack(">I", 0xFFFFFFFF) + bytes(24),
            "text beyond the end of the file, at 0x20",
        ),
    ],
)
def test_damage_is_noted(data: bytes, note: str) -> None:
    report = inspect(memoryview(data))
    assert report.container.format == "plan9"
    assert any(each.startswith(note) for each in report.notes)


def test_a_header_that_is_cut_off_tells_nothing() -> None:
    assert inspect(memoryview(WHOLE[:39])).facts == ()


def test_truncation_is_never_raised() -> None:
    for size in range(4, len(WHOLE)):
        assert inspect(memoryview(WHOLE[:size])).notes


@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_flipped_bits_are_never_raised(at: int, bit: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= 1 << bit
    assert inspect(memoryview(bytes(data))).container.format


def test_a_blob_off_its_place_is_not_taken() -> None:
    assert inspect(memoryview(plan9(b"text", b"\0" + inline_blob()))).build_info is None


@pytest.mark.parametrize("name", ["plan9-386", "plan9-amd64", "plan9-arm"])
def test_programs_of_go_say_what_their_twins_for_linux_say(corpus: Corpus, name: str) -> None:
    """The go command has not read Plan 9 since 1.24, so that it is asked about a twin."""
    report = inspect(memoryview(corpus.data(name)))
    twin = inspect(memoryview(corpus.data("linux-amd64"))).build_info
    found = report.build_info
    arch = name.partition("-")[2]
    assert found is not None
    assert twin is not None
    assert (found.go_version, found.path, found.main, found.deps) == (
        twin.go_version,
        twin.path,
        twin.main,
        twin.deps,
    )
    assert (found.setting("GOOS"), found.setting("GOARCH")) == ("plan9", arch)
    assert report.container == Container(
        format="plan9",
        os="plan9",
        arch=arch,
        bits=64 if arch == "amd64" else 32,
        endian="little",
        kind="executable",
    )
    assert report.fact("symbol_table") is (name == "plan9-386")
    assert report.packages is not None
    assert {each.path for each in report.packages} >= {"example.com/acme/hello", "runtime"}
    assert not report.notes
