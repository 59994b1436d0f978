"""The facts of Mach-O files that their load commands tell.

Sources: Apple's <mach-o/loader.h>, cmd/link/internal/ld/macho.go, debug/macho.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.exe.facts import macho_signature
from attest.model.bounds import BoundsError
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.exe.known import Known
    from attest.exe.macho import LoadCommand, MachoImage

_OBJECT, _EXECUTE = 1, 2
_SHARED: Final = (6, 8, 9)  # MH_DYLIB, MH_BUNDLE, MH_DYLIB_STUB
_PIE: Final = 0x200000
_WRITE_EXECUTE: Final = 2 | 4
_SYMTAB, _DYSYMTAB, _DYLINKER, _UUID, _BUILD_VERSION = 0x2, 0xB, 0xE, 0x1B, 0x32
_WEAK: Final = 0x80000018
#: LC_LOAD_DYLIB, weak, re-exported, lazy, upward.
_LIBRARIES: Final = (0xC, _WEAK, 0x8000001F, 0x20, 0x80000023)
_RPATH: Final = 0x8000001C
_ENTRIES: Final = (0x80000028, 0x5)
_FIXUPS: Final = {0x80000034: "chained", 0x80000022: "dyld-info", 0x22: "dyld-info"}
_MINIMUMS: Final = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}
_PLATFORMS: Final = {
    1: "macos",
    2: "ios",
    3: "tvos",
    4: "watchos",
    5: "bridgeos",
    6: "maccatalyst",
    7: "iossimulator",
    8: "tvossimulator",
    9: "watchossimulator",
    10: "driverkit",
    11: "visionos",
    12: "visionossimulator",
}
_COMMANDS: Final = {
    0x1: "LC_SEGMENT",
    0x2: "LC_SYMTAB",
    0x3: "LC_SYMSEG",
    0x4: "LC_THREAD",
    0x5: "LC_UNIXTHREAD",
    0x6: "LC_LOADFVMLIB",
    0x7: "LC_IDFVMLIB",
    0x8: "LC_IDENT",
    0x9: "LC_FVMFILE",
    0xA: "LC_PREPAGE",
    0xB: "LC_DYSYMTAB",
    0xC: "LC_LOAD_DYLIB",
    0xD: "LC_ID_DYLIB",
    0xE: "LC_LOAD_DYLINKER",
    0xF: "LC_ID_DYLINKER",
    0x10: "LC_PREBOUND_DYLIB",
    0x11: "LC_ROUTINES",
    0x12: "LC_SUB_FRAMEWORK",
    0x13: "LC_SUB_UMBRELLA",
    0x14: "LC_SUB_CLIENT",
    0x15: "LC_SUB_LIBRARY",
    0x16: "LC_TWOLEVEL_HINTS",
    0x17: "LC_PREBIND_CKSUM",
    _WEAK: "LC_LOAD_WEAK_DYLIB",
    0x19: "LC_SEGMENT_64",
    0x1A: "LC_ROUTINES_64",
    0x1B: "LC_UUID",
    _RPATH: "LC_RPATH",
    0x1D: "LC_CODE_SIGNATURE",
    0x1E: "LC_SEGMENT_SPLIT_INFO",
    0x8000001F: "LC_REEXPORT_DYLIB",
    0x20: "LC_LAZY_LOAD_DYLIB",
    0x21: "LC_ENCRYPTION_INFO",
    0x22: "LC_DYLD_INFO",
    0x80000022: "LC_DYLD_INFO_ONLY",
    0x80000023: "LC_LOAD_UPWARD_DYLIB",
    0x24: "LC_VERSION_MIN_MACOSX",
    0x25: "LC_VERSION_MIN_IPHONEOS",
    0x26: "LC_FUNCTION_STARTS",
    0x27: "LC_DYLD_ENVIRONMENT",
    0x80000028: "LC_MAIN",
    0x29: "LC_DATA_IN_CODE",
    0x2A: "LC_SOURCE_VERSION",
    0x2B: "LC_DYLIB_CODE_SIGN_DRS",
    0x2C: "LC_ENCRYPTION_INFO_64",
    0x2D: "LC_LINKER_OPTION",
    0x2E: "LC_LINKER_OPTIMIZATION_HINT",
    0x2F: "LC_VERSION_MIN_TVOS",
    0x30: "LC_VERSION_MIN_WATCHOS",
    0x31: "LC_NOTE",
    0x32: "LC_BUILD_VERSION",
    0x80000033: "LC_DYLD_EXPORTS_TRIE",
    0x80000034: "LC_DYLD_CHAINED_FIXUPS",
    0x80000035: "LC_FILESET_ENTRY",
    0x36: "LC_ATOM_INFO",
}
_FLAGS: Final = (
    "NOUNDEFS",
    "INCRLINK",
    "DYLDLINK",
    "BINDATLOAD",
    "PREBOUND",
    "SPLIT_SEGS",
    "LAZY_INIT",
    "TWOLEVEL",
    "FORCE_FLAT",
    "NOMULTIDEFS",
    "NOFIXPREBINDING",
    "PREBINDABLE",
    "ALLMODSBOUND",
    "SUBSECTIONS_VIA_SYMBOLS",
    "CANONICAL",
    "WEAK_DEFINES",
    "BINDS_TO_WEAK",
    "ALLOW_STACK_EXECUTION",
    "ROOT_SAFE",
    "SETUID_SAFE",
    "NO_REEXPORTED_DYLIBS",
    "PIE",
    "DEAD_STRIPPABLE_DYLIB",
    "HAS_TLV_DESCRIPTORS",
    "NO_HEAP_EXECUTION",
    "APP_EXTENSION_SAFE",
    "NLIST_OUTOFSYNC_WITH_DYLDINFO",
    "SIM_SUPPORT",
    "IMPLICIT_PAGEZERO",
    "0x20000000",
    "0x40000000",
    "DYLIB_IN_CACHE",
)


def _linkage(image: MachoImage, known: Known) -> Iterator[Fact]:
    """How it is linked, and with what."""
    del known
    if not _all_commands(image):
        return  # what is not there cannot be told from what was cut off, which the image notes
    libraries = [(each.number, _name(each)) for each in _commands(image, *_LIBRARIES)]
    link = _link(image, libraries=bool(libraries))
    if link:
        yield Fact(name="link", value=link, source="header and load commands")
    names = tuple(name for _, name in libraries)
    yield Fact(name="libraries", value=names, source="load commands LC_LOAD_DYLIB and its kin")
    weak = tuple(name for number, name in libraries if number == _WEAK)
    yield Fact(name="macho.weak_libraries", value=weak, source="load commands LC_LOAD_WEAK_DYLIB")
    rpaths = tuple(_name(each) for each in _commands(image, _RPATH))
    yield Fact(name="macho.rpaths", value=rpaths, source="load commands LC_RPATH")


def _symbols(image: MachoImage, known: Known) -> Iterator[Fact]:
    """What there is for debuggers."""
    del known
    if not _all_commands(image):
        return
    names = [each.name for each in image.sections]
    dwarf = "plain" if any(name.startswith("__debug_") for name in names) else "none"
    if any(name.startswith("__zdebug_") for name in names):
        dwarf = "compressed"
    yield Fact(name="dwarf", value=dwarf, source="section headers")
    yield Fact(name="symbol_table", value=_symbol_table(image), source="load commands LC_SYMTAB, LC_DYSYMTAB")


def _versions(image: MachoImage, known: Known) -> Iterator[Fact]:
    """The system, its oldest version and the SDK."""
    del known
    found: dict[tuple[str, int, int], str] = {}
    for each in _commands(image, _BUILD_VERSION, *_MINIMUMS):
        source, at = f"load command {_COMMANDS[each.number]}", 8
        name = _MINIMUMS.get(each.number, "")
        if not name:
            number = each.reader.u32(8, "platform")
            name, at = _PLATFORMS.get(number, f"platform {number}"), 12
        oldest, sdk = each.reader.u32(at, "minimum version"), each.reader.u32(at + 4, "SDK version")
        found.setdefault((name, oldest, sdk), source)
    if len(found) > 1:
        raise BoundsError("load commands name several systems, or several versions of one")
    for (name, oldest, sdk), source in found.items():
        yield Fact(name="macho.platform", value=name, source=source)
        yield Fact(name="macho.minimum_os", value=_version(oldest), source=source)
        if sdk:
            yield Fact(name="macho.sdk", value=_version(sdk), source=source)


def _headers(image: MachoImage, known: Known) -> Iterator[Fact]:
    """What identifies it, and how it is loaded."""
    del known
    for each in _commands(image, _UUID)[:1]:
        digits = bytes(each.reader.take(8, 16, "UUID")).hex().upper()
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        yield Fact(name="macho.uuid", value="-".join(parts), source="load command LC_UUID")
    if not _all_commands(image):
        return
    yield Fact(
        name="macho.load_commands",
        value=tuple(_COMMANDS.get(each.number, f"{each.number:#x}") for each in image.commands),
        source="load commands",
    )
    flags = tuple(name for bit, name in enumerate(_FLAGS) if image.flags >> bit & 1)
    yield Fact(name="macho.flags", value=flags, source="header")
    for each in _commands(image, *_ENTRIES)[:1]:
        name = _COMMANDS[each.number]
        yield Fact(name="macho.entry", value=name, source=f"load command {name}")
    fixups = next((each for each in _commands(image, *_FIXUPS)), None)
    yield Fact(
        name="macho.fixups",
        value=_FIXUPS[fixups.number] if fixups else "none",
        source=f"load command {_COMMANDS[fixups.number]}" if fixups else "load commands",
    )


def _layout(image: MachoImage, known: Known) -> Iterator[Fact]:
    """What of the file is mapped, and how."""
    del known
    # The one segment of an object file is never mapped; relocations and symbols lie behind it.
    if not _all_commands(image) or image.file_type == _OBJECT:
        return
    both = tuple(each.name for each in image.segments if each.protection & _WRITE_EXECUTE == _WRITE_EXECUTE)
    yield Fact(name="macho.write_execute_segments", value=both, source="segment protections")
    if image.segments:
        end = max(each.offset + each.size for each in image.segments)
        overlay = max(0, len(image.whole) - end)
        yield Fact(name="macho.overlay", value=overlay, source="segments and the size of the file")


#: Each alone: one that meets a damaged place does not hide what the others tell.
PARTS: Final[tuple[Callable[[MachoImage, Known], Iterator[Fact]], ...]] = (
    _linkage,
    _symbols,
    _versions,
    _headers,
    _layout,
    *macho_signature.PARTS,
)


def _all_commands(image: MachoImage) -> bool:
    return len(image.commands) == image.count


def _commands(image: MachoImage, *numbers: int) -> list[LoadCommand]:
    return [each for each in image.commands if each.number in numbers]


def _name(command: LoadCommand) -> str:
    """The string of a load command, which lies at an offset in it."""
    reader = command.reader
    return reader.string(reader.u32(8, "place of a name"), reader.size, "name of a library or path")


def _link(image: MachoImage, *, libraries: bool) -> str:
    if image.file_type == _OBJECT or image.file_type in _SHARED:
        return "object" if image.file_type == _OBJECT else "shared"
    if image.file_type != _EXECUTE:
        return ""
    pie = bool(image.flags & _PIE)
    if libraries:
        return "dynamic-pie" if pie else "dynamic"
    if pie:
        return "pie" if _commands(image, _DYLINKER) else "static-pie"
    return "dynamic" if _commands(image, _DYLINKER) else "static"


def _symbol_table(image: MachoImage) -> bool:
    """Whether there are more symbols than those that the loader needs."""
    total = sum(each.reader.u32(12, "number of symbols") for each in _commands(image, _SYMTAB))
    needed = 0
    for each in _commands(image, _DYSYMTAB):
        needed += each.reader.u32(28, "number of undefined symbols")
        if image.file_type in _SHARED:
            needed += each.reader.u32(20, "number of defined external symbols")
    if needed > total:
        raise BoundsError("load command LC_DYSYMTAB counts more symbols than there are")
    # strip leaves an executable the one symbol of its header.
    return total > needed + (image.file_type == _EXECUTE)


def _version(number: int) -> str:
    """X.Y.Z in 16, 8 and 8 bits; a last part of 0 is not written."""
    major, minor, patch = number >> 16, number >> 8 & 0xFF, number & 0xFF
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
