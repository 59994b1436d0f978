"""WebAssembly modules as Go's linker writes them.

Sources: WebAssembly core specification 2.0, chapter 5 (binary format), tool conventions
"ProducersSection.md", cmd/link/internal/wasm/asm.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import LimitError
from attest.exe.image import Image, Section
from attest.exe.reader import BoundsError, Reader, text, uvarint
from attest.exe.wasm_memory import build_memory, read_segments
from attest.model.binary import Container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Region
    from attest.model.limits import Limits

MAGIC: Final = b"\0asm"

_CORE: Final = b"\x01\0\0\0"
_COMPONENT_LAYER: Final = b"\x01\0"
#: Sections by number; custom sections (0) go by the name that they begin with.
_SECTIONS: Final = {
    1: "type",
    2: "import",
    3: "function",
    4: "table",
    5: "memory",
    6: "global",
    7: "export",
    8: "start",
    9: "element",
    10: "code",
    11: "data",
    12: "data count",
    13: "tag",
}
_OS_OF_IMPORT: Final = {"gojs": "js", "wasi_snapshot_preview1": "wasip1"}


@dataclass(slots=True)
class _Module:
    """What the sections say, while they are read."""

    imports: set[str] = field(default_factory=set)
    exports: set[str] = field(default_factory=set)
    custom: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    go_version: str = ""
    bits: Literal[32, 64] = 32
    entries: int = 0
    filled: bool = False
    memory: list[Region] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_wasm(data: memoryview, limits: Limits) -> Image:
    """The image of a WebAssembly module; what cannot be read becomes a note, nothing is raised."""
    module, version = _Module(), bytes(data[4:8])
    if version == _CORE:
        for identifier, offset, section in _sections(data, limits, module.notes):
            known = len(module.custom)
            try:
                _section(identifier, section, limits, module)
            except (BoundsError, LimitError) as error:
                module.notes.append(error.message)
            if identifier:
                name = _SECTIONS.get(identifier, section.whole)
            else:
                name = module.custom[-1] if len(module.custom) > known else ""
            module.sections.append(
                Section(name=name, address=0, offset=offset, size=section.size, data=section.data)
            )
    elif version[2:4] == _COMPONENT_LAYER:
        module.notes.append("a WebAssembly component: the modules in it are not looked into, at 0x4")
    else:
        module.notes.append(f"WebAssembly of an unknown version {version.hex()}, at 0x4")
    systems = {_OS_OF_IMPORT[each] for each in module.imports if each in _OS_OF_IMPORT}
    return Image(
        container=Container(
            format="wasm",
            os=systems.pop() if len(systems) == 1 else None,
            arch="wasm" if version == _CORE else None,
            bits=module.bits if version == _CORE else None,
            endian="little" if version == _CORE else None,
            kind=_kind(module.exports),
        ),
        endian="little",
        whole=data,
        sections=tuple(module.sections),
        memory=tuple(module.memory),
        marked="go:buildid" in module.custom or bool(module.go_version),
        go_version=module.go_version,
        notes=tuple(module.notes),
    )


def _kind(exports: set[str]) -> str:
    if "_start" in exports or {"run", "resume"} <= exports:
        return "executable"
    return "shared" if "_initialize" in exports else ""


def _sections(data: memoryview, limits: Limits, notes: list[str]) -> Iterator[tuple[int, int, Reader]]:
    at = 8
    for _ in range(limits.header_entries):
        if at >= len(data):
            return
        try:
            size, start = uvarint(data, at + 1, 32, "section size")
        except BoundsError as error:
            notes.append(error.message)
            return
        name = f"section {data[at]}"
        if start + size > len(data):
            notes.append(f"{name} beyond the end of the file, at {at:#x}")
        yield data[at], start, Reader(data=data[start : start + size], whole=name)
        at = start + size
    if at < len(data):
        notes.append(f"more than {limits.header_entries} sections; the rest is not read, at {at:#x}")


def _section(identifier: int, section: Reader, limits: Limits, module: _Module) -> None:
    cursor = _Cursor(section)
    match identifier:
        case 0:
            name = cursor.name(limits)
            module.custom.append(name)
            if name == "producers":
                module.go_version = _producers(cursor, limits, module)
        case 2:
            _imports(cursor, limits, module)
        case 5:
            if cursor.number() and cursor.byte() & 4:
                module.bits = 64
        case 7:
            for _ in range(cursor.count(limits, module)):
                module.exports.add(cursor.name(limits))
                cursor.byte()
                cursor.number()
        case 11 if module.filled:
            module.notes.append("a second data section; it was not read")
        case 11:
            module.filled = True
            content = bytes(section.data)
            segments, notes = read_segments(content, limits)
            module.notes += notes
            module.memory += build_memory(content, segments, limits)
        case _:
            pass


@dataclass(slots=True)
class _Cursor:
    """Reads one value after the other."""

    section: Reader
    at: int = 0

    def byte(self) -> int:
        value = self.section.u8(self.at, "value")
        self.at += 1
        return value

    def number(self, bits: int = 32) -> int:
        value, self.at = uvarint(self.section.data, self.at, bits, f"number in {self.section.whole}")
        return value

    def count(self, limits: Limits, module: _Module) -> int:
        """The length of a vector; all vectors of a module together are held to the limit."""
        value = self.number()
        module.entries += value
        if module.entries > limits.header_entries:
            raise LimitError(
                f"{self.section.whole} has {value} entries, and only {limits.header_entries} are read of all"
            )
        return value

    def take(self, size: int) -> memoryview:
        value = self.section.take(self.at, size, "value")
        self.at += size
        return value

    def name(self, limits: Limits) -> str:
        size = self.number()
        if size > limits.section_name_bytes:
            raise LimitError(
                f"{self.section.whole} has a name of {size} bytes, more than {limits.section_name_bytes}"
            )
        return text(self.take(size))

    def bounds(self) -> None:
        """The limits of a table or memory."""
        flags = self.byte()
        for _ in range(1 + (flags & 1)):
            self.number(64)


def _imports(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    for _ in range(cursor.count(limits, module)):
        module.imports.add(cursor.name(limits))
        cursor.name(limits)
        at, kind = cursor.at, cursor.byte()
        match kind:
            case 0:  # a function: its type's number
                cursor.number()
            case 1:  # a table: the type of its elements, then its bounds
                cursor.byte()
                cursor.bounds()
            case 2:  # a memory
                cursor.bounds()
            case 3:  # a global: its type, and whether it can change
                cursor.take(2)
            case 4:  # an exception tag: attribute and type
                cursor.byte()
                cursor.number()
            case _:
                raise BoundsError(
                    f"an import of the unknown kind {kind}, at {at:#x} of {cursor.section.whole}"
                )


def _producers(cursor: _Cursor, limits: Limits, module: _Module) -> str:
    """The version that Go's compiler left, "" where it left none; TinyGo and others name themselves."""
    version = ""
    for _ in range(cursor.count(limits, module)):
        cursor.name(limits)
        for _ in range(cursor.count(limits, module)):
            name, value = cursor.name(limits), cursor.name(limits)
            if name == "Go cmd/compile":
                version = value
    return version
