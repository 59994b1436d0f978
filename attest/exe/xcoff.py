"""AIX's executables, XCOFF of 32 and 64 bits.

Sources: AIX 7 "XCOFF object file format", internal/xcoff, cmd/link/internal/ld/xcoff.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import LimitError
from attest.exe.image import Image, Region, Section, mapped_once
from attest.exe.reader import Reader, find, text
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Layout:
    """Where the fields of the headers are, as (offset, size)."""

    bits: Literal[32, 64]
    arch: str
    header: int
    symbols_at: tuple[int, int]
    symbols: int
    optional: int
    section: int
    address: tuple[int, int]
    size: tuple[int, int]
    offset: tuple[int, int]
    flags: int
    import_size: int
    import_count: int
    import_at: tuple[int, int]


LAYOUTS: Final = {
    b"\x01\xdf": _Layout(
        bits=32,
        arch="ppc",
        header=20,
        symbols_at=(8, 4),
        symbols=12,
        optional=16,
        section=40,
        address=(12, 4),
        size=(16, 4),
        offset=(20, 4),
        flags=36,
        import_size=12,
        import_count=16,
        import_at=(20, 4),
    ),
    b"\x01\xf7": _Layout(
        bits=64,
        arch="ppc64",
        header=24,
        symbols_at=(8, 8),
        symbols=20,
        optional=16,
        section=72,
        address=(16, 8),
        size=(24, 8),
        offset=(32, 8),
        flags=64,
        import_size=12,
        import_count=16,
        import_at=(24, 8),
    ),
}
_SECTIONS_AT, _FLAGS_AT = 2, 18
_EXECUTABLE, _DYNAMIC, _SHARED = 0x2, 0x1000, 0x2000
_DWARF, _TEXT, _DATA, _LOADER = 0x10, 0x20, 0x40, 0x1000
_TYPE: Final = 0xFFFF
_BUILD_ID_WITHIN: Final = 32 << 10
_GO_BUILD_ID: Final = b"\xff Go build ID: "


@dataclass(frozen=True, slots=True, kw_only=True)
class XcoffImage(Image):
    """An XCOFF file; `flags` and `symbols` (their number) are None where the header is cut off.

    `search_path` and `libraries` are what the loader section names, None where none can be read.
    `dwarf` tells whether a section of debugging information is there.
    """

    flags: int | None = None
    symbols: int | None = None
    loads: bool = False
    search_path: str | None = None
    libraries: tuple[str, ...] | None = None
    dwarf: bool | None = None


@dataclass(slots=True)
class _Parts:
    """What is read one after the other."""

    notes: list[str]
    flags: int | None = None
    symbols: int | None = None
    loads: bool = False
    search_path: str | None = None
    libraries: tuple[str, ...] | None = None
    dwarf: bool | None = None


def read_xcoff(data: memoryview, limits: Limits) -> XcoffImage:
    """The image of a file that begins as `LAYOUTS` says; what is damaged becomes a note."""
    layout = LAYOUTS[bytes(data[:2])]
    reader = Reader(data=data, endian="big")
    parts = _Parts(notes=[])
    sections: list[tuple[int, Section]] = []
    try:
        reader.take(0, layout.header, "the header")
        parts.flags = reader.u16(_FLAGS_AT, "the header")
        parts.symbols = reader.u32(layout.symbols, "the header") if _at(reader, 0, layout.symbols_at) else 0
        _read_sections(reader, layout, sections, parts.notes)
        parts.dwarf = any(kind == _DWARF for kind, _ in sections)
        loader = next((section for kind, section in sections if kind == _LOADER), None)
        parts.loads = loader is not None
        if loader is not None:
            _read_loader(loader, layout, limits, parts)
    except (BoundsError, LimitError) as error:
        parts.notes.append(error.message)
    regions = [
        Region(
            name=f"section {section.name}",
            address=section.address,
            data=section.data,
            writable=kind == _DATA,
        )
        for kind, section in sections
        if kind in (_TEXT, _DATA) and section.data
    ]
    memory = mapped_once(regions, len(data), parts.notes)
    code = next((section.data for kind, section in sections if kind == _TEXT), data[:0])
    return XcoffImage(
        container=Container(
            format="xcoff",
            os="aix",
            arch=layout.arch,
            bits=layout.bits,
            endian="big",
            kind=_kind(parts.flags),
        ),
        endian="big",
        whole=data,
        sections=tuple(section for _, section in sections),
        memory=memory,
        candidates=tuple(each for each in memory if each.writable),
        marked=find(code[:_BUILD_ID_WITHIN], _GO_BUILD_ID) is not None,
        notes=tuple(parts.notes),
        flags=parts.flags,
        symbols=parts.symbols,
        loads=parts.loads,
        search_path=parts.search_path,
        libraries=parts.libraries,
        dwarf=parts.dwarf,
    )


def _kind(flags: int | None) -> str:
    if flags is None:
        return ""
    if flags & _SHARED:
        return "shared"
    return "executable" if flags & _EXECUTABLE else "object"


def _at(reader: Reader, start: int, field: tuple[int, int]) -> int:
    offset, size = field
    return reader.uint(start + offset, size, "a header")


def _read_sections(
    reader: Reader, layout: _Layout, sections: list[tuple[int, Section]], notes: list[str]
) -> None:
    start = layout.header + reader.u16(layout.optional, "the header")
    for index in range(reader.u16(_SECTIONS_AT, "the header")):
        at = start + index * layout.section
        reader.take(at, layout.section, f"the header of section {index}")
        name = text(bytes(reader.take(at, 8, "a name")).split(b"\0", 1)[0])
        size, offset = _at(reader, at, layout.size), _at(reader, at, layout.offset)
        content = reader.clip(offset, size) if offset else reader.data[:0]
        if offset and len(content) < size:
            notes.append(f"section {name} beyond the end of the file, at {offset:#x}")
        section = Section(
            name=name, address=_at(reader, at, layout.address), offset=offset, size=size, data=content
        )
        sections.append((reader.u32(at + layout.flags, "a header") & _TYPE, section))


def _read_loader(loader: Section, layout: _Layout, limits: Limits, parts: _Parts) -> None:
    """The files that the loader must find: each an import ID of path, file and archive member."""
    reader = Reader(data=loader.data, endian="big", whole="loader section")
    size = reader.u32(layout.import_size, "the import IDs")
    count = reader.u32(layout.import_count, "the import IDs")
    if count > limits.libraries:
        raise LimitError(f"{count} import IDs in the loader section, more than {limits.libraries}")
    if size > limits.import_names_bytes:
        raise LimitError(f"import IDs of {size} bytes, more than {limits.import_names_bytes}")
    words = bytes(reader.take(_at(reader, 0, layout.import_at), size, "the import IDs")).split(b"\0")
    if len(words) <= 3 * count:
        raise BoundsError("the import IDs of the loader section are cut off")
    names = [
        (text(path), text(base), text(member))
        for path, base, member in zip(*(iter(words[: 3 * count]),) * 3, strict=True)
    ]
    if not names:
        parts.libraries = ()
        return
    parts.search_path = names[0][0]  # the first is no file, but where the others are looked for
    parts.libraries = tuple(
        f"{path}/{base}".lstrip("/" if not path else "") + (f"({member})" if member else "")
        for path, base, member in names[1:]
    )
