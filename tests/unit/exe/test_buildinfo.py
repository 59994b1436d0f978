from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from attest.exe.inspect import inspect
from attest.exe.modinfo import parse_modinfo
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import (
    CODE,
    LOAD,
    MODINFO,
    NOTE,
    READ,
    RW_DATA,
    VERSION,
    WRITE,
    Part,
    elf,
    elf_note,
    framed,
    go_elf,
    go_macho,
    go_pe,
    go_wasm,
    inline_blob,
    macho,
    pe,
    pointer_blob,
    producers,
    varint,
    wasm_segment,
)
from tests.unit.exe.tables import TEXT, table

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport

EXPECTED = parse_modinfo(MODINFO.encode(), VERSION, DEFAULT_LIMITS)


def look(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (go_elf(), "section .go.buildinfo"),
        (go_elf(bits=32, machine=3), "section .go.buildinfo"),
        (go_elf(endian="big", machine=22), "section .go.buildinfo"),
        (go_pe(), "section .data"),
        (go_macho(), "section __go_buildinfo"),
        (go_wasm(), "module information in linear memory"),
        (go_elf(bytes(160) + inline_blob()), "section .go.buildinfo"),
    ],
    ids=["elf64", "elf32", "elf-big", "pe", "macho", "wasm", "behind zeros"],
)
def test_the_linkers_own_place(data: bytes, place: str) -> None:
    report = look(data)
    assert (report.build_info, report.build_info_from, report.notes) == (EXPECTED, place, ())
    assert (report.toolchain, report.go_version) == ("go", VERSION)


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_the_pointers_of_go_1_13_to_1_17(size: Literal[4, 8], endian: Literal["little", "big"]) -> None:
    blob = pointer_blob(0x20000, size=size, endian=endian, version="go1.17.13")
    report = look(go_elf(blob, bits=64 if size == 8 else 32, endian=endian))
    assert report.build_info == replace(EXPECTED, go_version="go1.17.13")
    assert report.notes == ()


def test_a_pointer_to_an_empty_string_is_no_module_information() -> None:
    report = look(go_elf(pointer_blob(0x20000, module=b"")))
    assert report.build_info is not None
    assert (report.build_info.main, report.notes) == (None, ())


@pytest.mark.parametrize(
    ("blob", "note"),
    [
        (pointer_blob(0x90000), "it points to 0x90020, where nothing is"),
        (pointer_blob(0x20000)[:-40], "is not wholly there"),
        (b"\xff Go buildinf:\x05\x00".ljust(64, b"\0"), "it says that pointers have 5 bytes"),
        (inline_blob()[:31], "its header is cut off, at address 0x20000"),
        (inline_blob()[:-1], "is longer than what is there"),
        (inline_blob()[:32], "the length of a string is no number of 64 bits, at 0x20"),
        (inline_blob()[:32] + b"\xff" * 12, "the length of a string is no number of 64 bits, at 0x20"),
        (inline_blob(version=""), "it names no Go version, at address 0x20000"),
    ],
)
def test_damaged_blobs_are_told(blob: bytes, note: str) -> None:
    report = look(go_elf(blob))
    assert report.build_info is None or report.build_info_from.startswith("module information")
    assert report.notes[0].startswith("damaged build info in section .go.buildinfo: ")
    assert note in report.notes[0]


def test_a_giant_length_is_a_limit_not_an_allocation() -> None:
    blob = inline_blob()[:32] + varint(1 << 40)
    assert look(go_elf(blob)).notes == (
        "build info of 1099511627776 bytes, more than the 16777216 that are read",
    )


def test_a_damaged_blob_does_not_hide_a_good_one() -> None:
    damaged = inline_blob(version="").ljust(512, b"\0")
    report = look(go_elf(damaged + inline_blob()))
    assert report.build_info == EXPECTED
    assert "damaged build info" in report.notes[0]


def test_a_misaligned_magic_is_no_blob() -> None:
    report = look(go_pe(bytes(8) + inline_blob(module=b"")))
    assert report.build_info is None


def test_alignment_is_that_of_the_address() -> None:
    parts = [
        Part(
            data=bytes(8) + inline_blob(),
            address=0x20008,
            name=".go.buildinfo",
            segment=LOAD,
            flags=READ | WRITE,
        )
    ]
    assert look(elf(*parts)).build_info == EXPECTED


