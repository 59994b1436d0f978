from __future__ import annotations

import hashlib
import struct
import tracemalloc

import pytest

from attest.exe.identity import identify
from attest.exe.inspect import inspect, looks_executable
from tests.unit.exe.builders import RW_DATA, fat, go_elf, go_macho, go_pe, go_wasm, macho, pe

GOOD = {
    "elf": go_elf(),
    "pe": go_pe(),
    "macho": go_macho(),
    "macho-32": macho(bits=32),
    "macho-big": macho(endian="big"),
    "fat": fat((0x01000007, 3, go_macho())),
    "fat64": fat((0x01000007, 3, go_macho()), wide=True),
    "wasm": go_wasm(),
}


@pytest.mark.parametrize("name", GOOD)
def test_executables_are_known_by_their_first_bytes(name: str) -> None:
    data = GOOD[name]
    assert looks_executable(data[:8])
    assert looks_executable(memoryview(data))
    assert inspect(memoryview(data)).container.format == name.split("-", maxsplit=1)[0].replace(
        "fat64", "fat"
    ).replace("fat", "macho-fat")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x7fEL", b"#![no_std]\n", b"{}", b"PK\x03\x04", b"\xca\xfe\xba\xbe\x00\x00\x00\x34", b"\x00asn"],
)
def test_other_files_are_none(data: bytes) -> None:
    assert not looks_executable(data)
    report = inspect(memoryview(data))
    assert report.container.format == "unknown"
    assert len(report.notes) == 1


@pytest.mark.parametrize("size", [0, 5, 1 << 20, (1 << 20) + 1])
def test_the_identity_is_that_of_all_bytes(size: int) -> None:
    data = bytes(size)
    identity = identify(memoryview(data))
    assert identity.size == size
    assert identity.sha256 == hashlib.sha256(data).hexdigest()
    assert identity.sha512 == hashlib.sha512(data).hexdigest()


@pytest.mark.parametrize("name", GOOD)
def test_cut_off_anywhere_it_is_still_read(name: str) -> None:
    whole = GOOD[name]
    for size in range(len(whole)) if len(whole) < 3000 else [*range(600), *range(600, len(whole), 61)]:
        report = inspect(memoryview(whole[:size]))
        assert report.build_info is None or report.build_info.main is not None
        if name not in ("wasm", "macho-32", "macho-big"):  # sections and load commands may end anywhere
            assert report.notes or report.build_info is not None


@pytest.mark.parametrize("name", GOOD)
def test_any_field_may_be_gigantic(name: str) -> None:
    for at in range(min(len(GOOD[name]), 700)):
        for value in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00"):
            data = bytearray(GOOD[name])
            data[at : at + 4] = value
            inspect(memoryview(bytes(data)))


def peak(data: bytes) -> int:
    tracemalloc.start()
    try:
        inspect(memoryview(data))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", GOOD)
def test_no_field_makes_it_take_memory(name: str) -> None:
    for at in range(4, min(len(GOOD[name]), 300), 3):
        data = bytearray(GOOD[name])
        data[at : at + 4] = b"\xff\xff\xff\x7f"
        assert peak(bytes(data)) < 8 << 20


def test_a_large_file_is_never_copied_whole() -> None:
    zeros = bytes(32 << 20)
    assert peak(go_elf(b"") + zeros) < 8 << 20
    assert peak(go_pe(zeros)) < 8 << 20


def test_many_segments_over_one_file_take_no_longer() -> None:
    header = bytearray(go_elf()[:64])
    header[32:40], header[40:48] = (64).to_bytes(8, "little"), bytes(8)
    header[56:58] = (1024).to_bytes(2, "little")
    size = 4 << 20
    segment = struct.pack("<II6Q", 1, 6, 0, 0x1000, 0x1000, size, size, 16)
    data = (bytes(header) + segment * 1024).ljust(size, b"\xff")
    assert inspect(memoryview(data)).build_info is None


def test_many_notes_are_counted() -> None:
    broken = pe(*[(f".s{index}", RW_DATA, b"x") for index in range(60)])
    report = inspect(memoryview(broken[: broken.index(b".s0") + 60 * 40]))
    assert len(report.notes) == 51
    assert report.notes[-1] == "10 more notes"
