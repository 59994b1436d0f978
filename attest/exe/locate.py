"""Which function a place in a program belongs to: the address of a trap, a crash or a profile.

In native programs a place is an address as the headers say them (for what is loaded elsewhere, less the
difference). In WebAssembly it is an offset in the file, which is what V8 and wasmtime print for traps.
Sources: cmd/link/internal/ld/pcln.go, runtime/symtab.go (`moduledata`, whose word 20 is the first address of
Go's code), WebAssembly core specification (code and name sections), cmd/link/internal/wasm/asm.go.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError, UsageError
from attest.exe import magic
from attest.exe.elf import read_elf
from attest.exe.macho import read_macho
from attest.exe.pclntab import read_functions
from attest.exe.pe import read_pe
from attest.exe.plan9 import read_plan9
from attest.exe.reader import Reader, find_all, text, uvarint
from attest.exe.wasm import read_wasm
from attest.exe.xcoff import read_xcoff
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.exe.image import Image
    from attest.exe.pclntab import FunctionTable
    from attest.exe.wasm import WasmImage
    from attest.model.limits import Limits

_LETTERS: Final = {4: "I", 8: "Q"}
_MINPC, _MAXPC = 20, 21
_TEXT_START: Final = 2
_FUNCTION_NAMES: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The function at a place, how far into it the place is, and where its name was read.

    `file` is its source file, "" where the program does not say.
    """

    function: str
    offset: int
    file: str
    source: str


def locate(data: memoryview, place: int, limits: Limits) -> Located:
    """The function that a place belongs to.

    Raises `UsageError` where the file cannot tell, or no function is there.
    """
    try:
        return _locate(data, place, limits)
    except (BoundsError, LimitError) as error:
        raise UsageError(f"the functions cannot be read: {error.message}") from error


def _locate(data: memoryview, place: int, limits: Limits) -> Located:
    start = bytes(data[:8])
    if start.startswith(magic.WASM) and start[6:8] != magic.COMPONENT_LAYER:
        return _in_wasm(read_wasm(data, limits), place, limits)
    image = _native(data, start, limits)
    table = read_functions(image, limits) if image is not None else None
    if image is None or table is None:
        raise UsageError(
            "the file has no Go function table that could name the function",
            hint="give an executable that Go made; of a universal file, one of its slices",
        )
    begin = _begin(image, table, limits)
    for each in table.functions():
        if begin + each.entry <= place < begin + each.entry + each.size:
            return Located(
                function=each.name,
                offset=place - begin - each.entry,
                file=each.file,
                source=f"function table in {table.place}",
            )
    raise UsageError(
        f"no function of Go is at {place:#x}",
        hint=f"the first is at {begin:#x}; an offset in the file is no address",
    )


def _native(data: memoryview, start: bytes, limits: Limits) -> Image | None:
    if start.startswith(magic.ELF):
        return read_elf(data, limits)
    if start.startswith(magic.PE):
        return read_pe(data, limits)
    if start[:4] in magic.MACHO:
        return read_macho(data, limits)
    if start[:4] in magic.PLAN9:
        return read_plan9(data, limits)
    if start[:2] in magic.XCOFF:
        return read_xcoff(data, limits)
    return None


def _begin(image: Image, table: FunctionTable, limits: Limits) -> int:
    """The address of the first function.

    Tables before Go 1.18 hold it, those before Go 1.26 the start of the code; since then the runtime's own
    description of the program does, which begins with the address of the table.
    """
    word, count = table.pointer, table.count
    row = struct.Struct(f"{table.order}{_LETTERS[word] if table.wide else 'I'}")
    (first,) = row.unpack_from(table.data, table.layout.functions)
    if table.wide:
        return int(first)
    letter = _LETTERS[word]
    (start,) = struct.unpack_from(f"{table.order}{letter}", table.data, 8 + _TEXT_START * word)
    if start:
        return int(start + first)
    (last,) = row.unpack_from(table.data, table.layout.functions + 2 * row.size * count)
    pointer = struct.pack(f"{table.order}{letter}", table.address)
    left = limits.build_info_places
    for region in image.memory:
        for at in find_all(region.data, pointer):
            left -= 1
            if left < 0:
                break
            words = region.data[at : at + (_MAXPC + 1) * word]
            if len(words) < (_MAXPC + 1) * word:
                continue
            lowest, highest = struct.unpack_from(f"{table.order}2{letter}", words, _MINPC * word)
            if highest - lowest == last - first:
                return int(lowest)
    raise UsageError("the file does not tell at which address its functions begin")


def _in_wasm(image: WasmImage, place: int, limits: Limits) -> Located:
    code = image.section("code")
    inside = place - code.offset if code is not None else -1
    if code is None or not 0 <= inside < len(code.data):
        raise UsageError(
            f"no code is at {place:#x}", hint="an offset in the file, as wasmtime and V8 print it for traps"
        )
    count, at = uvarint(code.data, 0, 32, "the number of functions")
    for index in range(min(count, limits.functions)):
        size, body = uvarint(code.data, at, 32, "the size of a function")
        if at <= inside < body + size:
            name, file, source = _name(image, index, limits)
            return Located(function=name, offset=max(inside - body, 0), file=file, source=source)
        at = body + size
    raise UsageError(f"no function is at {place:#x}")


def _name(image: WasmImage, index: int, limits: Limits) -> tuple[str, str, str]:
    """The name, file and evidence of the function whose code is the `index`th."""
    table = read_functions(image, limits)
    if table is not None:
        for number, each in table.bodies_in_order():
            if number == index:
                return each.name, each.file, f"function table in {table.place}"
    imported = sum(each.kind == "func" for each in image.imports)
    name = _named(image, imported + index, limits)
    if name:
        return name, "", "section name"
    return f"function {imported + index}", "", "its place in the section code: nothing names it"


def _named(image: WasmImage, wanted: int, limits: Limits) -> str:
    """The name of a function in the section "name", "" where it has none."""
    section = image.section("name")
    if section is None:
        return ""
    data = section.data
    size, at = uvarint(data, 0, 32, "the length of a name")
    at += size
    while at < len(data):
        kind = data[at]
        size, at = uvarint(data, at + 1, 32, "the size of a part")
        if kind == _FUNCTION_NAMES:
            return _found(Reader(data=data[at : at + size], whole="section name"), wanted, limits)
        at += size
    return ""


def _found(names: Reader, wanted: int, limits: Limits) -> str:
    count, at = uvarint(names.data, 0, 32, "the number of names")
    for _ in range(min(count, limits.functions)):
        number, at = uvarint(names.data, at, 32, "the number of a function")
        size, at = uvarint(names.data, at, 32, "the length of a name")
        content = names.take(at, size, "a name")
        if number == wanted:
            return text(content[: limits.function_name_bytes])
        at += size
    return ""
