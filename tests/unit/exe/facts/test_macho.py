from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

import pytest

from attest.exe.inspect import inspect
from tests.unit.exe.builders import build_version, go_macho, macho

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue

Endian = Literal["little", "big"]
LIBSYSTEM = "/usr/lib/libSystem.B.dylib"


def look(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def fact(data: bytes, name: str) -> FactValue | None:
    return look(data).fact(name)


def command(number: int, content: bytes, endian: Endian = "little") -> bytes:
    content += bytes(-len(content) % 8)
    return struct.pack("<2I" if endian == "little" else ">2I", number, 8 + len(content)) + content


def named(number: int, name: str, endian: Endian = "little") -> bytes:
    """A load command whose name lies behind its fixed part: four words for libraries, one for paths."""
    words = (12,) if number == 0x8000001C else (24, 0, 0, 0)
    fixed = struct.pack(f"{'<' if endian == 'little' else '>'}{len(words)}I", *words)
    return command(number, fixed + name.encode() + b"\0", endian)


DYLINKER = command(0xE, struct.pack("<I", 12) + b"/usr/lib/dyld\0")
LIBRARY = named(0xC, LIBSYSTEM)


@pytest.mark.parametrize(
    ("kind", "flags", "commands", "link"),
    [
        (2, 0x200004, (DYLINKER, LIBRARY), "dynamic-pie"),
        (2, 0x4, (DYLINKER, LIBRARY), "dynamic"),
        (2, 0x200004, (DYLINKER,), "pie"),
        (2, 0, (DYLINKER,), "dynamic"),
        (2, 0x200000, (), "static-pie"),
        (2, 0, (), "static"),
        (6, 0, (LIBRARY,), "shared"),
        (8, 0, (LIBRARY,), "shared"),
        (1, 0, (), "object"),
        (10, 0, (), None),
    ],
)
def test_how_it_is_linked(kind: int, flags: int, commands: tuple[bytes, ...], link: str | None) -> None:
    assert fact(macho(kind=kind, flags=flags, commands=commands), "link") == link


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_libraries_and_where_they_are_looked_for(bits: Literal[32, 64], endian: Endian) -> None:
    commands = (
        named(0xC, LIBSYSTEM, endian),
        named(0xD, "the library's own name", endian),
        named(0x80000018, "@rpath/weak.dylib", endian),
        named(0x8000001F, "@rpath/again.dylib", endian),
        named(0x8000001C, "@executable_path/../lib", endian),
    )
    report = look(macho(bits=bits, endian=endian, commands=commands))
    assert report.notes == ()
    assert report.fact("libraries") == (LIBSYSTEM, "@rpath/weak.dylib", "@rpath/again.dylib")
    assert report.fact("macho.weak_libraries") == ("@rpath/weak.dylib",)
    assert report.fact("macho.rpaths") == ("@executable_path/../lib",)


def version(number: int, *words: int) -> bytes:
    return command(number, struct.pack(f"<{len(words)}I", *words))


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        ((version(0x32, 1, 0x0D0000, 0x1A0200, 0),), ("macos", "13.0", "26.2")),
        ((version(0x24, 0x0A0D06, 0),), ("macos", "10.13.6", None)),
        ((version(0x25, 0x0C0000, 0x0C0100),), ("ios", "12.0", "12.1")),
        ((version(0x32, 11, 0x020000, 0, 0),), ("visionos", "2.0", None)),
        ((version(0x32, 99, 0x020000, 0, 0),), ("platform 99", "2.0", None)),
        ((version(0x24, 0x0A0D00, 0), version(0x32, 1, 0x0A0D00, 0, 0)), ("macos", "10.13", None)),
        ((), (None, None, None)),
    ],
)
def test_system_and_versions(commands: tuple[bytes, ...], told: tuple[str | None, ...]) -> None:
    report = look(macho(commands=commands))
    assert tuple(report.fact(f"macho.{name}") for name in ("platform", "minimum_os", "sdk")) == told
    assert report.notes == ("no Go build information found",) or not report.notes


@pytest.mark.parametrize(
    "second", [version(0x32, 1, 0x0C0000, 0, 0), version(0x32, 6, 0x0D0000, 0, 0), version(0x24, 0x0A0000, 0)]
)
def test_of_several_versions_none_is_told(second: bytes) -> None:
    report = look(macho(commands=(version(0x32, 1, 0x0D0000, 0, 0), second)))
    assert report.fact("macho.minimum_os") is None
    assert report.fact("macho.platform") is None
    assert "load commands name several systems, or several versions of one" in report.notes
    assert report.fact("macho.signature") == "none", "the other parts are told all the same"