def test_module_text_without_its_frame_is_not_believed() -> None:
    unframed = look(go_elf(inline_blob(module=b"path\texample.com/x" * 3)))
    assert unframed.build_info is not None
    assert unframed.build_info.path == ""
    assert unframed.notes == ("the module information has no frame and was not read, as Go does not read it",)


def test_other_sentinels_are_noted() -> None:
    report = look(go_elf(inline_blob(module=bytes(16) + MODINFO.encode() + bytes(16))))
    assert report.build_info == EXPECTED
    assert report.notes == ("the module information does not stand between the usual sentinels",)


def test_faults_of_the_text_are_notes_too() -> None:
    report = look(go_elf(inline_blob(module=framed("path\tx\ndep\tbad\n"))))
    assert report.notes == ("line 2 of the build info has 1 columns for a module instead of 2 or 3",)
    assert report.build_info is not None
    assert report.build_info.faults == report.notes


def test_in_an_elf_file_without_sections_every_segment_is_searched_writable_ones_first() -> None:
    other = inline_blob(version="go1.1")
    data = elf(
        Part(data=other, address=0x10000, segment=LOAD, flags=READ),
        Part(data=inline_blob(), address=0x20000, segment=LOAD, flags=READ | WRITE),
    )
    report = look(data)
    assert report.build_info == EXPECTED
    assert report.build_info_from == "segment 1"
    assert report.notes == ("no section tells where the build info is; it was found in segment 1",)


def test_a_program_that_merely_holds_a_go_program_is_none() -> None:
    inner = Part(data=go_elf(), address=0x10000, name=".rodata", segment=LOAD)
    report = look(elf(inner))
    assert (report.build_info, report.toolchain) == (None, "other")


def test_the_build_ids_note_allows_the_search_beside_the_section() -> None:
    data = elf(
        Part(data=inline_blob(), address=0x10000, name=".data", segment=LOAD, flags=READ | WRITE),
        Part(data=elf_note(b"Go\0\0", 4, b"id"), name=".note", segment=NOTE, section_type=7),
    )
    assert look(data).build_info == EXPECTED


@pytest.mark.parametrize("characteristics", [RW_DATA, 0xC0500040, 0xC0600040, 0xE0000020])
def test_any_writable_pe_section_will_do(characteristics: int) -> None:
    report = look(pe((".text", CODE, b"\x90" * 16), (".other", characteristics, inline_blob())))
    assert report.build_info == EXPECTED


def test_the_usual_pe_section_goes_before_others() -> None:
    odd, usual = inline_blob(version="go1.1"), inline_blob()
    assert look(pe((".odd", 0xE0000020, odd), (".data", RW_DATA, usual))).go_version == VERSION


def test_a_read_only_pe_section_is_searched_if_go_made_the_program() -> None:
    read_only = 0x40000040
    text = b'\xff Go build ID: "a/b"\n \xff'
    assert look(pe((".rdata", read_only, inline_blob()))).build_info is None
    report = look(pe((".text", CODE, text), (".rdata", read_only, inline_blob())))
    assert report.build_info == EXPECTED
    assert report.notes == ("no section tells where the build info is; it was found in section .rdata",)


def test_mach_o_data_segments_are_searched_if_go_made_the_program() -> None:
    plain = macho(("__DATA", "__data", inline_blob()))
    marked = macho(("__TEXT", "__gopclntab", bytes(8)), ("__DATA", "__data", inline_blob()))
    assert look(plain).build_info is None
    assert look(marked).build_info == EXPECTED


def string_header(address: int, content: bytes, pointer: int = 8) -> bytes:
    return address.to_bytes(pointer, "little") + len(content).to_bytes(pointer, "little")


def test_webassembly_takes_the_version_from_the_string_that_is_referred_to() -> None:
    version = b"devel go1.28-abc123"
    data = go_wasm(
        wasm_segment(0x1000, framed()),
        wasm_segment(0x3000, b"\0go1.5\0" + b"\0" + version + b"\0go1.\xff\0go1." + b"9" * 300 + b"\0"),
        wasm_segment(0x4000, string_header(0x3008, version)),
        made_by=b"",
    )
    report = look(data)
    assert report.go_version == "devel go1.28-abc123"
    assert report.build_info == replace(EXPECTED, go_version=report.go_version)


