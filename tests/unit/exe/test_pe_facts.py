"""Facts of PE files: tables made by hand, LIEF on real programs of Go's linker."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import LimitError
from attest.exe.inspect import inspect
from attest.exe.pe_resources import read_manifest, read_version
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.code_signer import sign
from tests.unit.exe.conftest import TARGETS
from tests.unit.exe.pe_builder import CODE, DATA, DLL, EXE, GO_FLAGS, MANIFEST, VERSION, PeFile, rich

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from tests.unit.exe.conftest import Corpus


def read(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def facts(data: bytes) -> dict[str, object]:
    return {each.name: each.value for each in read(data).facts}


@pytest.mark.parametrize("bits", [32, 64])
def test_everything_that_a_file_can_say(bits: Literal[32, 64]) -> None:
    assert read(rich(bits)).notes == ()
    assert facts(rich(bits)) == {
        "symbol_table": True,
        "dwarf": "compressed",
        "link": "dynamic-pie",
        "libraries": ("kernel32.dll", "ws2_32.dll"),
        "pe.timestamp": 0,
        "pe.writable_code": (".wx",),
        "pe.subsystem": "console",
        "pe.os_version": "10.0",
        "pe.subsystem_version": "10.0",
        "pe.image_base": {32: "0x400000", 64: "0x140000000"}[bits],
        "pe.dynamic_base": True,
        "pe.high_entropy_va": True,
        "pe.force_integrity": False,
        "pe.nx": True,
        "pe.no_seh": False,
        "pe.app_container": False,
        "pe.guard_cf": True,
        "pe.terminal_server_aware": True,
        "pe.relocations": True,
        "pe.aslr": True,
        "pe.imports": ("kernel32.dll!WriteFile", "kernel32.dll!ExitProcess", "ws2_32.dll!#115"),
        "pe.delay_libraries": ("user32.dll",),
        "pe.delay_imports": ("user32.dll!MessageBoxW",),
        "pe.exports": ("Start", "Stop", "#2"),
        "pe.guard_flags": ("CF_INSTRUMENTED", "CF_FUNCTION_TABLE_PRESENT"),
        "pe.cfg": True,
        "pe.icon": True,
        "pe.file_version": "1.2.3.4",
        "pe.product_version": "1.2.0.0",
        "pe.version_strings": ("CompanyName=Acme, Inc.", "ProductName=Widget \N{SNOWMAN}"),
        "pe.execution_level": "requireAdministrator",
        "pe.manifest": (
            "assembly=Acme.Widget 1.2.3.4",
            "uiAccess=false",
            "supportedOS=Windows 10",
            "supportedOS={00000000-0000-0000-0000-000000000001}",
            "dpiAware=true",
            "longPathAware=true",
            "dependency=Microsoft.Windows.Common-Controls 6.0.0.0",
        ),
        "pe.overlay": 6,
        "pe.authenticode": False,
        "pe.checksum": "0x00000000",
    }


def test_each_fact_says_where_it_was_read() -> None:
    sources = {each.name: each.source for each in read(rich()).facts}
    assert sources["pe.nx"] == "optional header, DllCharacteristics"
    assert sources["pe.imports"] == "import table"
    assert sources["dwarf"] == "section table"


def test_names_of_sections_come_from_the_string_table() -> None:
    assert [each.name for each in read(rich()).sections] == [".rdata", ".text", ".zdebug_info", ".wx"]
    at = rich().index(b"/4\0\0\0\0\0\0")
    for name in (b"/x", b"/3", b"/999999", b"//AAAAAA"):
        changed = bytearray(rich())
        changed[at : at + 8] = name.ljust(8, b"\0")
        assert read(bytes(changed)).sections[2].name == name.decode()


@pytest.mark.parametrize(
    ("sections", "dwarf"),
    [
        ([], "none"),
        ([(".debug_gdb_scripts", DATA, b"x")], "none"),
        ([(".debug_info", DATA, b"x")], "plain"),
        ([(".debug_abbrev", DATA, b"x"), (".zdebug_info", DATA, b"x")], "compressed"),
    ],
)
def test_debugging_information(sections: list[tuple[str, int, bytes]], dwarf: str) -> None:
    assert facts(PeFile(sections=sections).build())["dwarf"] == dwarf


@pytest.mark.parametrize(
    ("flags", "dll_flags", "relocations", "aslr", "link"),
    [
        (EXE, GO_FLAGS, True, True, "static-pie"),
        (EXE | 1, GO_FLAGS, True, False, "static"),
        (EXE, GO_FLAGS, False, False, "static"),
        (EXE, GO_FLAGS & ~0x40, True, False, "static"),
        (DLL, GO_FLAGS, True, True, "shared"),
    ],
)
def test_aslr_needs_the_flag_and_relocations(
    flags: int, dll_flags: int, relocations: bool, aslr: bool, link: str
) -> None:
    found = facts(PeFile(flags=flags, dll_flags=dll_flags, relocations=relocations).build())
    assert (found["pe.aslr"], found["link"]) == (aslr, link)
    assert found["pe.relocations"] == (relocations and not flags & 1)


def test_imports_make_it_dynamic() -> None:
    imports = {"kernel32.dll": ["ExitProcess"]}
    assert facts(PeFile(imports=imports).build())["link"] == "dynamic-pie"
    assert facts(PeFile(imports=imports, relocations=False).build())["link"] == "dynamic"


@pytest.mark.parametrize(
    ("value", "name"), [(1, "native"), (2, "gui"), (3, "console"), (10, "efi-application")]
)
def test_subsystems(value: int, name: str) -> None:
    assert facts(PeFile(subsystem=value).build())["pe.subsystem"] == name


def test_a_subsystem_that_nobody_knows_is_no_fact() -> None:
    assert "pe.subsystem" not in facts(PeFile(subsystem=99).build())


@pytest.mark.parametrize(
    ("dll_flags", "guard", "cfg"),
    [
        (0x4000, 0x500, True),
        (0, 0x500, False),
        (0x4000, 0x100, False),
        (0x4000, 0x400, False),
        (0x4000, None, False),
    ],
)
def test_control_flow_guard_is_claimed_and_there(dll_flags: int, guard: int | None, cfg: bool) -> None:
    found = facts(PeFile(dll_flags=dll_flags, guard_flags=guard).build())
    assert found["pe.cfg"] is cfg
    assert ("pe.guard_flags" in found) == (guard is not None)


def test_a_load_configuration_from_before_control_flow_guard() -> None:
    data = bytearray(PeFile(guard_flags=0x500).build())
    at = data.index(struct.pack("<I", 148), 0x200)
    data[at : at + 4] = struct.pack("<I", 64)
    assert "pe.guard_flags" not in facts(bytes(data))


@pytest.mark.parametrize("bits", [32, 64])
def test_delay_imports_of_the_oldest_linkers_hold_the_image_base(bits: Literal[32, 64]) -> None:
    # Only 32 bits of an address fit: such files were never larger.
    data = PeFile(bits=bits, base=0x400000, delayed={"a.dll": ["f", "#3"]}, old_delayed=True).build()
    assert facts(data)["pe.delay_imports"] == ("a.dll!f", "a.dll!#3")


def test_a_dll_that_nothing_is_taken_from() -> None:
    data = bytearray(PeFile(delayed={"a.dll": []}).build())
    found = facts(bytes(data))
    assert (found["pe.delay_libraries"], found["pe.delay_imports"]) == (("a.dll",), ())
    row = data.index(struct.pack("<I", 1), data.index(b"a.dll"))
    data[row + 12 : row + 20] = bytes(8)
    assert facts(bytes(data))["pe.delay_imports"] == ()


@pytest.mark.parametrize(
    ("index", "missing", "note"),
    [
        (0, "pe.exports", "export table"),
        (1, "libraries", "import table"),
        (2, "pe.icon", "resource directory"),
        (10, "pe.cfg", "load configuration"),
        (13, "pe.delay_libraries", "delay import table"),
    ],
)
def test_a_damaged_table_hides_no_other_facts(index: int, missing: str, note: str) -> None:
    whole, data = facts(rich()), bytearray(rich())
    struct.pack_into("<I", data, 0x98 + 112 + 8 * index, 0x7FFFFFF0)
    report = read(bytes(data))
    assert missing not in {each.name for each in report.facts}
    assert report.notes == (f"{note} in no section, at address 0x7ffffff0",)
    assert {"pe.nx", "pe.overlay", "pe.authenticode"} <= {each.name for each in report.facts}
    for each in report.facts:
        assert whole[each.name] == each.value


def test_tables_may_lie_in_the_headers() -> None:
    data = bytearray(PeFile(align=0x400).build())
    at = 0x300
    data[at : at + 20] = struct.pack("<5I", 0, 0, 0, 0x340, 0x360)
    data[0x340:0x347] = b"tiny.dl"
    struct.pack_into("<I", data, 0x98 + 112 + 8, at)
    assert facts(bytes(data))["libraries"] == ("tiny.dl",)


def noted(data: bytes, **limits: int) -> str:
    report = inspect(memoryview(data), limits=replace(DEFAULT_LIMITS, **limits))
    return " ".join(report.notes)


def test_names_are_counted() -> None:
    many = PeFile(imports={"a.dll": ["#1"] * 9}).build()
    assert noted(many, header_entries=5) == "list of imports: more than 5 entries"
    long = PeFile(imports={"a.dll": ["name"] * 9}).build()
    assert noted(long, import_names_bytes=20) == "name of an import: more than 20 bytes of names"
    exports = PeFile(exports=["f", "g", "h"]).build()
    assert noted(exports, header_entries=2) == "export table: more than 2 entries"
    assert facts(PeFile(exports=["#1"]).build())["pe.exports"] == ("#1",)


def test_an_optional_header_that_is_too_short() -> None:
    data = bytearray(PeFile().build())
    struct.pack_into("<H", data, 0x94, 96)
    report = read(bytes(data))
    assert "the optional header is too short, at 0x98" in report.notes
    assert report.fact("pe.subsystem") is None


def test_fewer_data_directories() -> None:
    data = bytearray(PeFile(imports={"a.dll": ["f"]}).build())
    struct.pack_into("<I", data, 0x98 + 108, 1)
    found = facts(bytes(data))
    assert (found["libraries"], found["pe.relocations"], found["pe.authenticode"]) == ((), False, False)


def test_objects_have_sections_and_symbols_alone() -> None:
    data = bytearray(PeFile(flags=0, symbols=1).build())
    struct.pack_into("<H", data, 0x94, 0)
    found = facts(bytes(data))
    assert found["link"] == "object"
    assert found["symbol_table"] is True
    assert "pe.subsystem" not in found


def test_what_is_behind_the_file_is_not_its_signature() -> None:
    assert facts(PeFile().build())["pe.overlay"] == 0
    assert facts(sign(PeFile().build()))["pe.overlay"] == 0
    assert facts(sign(PeFile(overlay=b"x" * 11).build()))["pe.overlay"] == 16  # filled up before signing


def test_resources_that_are_not_three_levels_deep() -> None:
    data = bytearray(PeFile(resources={16: VERSION}).build())
    tree = data.index(struct.pack("<HHII", 0, 1, 16, 24 | 0x80000000))
    struct.pack_into("<I", data, tree + 8, 24)
    assert "resources are not three levels deep, at 0x18" in noted(bytes(data))
    struct.pack_into("<I", data, tree + 8, 0x80000000)  # a directory that holds itself
    assert "resources are not three levels deep, at 0x0" in noted(bytes(data))


def test_resources_without_version_or_manifest() -> None:
    found = facts(PeFile(resources={14: b"icon"}).build())
    assert found["pe.icon"] is True
    assert not {"pe.file_version", "pe.version_strings", "pe.manifest", "pe.execution_level"} & set(found)


def test_a_type_without_any_resource() -> None:
    data = bytearray(PeFile(resources={24: MANIFEST}).build())
    at = data.index(struct.pack("<HHI", 0, 1, 1))
    data[at : at + 4] = bytes(4)
    assert "pe.manifest" not in facts(bytes(data))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the manifest is no XML: no element found"),
        (b"<a>", "the manifest is no XML: no element found"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "the manifest is no XML: "),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "declares a document type"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "declares a document type"),
    ],
)
def test_manifests_that_are_none(data: bytes, why: str) -> None:
    with pytest.raises(BoundsError, match=why):
        read_manifest(memoryview(data), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"<a>" * 65, "more than 64 levels deep"), (b" " * (1 << 20) + b"<a/>", "more than 1048576 bytes")],
)
def test_manifests_that_are_too_large(data: bytes, why: str) -> None:
    with pytest.raises(LimitError, match=why):
        read_manifest(memoryview(data), DEFAULT_LIMITS)


def test_a_manifest_that_asks_for_nothing() -> None:
    found = read_manifest(
        memoryview(b"\xef\xbb\xbf<assembly><supportedOS/><assemblyIdentity/></assembly>\0\0"), DEFAULT_LIMITS
    )
    assert (found.level, found.settings) == (None, ())


def test_a_version_without_numbers() -> None:
    changed = bytearray(VERSION)
    changed[changed.index(struct.pack("<I", 0xFEEF04BD))] ^= 1
    found = read_version(memoryview(bytes(changed)), DEFAULT_LIMITS)
    assert (found.file, found.product) == (None, None)
    assert found.strings[0] == "CompanyName=Acme, Inc."
    data = PeFile(resources={16: bytes(changed)}).build()
    assert "pe.file_version" not in facts(data)


def test_a_version_resource_is_counted() -> None:
    with pytest.raises(LimitError, match="the version resource is too large"):
        read_version(memoryview(VERSION), replace(DEFAULT_LIMITS, header_entries=2))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_damage_to_a_version_makes_it_raise_anything_else(data: st.DataObject) -> None:
    changed = bytearray(VERSION)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(VERSION) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_version(memoryview(bytes(changed)), DEFAULT_LIMITS)
    except BoundsError:
        return
    assert len(found.strings) <= len(VERSION)


def test_cut_off_anywhere_it_is_still_read() -> None:
    whole = rich()
    known = facts(whole)
    for size in range(0x98, len(whole), 5):
        report = read(whole[:size])
        for each in report.facts:
            if each.name in (
                "pe.aslr",
                "pe.nx",
                "pe.subsystem",
                "pe.imports",
                "pe.exports",
                "pe.file_version",
            ):
                assert each.value in (known[each.name], ()), (each, size)


@given(st.integers(0, 0x1400), st.binary(min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_no_flipped_bits_make_it_raise(at: int, value: bytes) -> None:
    changed = bytearray(rich())
    changed[at : at + len(value)] = value
    report = read(bytes(changed))
    assert report.notes is not None


WINDOWS = [name for name in TARGETS if name.startswith("windows")]


@pytest.mark.parametrize("name", WINDOWS)
def test_programs_of_gos_linker_are_read_as_lief_reads_them(corpus: Corpus, name: str) -> None:
    data = corpus.data(name)
    report, other = read(data), _lief(data)
    said = {fact.name: fact.value for fact in report.facts}
    assert report.notes == ()
    for key, value in other.items():
        assert said[key] == value, key
    assert said["pe.checksum"] == "0x00000000"
    assert "pe.checksum_right" not in said


def _lief(data: bytes) -> dict[str, object]:
    file: Any = lief.PE.parse(list(data))
    header: Any = file.optional_header
    flags: Any = lief.PE.OptionalHeader.DLL_CHARACTERISTICS
    subsystem = {"WINDOWS_CUI": "console", "WINDOWS_GUI": "gui"}[str(header.subsystem).rsplit(".", 1)[-1]]
    names = [each.coff_string.string if each.coff_string else each.name for each in file.sections]
    relocatable = bool(list(file.relocations)) and not file.header.has_characteristic(
        lief.PE.Header.CHARACTERISTICS.RELOCS_STRIPPED
    )
    guard: Any = file.load_configuration
    return {
        "libraries": tuple(each.name for each in file.imports),
        "pe.imports": tuple(f"{dll.name}!{each.name}" for dll in file.imports for each in dll.entries),
        "pe.subsystem": subsystem,
        "pe.os_version": f"{header.major_operating_system_version}.{header.minor_operating_system_version}",
        "pe.subsystem_version": f"{header.major_subsystem_version}.{header.minor_subsystem_version}",
        "pe.image_base": hex(header.imagebase),
        "pe.timestamp": file.header.time_date_stamps,
        "pe.dynamic_base": header.has(flags.DYNAMIC_BASE),
        "pe.high_entropy_va": header.has(flags.HIGH_ENTROPY_VA),
        "pe.nx": header.has(flags.NX_COMPAT),
        "pe.no_seh": header.has(flags.NO_SEH),
        "pe.guard_cf": header.has(flags.GUARD_CF),
        "pe.force_integrity": header.has(flags.FORCE_INTEGRITY),
        "pe.app_container": header.has(flags.APPCONTAINER),
        "pe.terminal_server_aware": header.has(flags.TERMINAL_SERVER_AWARE),
        "pe.relocations": relocatable,
        "pe.aslr": relocatable and header.has(flags.DYNAMIC_BASE),
        "pe.guard_flags": tuple(str(each).rsplit(".", 1)[-1] for each in guard.guard_cf_flags_list),
        "pe.exports": (),
        "symbol_table": file.header.numberof_symbols > 0,
        "dwarf": "compressed" if any(each.startswith(".zdebug") for each in names) else "none",
        "pe.authenticode": file.has_signatures,
        "pe.icon": False,
    }


#: Of Go's linker (cmd/link/internal/ld/pe.go): platform and flags tell what it must be.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("windows-amd64", ("dynamic-pie", True, True, "console", False, "none")),
        ("windows-amd64-exe", ("dynamic", False, False, "gui", True, "compressed")),
        ("windows-386", ("dynamic-pie", True, False, "console", True, "compressed")),
        ("windows-arm64", ("dynamic-pie", True, True, "console", True, "none")),
    ],
)
def test_what_go_was_asked_for_is_what_is_there(
    corpus: Corpus, name: str, expected: tuple[object, ...]
) -> None:
    said = facts(corpus.data(name))
    names = ("link", "pe.aslr", "pe.high_entropy_va", "pe.subsystem", "symbol_table", "dwarf")
    assert tuple(said[each] for each in names) == expected
    assert said["libraries"] == ("kernel32.dll",)
    assert said["pe.nx"] is True


def test_code_and_data_are_not_both(corpus: Corpus) -> None:
    assert facts(corpus.data("windows-amd64"))["pe.writable_code"] == ()
    assert facts(PeFile(sections=[("x", CODE | 0x80000000, b"x")]).build())["pe.writable_code"] == ("x",)
