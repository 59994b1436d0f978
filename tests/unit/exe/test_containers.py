"""XCOFF, archives, scripts, bare COFF objects and WebAssembly components."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.inspect import inspect, looks_executable
from attest.model.binary import Container
from attest.model.limits import Limits
from attest.render.inspect_json import build_info_document
from tests.unit.exe.builders import (
    PKGDEF,
    SAMPLES,
    VERSION,
    ar,
    ar_member,
    coff,
    component,
    go_elf,
    go_wasm,
    inline_blob,
    wasm_name,
    wasm_section,
    wasm_vector,
    xcoff,
    xcoff_loader,
)

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from tests.unit.exe.conftest import Corpus

TOO_LONG = "the first line has more than 4096 bytes and names no interpreter, at 0x0"
NEW = ("xcoff", "xcoff-32", "archive", "archive-go", "script", "coff", "wasm-component")


def read(data: bytes, limits: Limits | None = None) -> BinaryReport:
    return inspect(memoryview(data), limits=limits or Limits())


@pytest.mark.parametrize(("name", "bits", "arch"), [("xcoff", 64, "ppc64"), ("xcoff-32", 32, "ppc")])
def test_aix_programs_are_read(name: str, bits: int, arch: str) -> None:
    report = read(SAMPLES[name])
    assert report.notes == ()
    assert report.container.format == "xcoff"
    assert (report.container.os, report.container.arch, report.container.bits) == ("aix", arch, bits)
    assert (report.container.kind, report.container.endian) == ("executable", "big")
    assert report.build_info is not None
    assert report.build_info_from == "section .data"
    assert report.fact("go.build_id") == "a/b/c/d"
    assert report.fact("link") == "dynamic"
    assert report.fact("libraries") == ("libc.a(shr_64.o)", "/opt/x.a")
    assert report.fact("xcoff.search_path") == ("/usr/lib", "/lib")
    assert report.fact("symbol_table") is True
    assert report.fact("dwarf") == "plain"
    assert [each.name for each in report.sections] == [".text", ".data", ".dwinfo", ".loader"]
    assert looks_executable(SAMPLES[name])


@pytest.mark.parametrize(
    ("flags", "symbols", "link", "kind"),
    [(0x2, 0, "static", "executable"), (0x2002, 1, "shared", "shared"), (0, 1, "object", "object")],
)
def test_headers_of_aix_tell_what_a_file_is(flags: int, symbols: int, link: str, kind: str) -> None:
    report = read(xcoff((".text", 0x20, b"code"), flags=flags, symbols=symbols))
    assert (report.fact("link"), report.container.kind) == (link, kind)
    assert report.fact("symbol_table") is bool(symbols)
    assert report.fact("dwarf") == "none"
    assert report.fact("libraries") is None


@pytest.mark.parametrize(
    ("loader", "note"),
    [
        (xcoff_loader(count=2000), "2000 import IDs in the loader section, more than 1024"),
        (xcoff_loader(("", "libc.a", "")), ""),
        (xcoff_loader(("", "a", ""), count=2), "the import IDs of the loader section are cut off"),
        (xcoff_loader(("", "a", ""))[:57], "the import IDs beyond the end of the loader section, at 0x38"),
        (xcoff_loader(), ""),
    ],
)
def test_a_damaged_loader_section_is_noted(loader: bytes, note: str) -> None:
    report = read(xcoff((".loader", 0x1000, loader)))
    assert report.notes == ((note,) if note else ())
    assert report.fact("libraries") == (None if note else ())


def test_import_ids_that_are_too_long_are_not_read() -> None:
    report = read(xcoff((".loader", 0x1000, xcoff_loader(("", "a", "")))), Limits(import_names_bytes=2))
    assert report.notes == ("import IDs of 4 bytes, more than 2",)


@pytest.mark.parametrize("name", ["aix-ppc64", "aix-ppc64-s"])
def test_programs_of_go_for_aix_say_what_their_twins_say(corpus: Corpus, name: str) -> None:
    report = read(corpus.data(name))
    twin = read(corpus.data("linux-amd64")).build_info
    assert report.notes == ()
    assert report.build_info is not None
    assert twin is not None
    assert (report.build_info.path, report.build_info.main, report.build_info.deps) == (
        twin.path,
        twin.main,
        twin.deps,
    )
    if name == "aix-ppc64":  # the go command does not read the other
        ours = json.dumps(build_info_document(report.build_info), indent="\t")
        assert ours == corpus.version_json(corpus.path(name)).decode().rstrip("\n")
    assert report.fact("go.build_id_matches") is True
    assert report.fact("symbol_table") is (name == "aix-ppc64")
    assert report.fact("dwarf") == ("plain" if name == "aix-ppc64" else "none")
    assert report.fact("libraries") == ("libc.a(shr_64.o)", "libpthread.a(shr_xpg5_64.o)")
    assert report.packages is not None
    assert {each.path for each in report.packages} >= {"example.com/acme/hello", "runtime"}


def test_an_archive_lists_its_members_and_carries_the_build_info_of_one() -> None:
    report = read(SAMPLES["archive"])
    assert report.container.format == "archive"
    assert report.fact("archive.flavour") == "gnu"
    assert report.fact("archive.members") == ("a-very-long-name-of-a-member.o", "b.o")
    assert report.build_info is not None
    assert report.build_info_from == "member a-very-long-name-of-a-member.o, section .go.buildinfo"
    assert (report.toolchain, report.container.arch) == ("go", "amd64")
    assert not looks_executable(SAMPLES["archive"])


def test_a_compiled_go_package_says_its_platform_and_version() -> None:
    report = read(SAMPLES["archive-go"])
    assert report.container == Container(format="archive", os="linux", arch="amd64")
    assert (report.toolchain, report.go_version) == ("go", VERSION)
    assert report.fact("archive.flavour") == "go"
    assert report.fact("archive.members") == ("__.PKGDEF", "_go_.o")


def test_archives_of_bsd_keep_names_before_the_content() -> None:
    data = ar(("#1/20", b"__.SYMDEF SORTED\0\0\0\0table"), ("#1/8", b"name.o\0\0content"), ("x.o", b""))
    report = read(data)
    assert report.fact("archive.flavour") == "bsd"
    assert report.fact("archive.members") == ("name.o", "x.o")


def test_a_thin_archive_holds_names_alone() -> None:
    data = b"!<thin>\n" + ar_member("//", b"dir/a.o/\n") + ar_member("/0", b"", size=5000)
    report = read(data)
    assert report.fact("archive.flavour") == "thin"
    assert report.fact("archive.members") == ("dir/a.o",)


def test_two_members_with_build_info_carry_none_together() -> None:
    report = read(ar(("a.o", go_elf()), ("b.o", go_elf())))
    assert report.build_info is None
    assert report.notes == ("member a.o and member b.o both carry build info, and neither is surely its own",)


def test_only_some_objects_are_looked_into() -> None:
    report = read(ar(("a.o", b"\x7fELF"), ("b.o", go_elf())), Limits(archive_objects=1))
    assert report.build_info is None
    assert report.notes == ("2 objects: only 1 are looked into",)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"<bigaf>\n" + bytes(120), "the members of a big archive of AIX are not listed, at 0x8"),
        (ar(("a.o", b"abc"))[:-5], "the header of a member beyond the end of the archive, at 0x8"),
        (b"!<arch>\n" + ar_member("a", b"", size=9), "a member beyond the end of the archive, at 0x44"),
        (b"!<arch>\n" + b"x" * 60, "this is no header of a member, at 0x8"),
        (ar(("#1/9", b"abc")), "the name of a member has 9 bytes, more than are there or read"),
        (ar(("/7", b"abc")), "the name of a member is beyond the table of names, at 0x7 of it"),
        (ar(("//", b"abc"), ("/1", b"")), "the name of a member does not end, at 0x1 of the table of names"),
    ],
)
def test_damaged_archives_are_noted(data: bytes, note: str) -> None:
    report = read(data)
    assert report.container.format == "archive"
    assert note in report.notes or note.startswith("the header")
    assert report.fact("archive.members") is None


def test_an_archive_of_too_many_members_is_not_read_to_its_end() -> None:
    report = read(ar(("a", b""), ("b", b""), ("c", b"")), Limits(header_entries=2))
    assert report.notes == ("more than 2 members; the rest is not read, at 0x80",)


@pytest.mark.parametrize("data", [PKGDEF, b"go object x\n", b""])
def test_only_the_first_line_of_a_package_tells(data: bytes) -> None:
    report = read(ar(("__.PKGDEF", data)))
    assert (report.go_version == VERSION) == (data == PKGDEF)


@pytest.mark.parametrize(
    ("data", "interpreter", "argument", "note"),
    [
        (b"#!/bin/sh\n", "/bin/sh", None, ""),
        (b"#! /usr/bin/env -S a b \r\nx", "/usr/bin/env", "-S a b", ""),
        (b"#!/bin/sh", "/bin/sh", None, ""),
        (b"#!\n", None, None, "the first line names no interpreter, at 0x0"),
        (
            b"#!/" + b"x" * 5000,
            None,
            None,
            "the first line has more than 4096 bytes and names no interpreter, at 0x0",
        ),
    ],
)
def test_a_script_names_its_interpreter(
    data: bytes, interpreter: str | None, argument: str | None, note: str
) -> None:
    report = read(data)
    assert report.container.format == "script"
    assert report.fact("script.interpreter") == interpreter
    assert report.fact("script.argument") == argument
    assert report.notes == ((note,) if note else ())
    assert not looks_executable(data)


def test_a_bare_coff_object_is_told_as_one() -> None:
    report = read(SAMPLES["coff"])
    assert report.container == Container(
        format="coff", os="windows", arch="amd64", bits=64, endian="little", kind="object"
    )
    assert [each.name for each in report.sections] == [".text", ".go.buildinfo"]
    assert report.build_info is not None
    assert not looks_executable(SAMPLES["coff"])


def test_a_coff_object_may_have_no_symbols() -> None:
    data = bytearray(coff((".data", 0xC0000040, inline_blob())))
    data[8:16] = bytes(8)
    assert read(bytes(data)).container.format == "coff"


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (2, b"\0\0"),  # no sections
        (2, b"\xff\x10"),  # more than there are bytes
        (8, struct.pack("<I", 10)),  # symbols in the section table
        (8, struct.pack("<I", 1 << 30)),
        (16, b"\x10"),  # an optional header
        (18, b"\x02"),  # an executable
        (40, struct.pack("<I", 1)),  # content in the headers
        (36, struct.pack("<I", 1 << 30)),
        (52, b"\xff\xff"),  # relocations outside
    ],
)
def test_what_only_begins_like_coff_is_none(at: int, value: bytes) -> None:
    data = bytearray(coff((".text", 0x60000020, b"code")))
    data[at : at + len(value)] = value
    if at == 52:
        data[44:48] = struct.pack("<I", 1 << 20)
    assert read(bytes(data)).container.format == "unknown"


def test_a_table_of_names_that_is_cut_off_is_none() -> None:
    assert read(coff((".text", 0x60000020, b"code"), names=b"name\0")[:-1]).container.format == "unknown"
    assert read(b"\x64\x86").container.format == "unknown"


def test_a_component_lists_its_modules_and_what_it_needs() -> None:
    report = read(SAMPLES["wasm-component"])
    assert report.container.format == "wasm-component"
    assert report.notes == ()
    assert report.fact("wasm.core_modules") == 2
    assert report.fact("wasm.component_imports") == (
        "instance wasi:cli/environment@0.2.0",
        "type res",
        "type eq",
        "module mod",
        "func call",
    )
    assert report.fact("wasm.component_exports") == ("instance wasi:cli/run@0.2.0", "func run")
    assert [each.report.container.format for each in report.core_modules] == ["wasm", "wasm"]
    assert report.core_modules[0].report.fact("wasm.import_modules") == ("gojs",)
    first = report.core_modules[0]
    assert SAMPLES["wasm-component"][first.offset :][: first.identity.size] == go_wasm()
    assert report.build_info is not None
    assert report.build_info_from.startswith("core module 0, ")
    assert report.images == (report,), "a component is judged as one"
    assert report.fact("wasm.capabilities") is None


@pytest.mark.parametrize(
    ("sections", "note"),
    [
        ((wasm_section(4, b"none"),), "this is no component, at 0xa"),
        ((b"\x01\x7f",), "section 1 beyond the end of the file, at 0x8"),
        ((wasm_section(10, b"\x01\x05"),), "section import: "),
        (
            (wasm_section(10, wasm_vector(b"\x02" + wasm_name("a"))),),
            "section import: a name of the unk",
        ),
        (
            (wasm_section(10, wasm_vector(b"\0" + wasm_name("a") + b"\x09")),),
            "section import: the unknown ki",
        ),
        (
            (wasm_section(10, wasm_vector(b"\0" + wasm_name("a") + b"\0\x12")),),
            "section import: a core kind that is no module",
        ),
        (
            (wasm_section(11, wasm_vector(b"\0" + wasm_name("a" * 5000))),),
            "section export: a name of 5000",
        ),
    ],
)
def test_damaged_components_are_noted(sections: tuple[bytes, ...], note: str) -> None:
    report = read(component(*sections))
    assert report.container.format == "wasm-component"
    assert len(report.notes) == 1
    assert report.notes[0].startswith(note)
    assert report.fact("wasm.component_imports") is None or report.fact("wasm.component_exports") is None


def test_a_core_module_that_is_none_is_not_taken_for_another_file() -> None:
    report = read(component(wasm_section(1, SAMPLES["archive"])))
    assert [each.report.notes for each in report.core_modules] == [("no WebAssembly module",)]


def test_components_hold_each_other_to_a_limit() -> None:
    data = component()
    for _ in range(20):
        data = component(wasm_section(4, data))
    notes = read(data).notes
    assert len(notes) == 1
    assert notes[0].startswith("components more than 8 deep in each other, at ")
    many = component(*[wasm_section(1, b"")] * 3)
    assert "3 core modules: only 2 are looked into" in read(many, Limits(component_modules=2)).notes
    assert "more than 2 sections" in read(many, Limits(header_entries=2)).notes[0]


@pytest.mark.parametrize("name", NEW)
def test_truncation_is_never_raised(name: str) -> None:
    whole = SAMPLES[name]
    for size in range(len(whole)):
        assert read(whole[:size]).container.format


@given(name=st.sampled_from(NEW), at=st.integers(0, 4000), value=st.binary(min_size=1, max_size=4))
def test_changed_bytes_are_never_raised(name: str, at: int, value: bytes) -> None:
    data = bytearray(SAMPLES[name])
    start = at % len(data)
    data[start : start + len(value)] = value
    assert read(bytes(data)).container.format