def test_uuid_entry_fixups_and_flags() -> None:
    commands = (
        command(0x1B, bytes(range(16))),
        command(0x80000028, bytes(16)),
        command(0x80000034, bytes(8)),
        command(0x7777, b""),
    )
    report = look(macho(commands=commands, flags=0x200085))
    assert report.fact("macho.uuid") == "00010203-0405-0607-0809-0A0B0C0D0E0F"
    assert report.fact("macho.entry") == "LC_MAIN"
    assert report.fact("macho.fixups") == "chained"
    assert report.fact("macho.flags") == ("NOUNDEFS", "DYLDLINK", "TWOLEVEL", "PIE")
    assert report.fact("macho.load_commands") == (
        "LC_UUID",
        "LC_MAIN",
        "LC_DYLD_CHAINED_FIXUPS",
        "0x7777",
    )
    plain = look(macho(commands=(command(0x5, bytes(8)), command(0x80000022, bytes(8)))))
    assert (plain.fact("macho.entry"), plain.fact("macho.fixups")) == ("LC_UNIXTHREAD", "dyld-info")
    none = look(macho(commands=()))
    assert (none.fact("macho.entry"), none.fact("macho.fixups")) == (None, "none")


def symbols(total: int, *, external: int = 0, undefined: int = 0) -> tuple[bytes, bytes]:
    counts = struct.pack("<18I", 0, total - external - undefined, 0, external, 0, undefined, *[0] * 12)
    return command(0x2, struct.pack("<4I", 0, total, 0, 0)), command(0xB, counts)


@pytest.mark.parametrize(
    ("kind", "commands", "there"),
    [
        (2, symbols(39, undefined=39), False),
        (2, symbols(40, external=1, undefined=39), False),  # __mh_execute_header, which strip leaves
        (2, symbols(1800, undefined=40), True),
        (2, symbols(42, external=2, undefined=40), True),
        (6, symbols(50, external=10, undefined=40), False),
        (6, symbols(51, external=10, undefined=40), True),
        (1, symbols(1)[:1], True),
        (2, (), False),
    ],
)
def test_symbols_beyond_those_that_the_loader_needs(
    kind: int, commands: tuple[bytes, ...], there: bool
) -> None:
    assert fact(macho(kind=kind, commands=commands), "symbol_table") is there


def test_symbols_that_cannot_be_counted() -> None:
    table, counts = symbols(10, undefined=10)
    report = look(macho(commands=(table.replace(b"\x0a", b"\x09"), counts)))
    assert (report.fact("symbol_table"), report.fact("dwarf")) == (None, "none")
    assert "load command LC_DYSYMTAB counts more symbols than there are" in report.notes


@pytest.mark.parametrize(
    ("section", "dwarf"), [("__debug_info", "plain"), ("__zdebug_info", "compressed"), ("__text", "none")]
)
def test_dwarf(section: str, dwarf: str) -> None:
    assert fact(macho(("__DWARF", section, b"x" * 16)), "dwarf") == dwarf


def test_what_is_writable_and_executable_and_what_is_appended() -> None:
    sections = (("__TEXT", "__text", b"x" * 16), ("__DATA", "__data", b"y" * 16))
    assert fact(macho(*sections), "macho.write_execute_segments") == ()
    assert fact(macho(*sections, protection=7), "macho.write_execute_segments") == ("__TEXT", "__DATA")
    assert fact(macho(*sections), "macho.overlay") == 0
    assert fact(macho(*sections) + b"appended", "macho.overlay") == 8
    assert fact(macho(*sections, kind=1) + b"symbols", "macho.overlay") is None
    assert fact(macho(*sections, kind=1, protection=7), "macho.write_execute_segments") is None


def test_a_damaged_name_hides_nothing_else() -> None:
    broken = command(0xC, struct.pack("<I", 0xFFFF))
    report = look(macho(("__TEXT", "__text", b"x"), commands=(broken, build_version(1))))
    assert "name of a library or path beyond the end of the load command 0, at 0xffff" in report.notes
    assert report.fact("libraries") is None
    assert (report.fact("macho.platform"), report.fact("dwarf")) == ("macos", "none")


def test_where_commands_are_cut_off_nothing_is_said_to_be_missing() -> None:
    whole = go_macho()
    report = look(whole[:100])
    assert {each.name for each in report.facts} == {"macho.platform", "macho.minimum_os"}
    assert {each.name for each in look(whole).facts} > {"libraries", "macho.signature", "dwarf"}
