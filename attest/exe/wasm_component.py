"""WebAssembly components: the core modules in them, and what they import and export themselves.

Source: component model, "Binary.md".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.image import Image, Section
from attest.exe.reader import Reader, text, uvarint
from attest.model.binary import Container
from attest.model.bounds import BoundsError
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.known import Known
    from attest.model.limits import Limits

_MAGIC, _LAYER = b"\0asm", b"\x01\0"
_CORE_MODULE, _COMPONENT, _IMPORT, _EXPORT = 1, 4, 10, 11
_SECTIONS: Final = {
    0: "custom",
    1: "core module",
    2: "core instance",
    3: "core type",
    4: "component",
    5: "instance",
    6: "alias",
    7: "type",
    8: "canon",
    9: "start",
    10: "import",
    11: "export",
    12: "value",
}
_KINDS: Final = ("module", "func", "value", "type", "component", "instance")
_CORE, _VALUE, _TYPE = 0, 2, 3
_CORE_SORT_MODULE: Final = 0x11
_WITH_OPTIONS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CoreModule:
    """A module of a component, nested ones included, and where it begins in the file."""

    offset: int
    data: memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentImage(Image):
    """A component; each field is None where not all of it could be read."""

    modules: tuple[CoreModule, ...] = ()
    module_count: int | None = None
    imports: tuple[str, ...] | None = None
    exports: tuple[str, ...] | None = None


class _Reading:
    """The sections of a component and of those inside of it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sections: list[Section] = []
        self.modules: list[CoreModule] = []
        self.notes: list[str] = []
        self.whole = True
        self.seen = 0

    def component(self, data: memoryview, start: int, depth: int) -> Iterator[tuple[int, int, memoryview]]:
        """Every section of one component as (number, offset in the file, content)."""
        at = 8
        while at < len(data):
            self.seen += 1
            if self.seen > self.limits.header_entries:
                raise LimitError(f"more than {self.limits.header_entries} sections, at {start + at:#x}")
            number = data[at]
            size, content = uvarint(data, at + 1, 32, "section size")
            if content + size > len(data):
                raise BoundsError(f"section {number} beyond the end of the file, at {start + at:#x}")
            found = data[content : content + size]
            self.inner(number, found, start + content, depth)
            yield number, start + content, found
            at = content + size

    def inner(self, number: int, data: memoryview, start: int, depth: int) -> None:
        """Keep a core module, or look into a component inside."""
        if number == _CORE_MODULE:
            self.modules.append(CoreModule(offset=start, data=data))
        elif number == _COMPONENT:
            if depth >= self.limits.component_depth:
                raise LimitError(
                    f"components more than {self.limits.component_depth} deep in each other, at {start:#x}"
                )
            if bytes(data[:4]) != _MAGIC or bytes(data[6:8]) != _LAYER:
                raise BoundsError(f"this is no component, at {start:#x}")
            for _ in self.component(data, start, depth + 1):
                pass


def read_component(data: memoryview, limits: Limits) -> ComponentImage:
    """The image of a component; what cannot be read becomes a note, nothing is raised."""
    reading = _Reading(limits)
    names: dict[int, list[str]] = {_IMPORT: [], _EXPORT: []}
    damaged: set[int] = set()
    whole = False
    try:
        for number, offset, content in reading.component(data, 0, 1):
            name = _SECTIONS.get(number, f"section {number}")
            reading.sections.append(
                Section(name=name, address=0, offset=offset, size=len(content), data=content)
            )
            if number in names:
                try:
                    names[number].extend(_externs(content, limits, exported=number == _EXPORT))
                except (BoundsError, LimitError) as error:
                    reading.notes.append(f"section {name}: {error.message}")
                    damaged.add(number)
        whole = True
    except (BoundsError, LimitError) as error:
        reading.notes.append(error.message)
    if len(reading.modules) > limits.component_modules:
        reading.notes.append(
            f"{len(reading.modules)} core modules: only {limits.component_modules} are looked into"
        )

    def told(number: int) -> tuple[str, ...] | None:
        return tuple(names[number]) if whole and number not in damaged else None

    return ComponentImage(
        container=Container(format="wasm-component", endian="little"),
        endian="little",
        whole=data,
        sections=tuple(reading.sections),
        notes=tuple(reading.notes),
        modules=tuple(reading.modules[: limits.component_modules]),
        module_count=len(reading.modules) if whole else None,
        imports=told(_IMPORT),
        exports=told(_EXPORT),
    )


def _externs(data: memoryview, limits: Limits, *, exported: bool) -> Iterator[str]:
    """What a section of imports or exports names, with its kind."""
    reader = Reader(data=data, whole="section")
    count, at = uvarint(data, 0, 32, "the number of names")
    for _ in range(count):
        form = reader.u8(at, "the form of a name")
        size, at = uvarint(data, at + 1, 32, "the length of a name")
        if size > limits.section_name_bytes:
            raise LimitError(f"a name of {size} bytes, more than {limits.section_name_bytes}, at {at:#x}")
        name = text(reader.take(at, size, "a name"))
        at += size
        if form >= _WITH_OPTIONS:
            raise BoundsError(f"a name of the unknown form {form}, at {at:#x}")
        if exported:
            kind, at = _kind(reader, at)
            _, at = uvarint(data, at, 32, "an index")
            if reader.u8(at, "whether a type follows"):
                _, at = _described(reader, at + 1)
            else:
                at += 1
        else:
            kind, at = _described(reader, at)
        yield f"{kind} {name}"


def _kind(reader: Reader, at: int) -> tuple[str, int]:
    number = reader.u8(at, "a kind")
    if number >= len(_KINDS):
        raise BoundsError(f"the unknown kind {number}, at {at:#x}")
    if number != _CORE:
        return _KINDS[number], at + 1
    if reader.u8(at + 1, "a kind") != _CORE_SORT_MODULE:
        raise BoundsError(f"a core kind that is no module, at {at + 1:#x}")
    return _KINDS[_CORE], at + 2


def _described(reader: Reader, at: int) -> tuple[str, int]:
    """The kind of an import, behind which its type stands."""
    kind, at = _kind(reader, at)
    bound = 0
    if kind in (_KINDS[_VALUE], _KINDS[_TYPE]):
        bound, at = reader.u8(at, "a bound"), at + 1
    if kind != _KINDS[_TYPE] or not bound:  # a type that only has to be a resource has no index
        _, at = uvarint(reader.data, at, 33, "an index")
    return kind, at


def facts(image: ComponentImage, known: Known) -> Iterator[Fact]:
    """How many modules it holds, and what it needs and gives itself."""
    del known
    if image.module_count is not None:
        yield Fact(name="wasm.core_modules", value=image.module_count, source="sections core module")
    if image.imports is not None:
        yield Fact(name="wasm.component_imports", value=image.imports, source="sections import")
    if image.exports is not None:
        yield Fact(name="wasm.component_exports", value=image.exports, source="sections export")
