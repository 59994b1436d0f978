from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.exe.wasm import read_wasm
from attest.model.binary import Container
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import (
    go_wasm,
    producers,
    varint,
    wasm,
    wasm_custom,
    wasm_import,
    wasm_name,
    wasm_section,
    wasm_segment,
    wasm_vector,
)

if TYPE_CHECKING:
    from attest.exe.image import Image


def look(data: bytes) -> Image:
    return read_wasm(memoryview(data), DEFAULT_LIMITS)


def imports(*items: bytes) -> bytes:
    return wasm_section(2, wasm_vector(*items))


def exports(*names: str) -> bytes:
    return wasm_section(7, wasm_vector(*(wasm_name(each) + b"\x00\x00" for each in names)))


def data(*segments: bytes) -> bytes:
    return wasm_section(11, wasm_vector(*segments))


@pytest.mark.parametrize(
    ("modules", "system"),
    [
        (("gojs",), "js"),
        (("gojs", "env", "gojs"), "js"),
        (("wasi_snapshot_preview1", "host"), "wasip1"),
        (("gojs", "wasi_snapshot_preview1"), None),
        (("env",), None),
        ((), None),
    ],
)
def test_the_system_is_that_of_the_imports(modules: tuple[str, ...], system: str | None) -> None:
    image = look(wasm(imports(*map(wasm_import, modules))))
    assert image.container == Container(format="wasm", os=system, arch="wasm", bits=32, endian="little")


def test_every_kind_of_import_is_passed_over() -> None:
    kinds = (b"\x00\x80\x01", b"\x01\x70\x00\x01", b"\x02\x01\x01\x02", b"\x03\x7f\x00", b"\x04\x00\x05")
    items = [wasm_import("env", "f", kind) for kind in kinds]
    image = look(wasm(imports(*items, wasm_import("gojs"))))
    assert (image.container.os, image.notes) == ("js", ())


def test_an_unknown_kind_of_import_is_noted() -> None:
    image = look(wasm(imports(wasm_import("gojs"), wasm_import("env", "f", b"\x09"))))
    assert image.notes == ("an import of the unknown kind 9, at 0x10 of section 2",)
    assert image.container.os == "js"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("_start", "memory"), "executable"),
        (("run", "resume", "getsp", "mem"), "executable"),
        (("run",), ""),
        (("_initialize",), "shared"),
    ],
)
def test_kinds(names: tuple[str, ...], kind: str) -> None:
    assert look(wasm(exports(*names))).container.kind == kind


@pytest.mark.parametrize(("memory", "bits"), [(b"\x01\x00\x24", 32), (b"\x01\x04\x24", 64), (b"\x00", 32)])
def test_the_width_of_addresses(memory: bytes, bits: int) -> None:
    assert look(wasm(wasm_section(5, memory))).container.bits == bits


@pytest.mark.parametrize(
    ("module", "function", "os"),
    [
        ("go", "runtime.wasmExit", "js"),
        ("go", "syscall/js.valueGet", "js"),
        ("go", "syscall", None),
        ("golang", "runtime.wasmExit", None),
    ],
)
def test_the_bridge_to_javascript_has_an_older_name(module: str, function: str, os: str | None) -> None:
    assert look(wasm(imports(wasm_import(module, function)))).container.os == os


def test_marks_and_versions_of_the_toolchain() -> None:
    assert look(go_wasm()).go_version == "go1.27.3"
    assert look(wasm(producers())).marked
    assert look(wasm(wasm_custom("go:buildid"))).marked
    assert look(wasm(wasm_custom("go.buildid"))).marked
    other = look(wasm(producers("TinyGo", "0.40.0")))
    assert (other.marked, other.go_version) == (False, "")


@pytest.mark.parametrize(
    ("version", "note"),
    [
        (b"\x02\x00\x00\x00", "WebAssembly of an unknown version 02000000, at 0x4"),
        (b"", "WebAssembly of an unknown version , at 0x4"),
    ],
)
def test_other_versions_are_told_apart(version: bytes, note: str) -> None:
    image = look(b"\0asm" + version + imports(wasm_import("gojs")) * bool(version))
    assert image.container == Container(format="wasm")
    assert image.notes == (note,)


def memory_of(*segments: bytes) -> list[tuple[int, bytes]]:
    image = look(wasm(data(*segments)))
    assert image.notes == ()
    return [(region.address, bytes(region.data)) for region in image.memory]


def test_memory_is_joined_over_small_gaps_only() -> None:
    assert memory_of(wasm_segment(100, b"cd"), wasm_segment(90, b"ab"), wasm_segment(300, b"ef")) == [
        (90, b"ab" + bytes(8) + b"cd"),
        (300, b"ef"),
    ]