def old_elf(generation: str, pool: bytes, *variables: tuple[bytes, int]) -> bytes:
    """A program without build info; its variables hold so many bytes of the `pool` from some text on."""
    held = b"".join(
        (0x30000 + pool.index(text)).to_bytes(8, "little") + bytes([size, *bytes(7)])
        for text, size in variables
    )
    return elf(
        Part(data=bytes(64), address=TEXT, name=".text", segment=LOAD, flags=5),
        Part(data=pool, address=0x30000, name=".rodata", segment=LOAD, flags=4),
        Part(data=table(generation), address=0x40000, name=".gopclntab", segment=LOAD, flags=4),
        Part(data=held, address=0x60000, name=".data", segment=LOAD, flags=6),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("generation", "variables", "version"),
    [
        ("1.2", [(b"go1.14.2", 8)], "go1.14.2"),
        ("1.2", [(b"go1.14.2", 6)], "go1.14"),  # what follows belongs to the next string
        ("1.2", [(b"go1.15rc1", 9), (b"function", 8)], "go1.15rc1"),
        ("1.16", [(b"go1.16", 6)], "go1.16"),
        ("1.2", [(b"go1.14.2", 8), (b"go1.15rc1", 9)], ""),  # which of the two is not sure
        ("1.2", [], ""),  # no variable holds one
        ("1.2", [(b"go1.16", 6)], ""),  # not with this table
        ("1.16", [(b"go1.14.2", 8)], ""),
        ("1.18", [(b"go1.19", 6)], ""),  # it stands alone since Go 1.17
        ("1.2", [(b"go1.14.2", 9)], ""),
        ("1.2", [(b"go1.14.2", 5)], ""),
    ],
)
def test_old_programs_keep_their_version_among_other_strings(
    generation: str, variables: list[tuple[bytes, int]], version: str
) -> None:
    pool = b"fragmentfunctiongo1.14.2hijackedgo1.15rc1go1.16gophergo1.19http"
    report = look(old_elf(generation, pool, *variables))
    assert (report.toolchain, report.go_version) == ("go", version)


def test_a_constant_alone_names_no_version() -> None:
    pool = b"functiongo1.14.2hijacked" + (0x30008).to_bytes(8, "little") + (8).to_bytes(8, "little")
    assert look(old_elf("1.2", pool)).go_version == ""


def test_an_unknown_version_is_noted_not_guessed() -> None:
    report = look(go_wasm(wasm_segment(0x1000, framed()), wasm_segment(0x3000, b"\0go1.5\0"), made_by=b""))
    assert report.go_version == ""
    assert report.notes == ("the version of Go is not known",)


def test_of_two_module_informations_the_one_referred_to_is_read() -> None:
    own, other = framed(), framed("path\texample.com/other\n")
    segments = [wasm_segment(0x1000, other), wasm_segment(0x2000, own)]
    unclear = look(go_wasm(*segments))
    assert unclear.build_info is None
    assert unclear.toolchain == "go"
    assert unclear.go_version == VERSION
    assert unclear.notes == ("several module informations, and not one of them is surely the program's own",)
    clear = look(go_wasm(*segments, wasm_segment(0x4000, string_header(0x2000, own))))
    assert clear.build_info == EXPECTED


@pytest.mark.parametrize(
    "content", [framed()[:-16], framed()[16:], framed("hello\n"), framed("path\tno newline")]
)
def test_what_lies_between_stray_sentinels_is_no_module_information(content: bytes) -> None:
    report = look(go_wasm(wasm_segment(0x1000, content)))
    assert (report.build_info, report.toolchain) == (None, "go")


def test_tinygo_is_not_taken_for_go() -> None:
    report = look(go_wasm(made_by=producers("TinyGo", "0.40.0")).replace(b"go:buildid", b"something!"))
    assert (report.toolchain, report.go_version, report.build_info) == ("tinygo", "", None)


def test_the_search_ends_after_many_places() -> None:
    limits = replace(DEFAULT_LIMITS, build_info_places=4)
    damaged = (b"\xff Go buildinf:\x03\x00".ljust(32, b"\0")) * 5
    report = inspect(memoryview(go_elf(damaged)), limits=limits)
    assert report.notes[-1] == "more than 4 places look like build info"
    assert report.build_info is None


def test_too_many_modules_leave_no_list_that_looks_whole() -> None:
    limits = replace(DEFAULT_LIMITS, build_info_modules=0)
    report = inspect(memoryview(go_elf()), limits=limits)
    assert report.build_info is None
    assert report.notes == ("build info of more than 0 modules",)
