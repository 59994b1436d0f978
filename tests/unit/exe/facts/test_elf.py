"""The facts of ELF files, made by hand and real."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lief
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe import builders
from tests.unit.exe.builders import (
    BIND_NOW,
    FLAGS,
    FLAGS_1,
    GNU_RELRO,
    GNU_STACK,
    LOAD,
    LOADER,
    NEEDED,
    NOTE,
    RPATH,
    RUNPATH,
    SONAME,
    STRSZ,
    STRTAB,
    TEXTREL,
    VERNEED,
    VERNEEDNUM,
    Part,
    dynamic_elf,
    elf,
    elf_note,
    go_elf,
)
from tests.unit.exe.conftest import TARGETS

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport, Depth
    from attest.model.fact import FactValue
    from attest.model.limits import Limits
    from tests.unit.exe.conftest import Corpus

Bits = Literal[32, 64]
Endian = Literal["little", "big"]

PIE = (FLAGS_1, 0x08000000)
LIBC = (NEEDED, "libc.so.6")
CODE = Part(data=b"\x90" * 16, address=0x1000, segment=LOAD, flags=5)


def look(data: bytes, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS) -> BinaryReport:
    return inspect(memoryview(data), depth=depth, limits=limits)


def said(data: bytes, depth: Depth = "full") -> dict[str, FactValue]:
    return {fact.name: fact.value for fact in look(data, depth).facts}


@pytest.mark.parametrize(
    ("data", "link"),
    [
        (elf(CODE, kind=1), "object"),
        (elf(CODE), "static"),
        (dynamic_elf(PIE, parts=()), "static-pie"),
        (dynamic_elf(PIE), "pie"),
        (dynamic_elf(PIE, LIBC), "dynamic-pie"),
        (dynamic_elf(LIBC), "dynamic-pie"),  # of linkers that do not know the flag
        (dynamic_elf(LIBC, kind=2), "dynamic"),
        (dynamic_elf(kind=2), "dynamic"),
        (elf(CODE, LOADER), "dynamic"),
        (dynamic_elf(LIBC, parts=()), "shared"),
        (dynamic_elf((SONAME, "libc.so.6")), "shared"),  # a library that can be run
        (elf(CODE, kind=3), None),
        (elf(CODE, kind=4), None),
        (elf(kind=2), None),
    ],
)
def test_link(data: bytes, link: str | None) -> None:
    assert said(data).get("link") == link


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_what_the_dynamic_table_says(bits: Bits, endian: Endian) -> None:
    found = said(
        dynamic_elf(
            (NEEDED, "libb.so.1"),
            LIBC,
            (SONAME, "me.so"),
            (RPATH, "/a:/b"),
            (RUNPATH, "$ORIGIN"),
            (TEXTREL, 0),
            (BIND_NOW, 0),
            versions=(
                ("libb.so.1", ("B_1.2", "B_1.10", "PLAIN")),
                ("libc.so.6", ("GLIBC_2.4", "GLIBC_2.34", "GLIBC_PRIVATE")),
            ),
            symbols=("__stack_chk_fail", "__memcpy_chk"),
            bits=bits,
            endian=endian,
        )
    )
    assert found["libraries"] == ("libb.so.1", "libc.so.6")
    assert found["elf.soname"] == "me.so"
    assert found["elf.rpath"] == ("/a", "/b")
    assert found["elf.runpath"] == ("$ORIGIN",)
    assert found["elf.textrel"] is True
    assert found["elf.bind_now"] is True
    assert found["elf.symbol_versions"] == (
        "libb.so.1 B_1.10",
        "libb.so.1 PLAIN",
        "libc.so.6 GLIBC_2.34",
        "libc.so.6 GLIBC_PRIVATE",
    )
    assert found["elf.glibc"] == "2.34"
    assert found["elf.stack_protector"] is True
    assert found["elf.fortify"] is True


def test_what_a_static_program_does_not_have() -> None:
    found = said(elf(CODE))
    assert found["libraries"] == found["elf.rpath"] == found["elf.runpath"] == ()
    assert found["elf.textrel"] is False
    assert {"elf.bind_now", "elf.soname", "elf.libc", "elf.glibc", "elf.stack_protector"} & set(
        found
    ) == set()


def test_relative_relocations_need_the_release_that_knows_them() -> None:
    data = dynamic_elf(LIBC, versions=(("libc.so.6", ("GLIBC_2.2.5", "GLIBC_ABI_DT_RELR")),))
    assert said(data)["elf.glibc"] == "2.36"


def test_the_names_of_symbols_are_whole() -> None:
    found = said(dynamic_elf(LIBC, symbols=("my__stack_chk_fail", "x__memcpy_chk")))
    assert (found["elf.stack_protector"], found["elf.fortify"]) == (False, False)


@pytest.mark.parametrize(("depth", "there"), [("full", True), ("headers", None)])
def test_the_symbol_table_is_read_where_there_is_time(depth: Depth, there: object) -> None:
    names = Part(data=b"\0__stack_chk_fail@GLIBC_2.4\0", name=".strtab", section_type=3)
    symbols = Part(data=bytes(24), name=".symtab", section_type=2, link=2)
    assert said(elf(CODE, symbols, names), depth).get("elf.stack_protector") is there


@pytest.mark.parametrize(
    ("loader", "libraries", "libc"),
    [
        ("/lib/ld-linux.so.2", (), "glibc"),
        ("/nix/store/x/lib/ld-linux-x86-64.so.2", (), "glibc"),
        ("/lib/ld-musl-x86_64.so.1", ("libc.so.6",), "musl"),
        ("/system/bin/linker64", (), "bionic"),
        ("/usr/libexec/ld.so", (), "bsd"),
        ("/libexec/ld-elf.so.1", (), "bsd"),
        ("/lib/ld.so.1", ("libm.so.6", "libc.so.6"), "glibc"),
        ("/lib/amd64/ld.so.1", ("libc.so.1",), "solaris"),
        ("/lib/ld64-uClibc.so.1", (), "uclibc"),
        ("/opt/loader", (), None),
        (None, ("libc.musl-x86_64.so.1",), "musl"),
    ],
)
def test_libc(loader: str | None, libraries: tuple[str, ...], libc: str | None) -> None:
    parts = () if loader is None else (Part(data=loader.encode() + b"\0", segment=builders.INTERP),)
    data = dynamic_elf(*[(NEEDED, each) for each in libraries], parts=parts)
    assert said(data).get("elf.libc") == libc


@pytest.mark.parametrize(
    ("abi", "stack", "nx"),
    [(0, 6, True), (0, 7, False), (0, None, False), (12, None, True), (2, None, True), (12, 7, False)],
)
def test_the_stack(abi: int, stack: int | None, *, nx: bool) -> None:
    parts = () if stack is None else (Part(data=b"", segment=GNU_STACK, flags=stack),)
    assert said(elf(CODE, *parts, abi=abi))["elf.nx_stack"] is nx


@pytest.mark.parametrize(
    ("tags", "relro"),
    [
        ((), "partial"),
        (((BIND_NOW, 0),), "full"),
        (((FLAGS, 8),), "full"),
        (((FLAGS_1, 1),), "full"),
        (((FLAGS, 4), (FLAGS_1, 8)), "partial"),
    ],
)
def test_relro(tags: tuple[tuple[int, int], ...], relro: str) -> None:
    segment = Part(data=b"", segment=GNU_RELRO)
    assert said(dynamic_elf(*tags, parts=(segment,)))["elf.relro"] == relro
    assert said(dynamic_elf(*tags))["elf.relro"] == "none"
    assert said(elf(CODE, segment))["elf.relro"] == "full"


def test_text_relocations_by_flag_and_writable_code() -> None:
    writable = Part(data=b"x", address=0x5000, segment=LOAD, flags=7)
    found = said(dynamic_elf((FLAGS, 4), parts=(writable,)))
    assert (found["elf.textrel"], found["elf.wx_segments"]) == (True, 1)


@pytest.mark.parametrize(
    ("machine", "bits", "flags", "word"),
    [
        (40, 32, 0x05000400, "hard"),
        (40, 32, 0x05000200, "soft"),
        (40, 32, 0x05000002, None),
        (243, 64, 4, "double"),
        (243, 64, 0, "soft"),
        (258, 64, 0x43, "double"),
        (62, 64, 4, None),
    ],
)
def test_flags_of_processors(machine: int, bits: Bits, flags: int, word: str | None) -> None:
    found = said(elf(CODE, machine=machine, bits=bits, flags=flags))
    assert (found["elf.flags"], found.get("elf.float_abi")) == (flags, word)


def test_the_abi_of_the_header() -> None:
    assert said(elf(CODE, abi=9))["elf.os_abi"] == "freebsd"
    assert said(elf(CODE, abi=200))["elf.os_abi"] == "200"


def properties(bits: Bits, endian: Endian, *pairs: tuple[int, int]) -> bytes:
    order = "<" if endian == "little" else ">"
    pad = bytes(4 if bits == 64 else 0)
    return b"".join(struct.pack(f"{order}3I", kind, 4, value) + pad for kind, value in pairs)


@pytest.mark.parametrize("endian", ["little", "big"])
def test_notes(endian: Endian) -> None:
    notes = (
        elf_note(b"GNU\0", 3, b"\xab\xcd", endian)
        + elf_note(b"GNU\0", 1, struct.pack("<4I" if endian == "little" else ">4I", 0, 3, 2, 0), endian)
        + elf_note(b"GNU\0", 3, b"another", endian)
        + elf_note(b"Other\0", 3, b"other", endian)
    )
    found = said(elf(CODE, Part(data=notes, segment=NOTE), endian=endian))
    assert (found["elf.gnu_build_id"], found["elf.kernel"]) == ("abcd", "3.2.0")


@pytest.mark.parametrize(
    ("machine", "bits", "pairs", "level", "branches"),
    [
        (62, 64, ((0xC0008001, 8), (0xC0008002, 0b111), (0xC0000002, 3)), "v3", ("ibt", "shstk")),
        (62, 64, ((0xC0008002, 0),), None, None),
        (3, 32, ((0xC0000002, 2), (0xC0008002, 1)), None, ("shstk",)),
        (183, 64, ((0xC0000000, 1),), None, ("bti",)),
        (183, 64, ((0xC0000000, 0),), None, ()),
        (40, 32, ((0xC0000000, 1),), None, None),
    ],
)
def test_properties(
    machine: int, bits: Bits, pairs: tuple[tuple[int, int], ...], level: object, branches: object
) -> None:
    note = elf_note(b"GNU\0", 5, properties(bits, "little", *pairs))
    found = said(elf(CODE, Part(data=note, segment=NOTE), machine=machine, bits=bits))
    assert (found.get("elf.x86_level"), found.get("elf.branch_protection")) == (level, branches)


@pytest.mark.parametrize(
    ("part", "dwarf"),
    [
        (Part(data=b"x", name=".debug_info"), "plain"),
        (Part(data=b"x", name=".debug_info", section_flags=0x800), "compressed"),
        (Part(data=b"x", name=".zdebug_info"), "compressed"),
        (Part(data=b"x", name=".debug_gdb_scripts"), "none"),
    ],
)
def test_dwarf(part: Part, dwarf: str) -> None:
    found = said(elf(CODE, part))
    assert (found["dwarf"], found["symbol_table"]) == (dwarf, False)


def test_compilers_and_what_lies_behind() -> None:
    comment = Part(data=b"GCC: 13\0clang 19\0GCC: 13\0\0", name=".comment")
    data = elf(CODE, comment)
    found = said(data)
    assert (found["elf.compilers"], found["elf.overlay"]) == (("GCC: 13", "clang 19"), 0)
    assert said(data + b"12345")["elf.overlay"] == 5
    assert said(elf(CODE) + b"123")["elf.overlay"] == 3


def test_the_absence_of_what_was_not_read_is_no_fact() -> None:
    data = bytearray(go_elf())
    data[32:40] = (1 << 40).to_bytes(8, "little")  # the program headers
    assert {"link", "libraries", "elf.nx_stack", "elf.relro", "elf.overlay"} & set(said(bytes(data))) == set()
    data = bytearray(go_elf())
    data[40:48] = (1 << 40).to_bytes(8, "little")  # the section headers
    assert {"symbol_table", "dwarf"} & set(said(bytes(data))) == set()
    data = bytearray(go_elf())
    data[62:64] = bytes(2)  # which section has the names
    assert {"symbol_table", "dwarf"} & set(said(bytes(data))) == set()
    assert said(bytes(data))["link"] == "static"


def test_damage_in_one_place_hides_nothing_in_others() -> None:
    report = look(dynamic_elf(LIBC, (STRTAB, 0x70000), (VERNEED, 0x70000), (VERNEEDNUM, 1)))
    names = {fact.name for fact in report.facts}
    assert {"elf.nx_stack", "elf.relro", "elf.interpreter", "dwarf"} <= names
    assert {"link", "libraries"} & names == set()
    (note,) = report.notes
    assert note.split("; ") == [
        "the dynamic string table is not in the file",
        "needed libraries cannot be read",
        "the needed symbol versions are not in the file, at 0x70000",
        "the dynamic string table is not in the file",
        "symbol names cannot be read",
    ]


def test_a_string_table_that_is_shorter_than_it_says() -> None:
    report = look(dynamic_elf(LIBC, (STRSZ, 1 << 40)))
    assert "the dynamic string table is not in the file; needed libraries cannot be read" in report.notes[0]


def test_a_dynamic_table_beyond_the_end() -> None:
    data = bytearray(dynamic_elf(LIBC, parts=()))
    at = 64 + 2 * 56 + 32
    data[at : at + 8] = (1 << 40).to_bytes(8, "little")
    report = look(bytes(data))
    assert report.fact("link") is None
    assert report.notes[0].startswith("dynamic table beyond the end of the file, at 0x")


def test_versions_that_lead_in_a_circle_or_out() -> None:
    data = dynamic_elf(LIBC, versions=(("libc.so.6", ("GLIBC_2.2", "GLIBC_2.3")),))
    small = replace(DEFAULT_LIMITS, symbol_versions=1)
    assert look(data, limits=small).notes == ("more than 1 needed symbol versions",)
    empty = dynamic_elf(LIBC, versions=(("a", ()), ("b", ()), ("c", ())))
    assert look(empty).notes == ()
    assert look(empty, limits=small).notes == ("more than 1 needed symbol versions",)
    at = data.index(struct.pack("<HH", 1, 2))
    report = look(data[: at + 8] + b"\xff\xff\0\0" + data[at + 12 :])
    assert report.fact("elf.glibc") is None
    assert report.notes == ("symbol versions beyond the end of the segment, at 0x10007",)


def test_too_many_libraries_and_directories() -> None:
    data = dynamic_elf(*[LIBC] * 3, (RPATH, "/a:/b:/c"))
    report = look(data, limits=replace(DEFAULT_LIMITS, libraries=2))
    assert report.fact("libraries") is None
    assert report.notes == ("3 entries for needed libraries: more than 2 are not read",)
    report = look(data, limits=replace(DEFAULT_LIMITS, search_paths=2))
    assert report.fact("elf.rpath") is None
    assert report.notes == ("rpath of 3 directories: more than 2",)


SMALL = {name: data for name, data in builders.SAMPLES.items() if name.startswith("elf")}


@pytest.mark.parametrize("data", SMALL.values(), ids=list(SMALL))
def test_a_file_cut_off_anywhere_is_told_and_never_raises(data: bytes) -> None:
    for size in range(4, len(data), 3 if len(data) > 5000 else 1):
        assert look(data[:size], "headers").notes or data[size:].strip(b"\0") == b""


@given(
    st.sampled_from(list(SMALL.values())), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)))
)
def test_changed_bytes_never_raise(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for at, mask in changes:
        changed[at % len(changed)] ^= mask
    assert look(bytes(changed)).container is not None


def test_a_note_section_outside_of_the_note_segment_counts_too() -> None:
    segment = Part(data=elf_note(b"Go\0\0", 4, b"a/b/c/d"), segment=NOTE)
    section = Part(data=elf_note(b"GNU\0", 3, b"\xab\xcd"), name=".note.gnu.build-id", section_type=7)
    assert said(elf(CODE, segment, section))["elf.gnu_build_id"] == "abcd"


def held_against(data: bytes, path: Path) -> None:
    """Compare with what pyelftools and LIEF read."""
    found = said(data)
    other: Any = ELFFile(BytesIO(data))
    segments = list(other.iter_segments())
    table = next((each for each in segments if each["p_type"] == "PT_DYNAMIC"), None)
    tags: list[Any] = list(table.iter_tags()) if table else []
    assert list(found["libraries"]) == [each.needed for each in tags if each.entry.d_tag == "DT_NEEDED"]  # type: ignore[arg-type]
    loader = [each.get_interp_name() for each in segments if each["p_type"] == "PT_INTERP"]
    assert ([found["elf.interpreter"]] if "elf.interpreter" in found else []) == loader
    stacks = [each["p_flags"] for each in segments if each["p_type"] == "PT_GNU_STACK"]
    assert not stacks or found["elf.nx_stack"] == (not stacks[0] & 1)
    assert (found["elf.relro"] != "none") == any(each["p_type"] == "PT_GNU_RELRO" for each in segments)
    assert found["symbol_table"] == any(each["sh_type"] == "SHT_SYMTAB" for each in other.iter_sections())
    assert (found["dwarf"] != "none") == other.has_dwarf_info(strict=True)
    assert found["elf.flags"] == other["e_flags"]
    needed = other.get_section_by_name(".gnu.version_r")
    # In a program without libraries Go's linker leaves the section empty and without its type.
    chained = needed.iter_versions() if isinstance(needed, GNUVerNeedSection) else ()
    versions = {aux.name for _, each in chained for aux in each}
    numbers = [each[6:].split(".") for each in versions if each.startswith("GLIBC_2")]
    highest = max(([int(part) for part in each] for each in numbers), default=None)
    if highest is not None and "GLIBC_ABI_DT_RELR" not in versions:
        assert found["elf.glibc"] == ".".join(map(str, highest))
    noted = other.get_section_by_name(".note.gnu.build-id")
    ids = [each["n_desc"] for each in noted.iter_notes()] if noted else []
    assert ([found["elf.gnu_build_id"]] if "elf.gnu_build_id" in found else []) == ids
    second: Any = lief.parse(str(path))
    assert list(found["libraries"]) == list(second.libraries)  # type: ignore[arg-type]
    assert found["elf.overlay"] == len(second.overlay)
    position_independent = found["link"] in ("pie", "dynamic-pie", "static-pie")
    assert found["link"] == "shared" or position_independent == second.is_pie


@pytest.mark.parametrize(
    "name", [n for n, (os_, _) in TARGETS.items() if os_.startswith(("linux", "freebsd"))]
)
def test_go_programs_are_what_others_read(corpus: Corpus, name: str) -> None:
    data = corpus.data(name)
    held_against(data, corpus.path(name))
    found = said(data)
    pie = name.endswith("-pie")
    assert found["link"] == ("pie" if pie else "static")
    assert found.get("elf.libc") == ("glibc" if pie else None)
    assert found["symbol_table"] == (name in ("linux-amd64", "linux-amd64-pie"))
    assert found["dwarf"] == ("compressed" if found["symbol_table"] else "none")
    assert look(data).notes == ()


@pytest.mark.skipif(not shutil.which("gcc") or os.name != "posix", reason="there is no C compiler")
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("-no-pie",), {"link": "dynamic"}),
        (("-pie",), {"link": "dynamic-pie"}),
        (("-static",), {"link": "static"}),
        (("-static-pie",), {"link": "static-pie"}),
        (("-shared", "-fPIC", "-Wl,-soname,me.so"), {"link": "shared", "elf.soname": "me.so"}),
        (("-Wl,-z,execstack",), {"elf.nx_stack": False}),
        (("-Wl,-z,noexecstack",), {"elf.nx_stack": True}),
        (("-Wl,-z,norelro",), {"elf.relro": "none"}),
        (("-Wl,-z,relro,-z,lazy",), {"elf.relro": "partial", "elf.bind_now": False}),
        (("-Wl,-z,relro,-z,now",), {"elf.relro": "full", "elf.bind_now": True}),
        (("-Wl,-rpath,/a,--disable-new-dtags",), {"elf.rpath": ("/a",), "elf.runpath": ()}),
        (("-Wl,-rpath,/a,--enable-new-dtags",), {"elf.rpath": (), "elf.runpath": ("/a",)}),
        (("-fstack-protector-all",), {"elf.stack_protector": True}),
        (("-fno-stack-protector",), {"elf.stack_protector": False}),
        (("-g",), {"dwarf": "plain"}),
        (("-g", "-gz"), {"dwarf": "compressed"}),
        (("-s",), {"symbol_table": False, "dwarf": "none"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_c_programs_are_what_they_were_built_as(
    tmp_path: Path, flags: tuple[str, ...], expected: dict[str, FactValue]
) -> None:
    source, made = tmp_path / "main.c", tmp_path / "main"
    source.write_text('#include <stdio.h>\nint main(void) { char b[64]; return scanf("%63s", b); }\n')
    done = subprocess.run(["gcc", *flags, str(source), "-o", str(made)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("the C compiler cannot do that here")
    held_against(made.read_bytes(), made)
    found = said(made.read_bytes())
    assert {name: found[name] for name in expected} == expected
    if "-s" not in flags and "-static" not in flags and "-static-pie" not in flags:
        assert any("GCC" in each for each in found["elf.compilers"])  # type: ignore[union-attr]


SYSTEM = [
    Path(folder) / name for folder in ("/bin", "/usr/bin") for name in ("ls", "sh", "python3", "openssl")
]


@pytest.mark.parametrize("path", SYSTEM, ids=str)
def test_programs_of_this_machine(path: Path) -> None:
    if not path.is_file() or path.read_bytes()[:4] != b"\x7fELF":
        pytest.skip("it is not there")
    held_against(path.read_bytes(), path.resolve())
