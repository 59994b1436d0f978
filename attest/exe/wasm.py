"""WebAssembly modules as Go's linker and others write them.

Sources: WebAssembly core specification 2.0, chapter 5 (binary format), its proposals "threads",
"memory64" and "custom-page-sizes" (flags of memories), tool conventions "ProducersSection.md" and
"Linking.md" (target features), cmd/link/internal/wasm/asm.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import LimitError
from attest.exe.build_id import WASM_SECTIONS
from attest.exe.image import Image, Section
from attest.exe.reader import Reader, text, uvarint
from attest.exe.wasm_memory import build_memory, read_segments
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.exe.image import Region
    from attest.model.limits import Limits

_CORE: Final = b"\x01\0\0\0"
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
#: What "gojs" was called before Go 1.21, and functions that no other host has.
_OLD_BRIDGE, _BRIDGED = "go", ("runtime.", "syscall/js.")
_KINDS: Final = ("func", "table", "memory", "global", "tag")
_VALUES: Final = {
    0x7F: "i32",
    0x7E: "i64",
    0x7D: "f32",
    0x7C: "f64",
    0x7B: "v128",
    0x70: "funcref",
    0x6F: "externref",
}
_FUNCTION_TYPE: Final = 0x60
_HAS_MAXIMUM, _SHARED, _WIDE, _PAGE_SIZE = 1, 2, 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WasmImport:
    """What the host must give. `signature` is that of a function ("(i32, i32) i32"), "" where unknown."""

    module: str
    name: str
    kind: str
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WasmMemory:
    """A linear memory, in pages; `maximum` is None where it may grow without bound."""

    minimum: int
    maximum: int | None
    shared: bool
    wide: bool
    imported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WasmProducer:
    """A line of the section "producers": `field` is language, processed-by or sdk."""

    field: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WasmImage(Image):
    """A module with what its sections say.

    `exports` are pairs of kind and name, `custom` the names of custom sections, in order. `counts` are the
    lengths of the sections "function", "table" and "data". `unread` names the sections, custom ones among
    them, that were not read to their end; "" in it says that there may be sections that were not seen.
    """

    imports: tuple[WasmImport, ...] = ()
    exports: tuple[tuple[str, str], ...] = ()
    memories: tuple[WasmMemory, ...] = ()
    custom: tuple[str, ...] = ()
    producers: tuple[WasmProducer, ...] = ()
    features: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    starts: bool = False
    unread: frozenset[str] = frozenset()

    def read_wholly(self, *names: str) -> bool:
        """Whether all sections were seen and those of these names were read to their end."""
        return not self.unread.intersection(("", *names))


@dataclass(slots=True)
class _Module:
    """What the sections say, while they are read."""

    types: list[str] = field(default_factory=list)
    imports: list[WasmImport] = field(default_factory=list)
    exports: list[tuple[str, str]] = field(default_factory=list)
    memories: list[WasmMemory] = field(default_factory=list)
    producers: list[WasmProducer] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    starts: bool = False
    unread: set[str] = field(default_factory=set)
    custom: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    go_version: str = ""
    bits: Literal[32, 64] = 32
    entries: int = 0
    filled: bool = False
    memory: list[Region] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_wasm(data: memoryview, limits: Limits) -> WasmImage:
    """The image of a WebAssembly module; what cannot be read becomes a note, nothing is raised."""
    module, version = _Module(), bytes(data[4:8])
    if version == _CORE:
        _read_sections(data, limits, module)
    else:
        module.notes.append(f"WebAssembly of an unknown version {version.hex()}, at 0x4")
    known = version == _CORE
    named = {each.module for each in module.imports}
    systems = {_OS_OF_IMPORT[each] for each in named if each in _OS_OF_IMPORT}
    if any(each.module == _OLD_BRIDGE and each.name.startswith(_BRIDGED) for each in module.imports):
        systems.add("js")
    return WasmImage(
        container=Container(
            format="wasm",
            os=systems.pop() if len(systems) == 1 else None,
            arch="wasm" if known else None,
            bits=module.bits if known else None,
            endian="little" if known else None,
            kind=_kind({name for _, name in module.exports}),
        ),
        endian="little",
        whole=data,
        sections=tuple(module.sections),
        memory=tuple(module.memory),
        marked=any(each in module.custom for each in WASM_SECTIONS) or bool(module.go_version),
        go_version=module.go_version,
        notes=tuple(module.notes),
        imports=tuple(module.imports),
        exports=tuple(module.exports),
        memories=tuple(module.memories),
        custom=tuple(module.custom),
        producers=tuple(module.producers),
        features=tuple(module.features),
        counts=module.counts,
        starts=module.starts,
        unread=frozenset(module.unread if known else {""}),
    )


def _kind(exports: set[str]) -> str:
    if "_start" in exports or {"run", "resume"} <= exports:
        return "executable"
    return "shared" if "_initialize" in exports else ""


def _read_sections(data: memoryview, limits: Limits, module: _Module) -> None:
    """All sections of a module, each of them as far as it goes."""
    for identifier, offset, section in _sections(data, limits, module):
        seen, fault = len(module.custom), ""
        try:
            _section(identifier, section, limits, module)
        except (BoundsError, LimitError) as error:
            fault = error.message
        if identifier:
            name = _SECTIONS.get(identifier, section.whole)
        else:
            name = module.custom[-1] if len(module.custom) > seen else ""
        if fault:
            module.notes.append(fault)
            module.unread.add(name)
        module.sections.append(
            Section(name=name, address=0, offset=offset, size=section.size, data=section.data)
        )


def _sections(data: memoryview, limits: Limits, module: _Module) -> Iterator[tuple[int, int, Reader]]:
    at = 8
    for _ in range(limits.header_entries):
        if at >= len(data):
            return
        try:
            size, start = uvarint(data, at + 1, 32, "section size")
        except BoundsError as error:
            module.notes.append(error.message)
            module.unread.add("")
            return
        name = f"section {data[at]}"
        if start + size > len(data):
            module.notes.append(f"{name} beyond the end of the file, at {at:#x}")
            module.unread.add("")
        yield data[at], start, Reader(data=data[start : start + size], whole=name)
        at = start + size
    if at < len(data):
        module.notes.append(f"more than {limits.header_entries} sections; the rest is not read, at {at:#x}")
        module.unread.add("")


def _section(identifier: int, section: Reader, limits: Limits, module: _Module) -> None:
    cursor = _Cursor(section)
    match identifier:
        case 0:
            _custom(cursor, limits, module)
        case 1:
            _types(cursor, limits, module)
        case 2:
            _imports(cursor, limits, module)
        case 3 | 4:
            module.counts[_SECTIONS[identifier]] = cursor.number()
        case 5:
            for _ in range(cursor.count(limits, module)):
                module.memories.append(_memory(cursor, module, imported=False))
        case 7:
            _exports(cursor, limits, module)
        case 8:
            module.starts = True
        case 11:
            _data(section, limits, module)
        case _:
            pass


def _exports(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    for _ in range(cursor.count(limits, module)):
        name = cursor.name(limits)
        module.exports.append((_kind_of(cursor, "export"), name))
        cursor.number()


def _data(section: Reader, limits: Limits, module: _Module) -> None:
    if module.filled:
        module.notes.append("a second data section; it was not read")
        return
    module.filled = True
    module.counts["data"], _ = uvarint(section.data, 0, 32, "the number of data segments")
    content = bytes(section.data)
    segments, notes = read_segments(content, limits)
    module.notes += notes
    module.memory += build_memory(content, segments, limits)


def _custom(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    name = cursor.name(limits)
    module.custom.append(name)
    if name == "producers":
        _producers(cursor, limits, module)
    elif name == "target_features":
        for _ in range(cursor.count(limits, module)):
            module.features.append(chr(cursor.byte()) + cursor.name(limits))


def _types(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    """The signatures of functions, up to the first type of a newer kind."""
    for _ in range(cursor.count(limits, module)):
        if cursor.byte() != _FUNCTION_TYPE:
            return
        sides: list[str] = []
        for _ in ("parameters", "results"):
            values = [_VALUES.get(cursor.byte(), "") for _ in range(cursor.count(limits, module))]
            if "" in values:
                return  # a reference type, which may be of any length
            sides.append(", ".join(values))
        parameters, results = sides
        if ", " in results:
            results = f"({results})"
        module.types.append(f"({parameters}) {results}".rstrip())


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

    def bounds(self) -> tuple[int, int, int | None]:
        """The limits of a table or memory: flags, minimum, and maximum where there is one."""
        flags = self.byte()
        minimum = self.number(64)
        return flags, minimum, self.number(64) if flags & _HAS_MAXIMUM else None


def _kind_of(cursor: _Cursor, what: str) -> str:
    """What an import or export is."""
    at, kind = cursor.at, cursor.byte()
    if kind >= len(_KINDS):
        raise BoundsError(f"an {what} of the unknown kind {kind}, at {at:#x} of {cursor.section.whole}")
    return _KINDS[kind]


def _memory(cursor: _Cursor, module: _Module, *, imported: bool) -> WasmMemory:
    flags, minimum, maximum = cursor.bounds()
    if flags & _PAGE_SIZE:
        cursor.number()
    if flags & _WIDE:
        module.bits = 64
    return WasmMemory(
        minimum=minimum,
        maximum=maximum,
        shared=bool(flags & _SHARED),
        wide=bool(flags & _WIDE),
        imported=imported,
    )


def _imports(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    for _ in range(cursor.count(limits, module)):
        source, name = cursor.name(limits), cursor.name(limits)
        kind, signature = _kind_of(cursor, "import"), ""
        match kind:
            case "func":
                number = cursor.number()
                signature = module.types[number] if number < len(module.types) else ""
            case "table":  # the type of its elements, then its bounds
                cursor.byte()
                cursor.bounds()
            case "memory":
                module.memories.append(_memory(cursor, module, imported=True))
            case "global":  # its type, and whether it can change
                cursor.take(2)
            case _:  # an exception tag: attribute and type
                cursor.byte()
                cursor.number()
        module.imports.append(WasmImport(module=source, name=name, kind=kind, signature=signature))


def _producers(cursor: _Cursor, limits: Limits, module: _Module) -> None:
    """Who made the module; the version that Go's compiler left is that of the toolchain."""
    for _ in range(cursor.count(limits, module)):
        field_name = cursor.name(limits)
        for _ in range(cursor.count(limits, module)):
            name, value = cursor.name(limits), cursor.name(limits)
            module.producers.append(WasmProducer(field=field_name, name=name, version=value))
            if name == "Go cmd/compile":
                module.go_version = value