def test_later_segments_overwrite_earlier_ones() -> None:
    segments = (wasm_segment(10, b"aaaa"), wasm_segment(8, b"bbbb"), wasm_segment(11, b"c"))
    assert memory_of(*segments) == [(8, b"bbbcaa")]


def test_empty_segments_are_nowhere() -> None:
    assert memory_of(wasm_segment(1, b""), wasm_segment(50, b"x"), wasm_segment(7000, b"")) == [(50, b"x")]
    assert memory_of(wasm_segment(1, b"")) == []


def test_addresses_are_unsigned() -> None:
    assert memory_of(wasm_segment(-16, b"top")) == [(0xFFFFFFF0, b"top")]
    wide = b"\x00\x42\x70\x0b\x03top"
    assert memory_of(wide) == [((1 << 64) - 16, b"top")]


def test_segments_that_only_the_running_module_places() -> None:
    image = look(
        wasm(
            data(
                b"\x01" + b"\x03abc",  # passive
                b"\x00\x23\x00\x0b" + b"\x01x",  # at the value of a global
                b"\x02\x01\x41\x00\x0b" + b"\x01y",  # in the second memory
                wasm_segment(5, b"here"),
            )
        )
    )
    assert [bytes(region.data) for region in image.memory] == [b"here"]
    assert image.notes == ("3 data segments are placed only when the module runs; they were not read",)


@pytest.mark.parametrize(
    ("section", "note"),
    [
        (wasm_section(11, b"\x01\x07"), "data segment 0 is of the unknown kind 7, at 0x1 of the section"),
        (
            wasm_section(11, b"\x01\x00\x41\x05\x0c\x00"),
            "the place of a data segment is no plain number, at 0x2",
        ),
        (
            wasm_section(11, b"\x01\x00\x41\xff\xff\xff\xff\xff\xff\x00\x0b\x00"),
            "the place of a data segment is no number of 32 bits, at 0x2",
        ),
        (
            wasm_section(11, b"\x02\x00\x41\x05\x0b\x01a\x00\x41"),
            "the data section ends in the middle of segment 1",
        ),
        (wasm_section(11, b"\x01\x00\x41\x05\x0b\x09a"), "the data section ends in the middle of segment 0"),
        (wasm_section(11, b"\x01\x00\x23\x01"), "the data section ends in the middle of segment 0"),
        (wasm_section(11, b""), "the number of data segments is no number of 32 bits, at 0x0"),
        (wasm_section(11, varint(1 << 30)), "1073741824 data segments, more than the 100000 allowed"),
        (
            wasm_section(2, varint(1 << 30)),
            "section 2 has 1073741824 entries, and only 65536 are read of all",
        ),
        (wasm_section(0, varint(1 << 30)), "section 0 has a name of 1073741824 bytes, more than 4096"),
        (wasm_section(7, b"\x01"), "number in section 7 is no number of 32 bits, at 0x1"),
        (wasm_section(7, b"\x01\x01"), "value beyond the end of the section 7, at 0x2"),
        (b"\x0b\xff", "section size is no number of 32 bits, at 0x9"),
        (b"\x01\x7fab", "section 1 beyond the end of the file, at 0x8"),
    ],
)
def test_damage_is_noted(section: bytes, note: str) -> None:
    (told,) = look(wasm(section)).notes
    assert told.startswith(note)


def test_too_many_sections_are_not_read() -> None:
    limits = replace(DEFAULT_LIMITS, header_entries=2)
    image = read_wasm(memoryview(wasm(*[wasm_custom("x")] * 3)), limits)
    assert image.notes == ("more than 2 sections; the rest is not read, at 0x10",)


def test_memory_larger_than_allowed_is_not_built() -> None:
    limits = replace(DEFAULT_LIMITS, wasm_memory_bytes=10)
    image = read_wasm(memoryview(wasm(data(wasm_segment(0, b"x" * 11)))), limits)
    assert image.notes == ("data segments fill 11 bytes, more than the 10 allowed",)
    assert image.memory == ()


def test_all_lists_together_are_held_to_the_limit() -> None:
    limits = replace(DEFAULT_LIMITS, header_entries=3)
    image = read_wasm(memoryview(wasm(exports("a", "b"), imports(wasm_import("gojs")), exports("c"))), limits)
    assert image.notes == ("section 7 has 1 entries, and only 3 are read of all",)
    assert image.container.os == "js"


def test_of_two_data_sections_the_first_is_read() -> None:
    image = look(wasm(data(wasm_segment(0, b"one")), data(wasm_segment(0, b"two"))))
    assert [bytes(region.data) for region in image.memory] == [b"one"]
    assert image.notes == ("a second data section; it was not read",)


def test_as_many_sections_as_allowed_are_read() -> None:
    limits = replace(DEFAULT_LIMITS, header_entries=3)
    assert read_wasm(memoryview(wasm(*[wasm_custom("x")] * 3)), limits).notes == ()
