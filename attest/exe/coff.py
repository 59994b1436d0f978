"""Bare COFF objects (.obj, .o of Windows), which have no magic of their own.

Source: the PE format specification, "COFF file header". A file is called one only where all of its section
table and of what that points to is there.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, Literal

from attest.exe.image import Image, Region, Section
from attest.exe.reader import Reader, text
from attest.model.binary import Container

if TYPE_CHECKING:
    from attest.model.limits import Limits

_MACHINES: Final[dict[int, tuple[str, Literal[32, 64]]]] = {
    0x14C: ("386", 32),
    0x8664: ("amd64", 64),
    0xAA64: ("arm64", 64),
    0x1C0: ("arm", 32),
    0x1C4: ("arm", 32),
}
_HEADER: Final = struct.Struct("<HHIIIHH")
_SECTION: Final = struct.Struct("<8sIIIIIIHHI")
_SYMBOL, _RELOCATION = 18, 10
#: Flags that only linked images have: relocations stripped, executable, DLL.
_LINKED: Final = 0x1 | 0x2 | 0x2000
_UNINITIALIZED, _WRITE = 0x80, 0x80000000
#: Linkers of Windows take no more in this form of the header.
_MOST_SECTIONS: Final = 65_279


def read_coff(data: memoryview, limits: Limits) -> Image | None:
    """The image of a COFF object, None where this is none."""
    if len(data) < _HEADER.size:
        return None
    machine, count, _, symbols, symbol_count, optional, flags = _HEADER.unpack_from(data)
    if machine not in _MACHINES or optional or flags & _LINKED or not 0 < count <= _MOST_SECTIONS:
        return None
    end = _HEADER.size + count * _SECTION.size
    if end > len(data) or count > limits.header_entries:
        return None
    names = _names(data, symbols, symbol_count, end)
    if names is None:
        return None
    sections: list[Section] = []
    places: list[Region] = []
    for row in _SECTION.iter_unpack(data[_HEADER.size : end]):
        raw, _, _, size, offset, relocations, lines, relocation_count, _, characteristics = row
        stored = size if offset and not characteristics & _UNINITIALIZED else 0
        outside = (offset and offset < end) or offset + stored > len(data) or lines > len(data)
        if outside or (relocation_count and relocations + _RELOCATION * relocation_count > len(data)):
            return None
        name = _name(raw, names)
        content = data[offset : offset + stored]
        sections.append(Section(name=name, address=0, offset=offset, size=size, data=content))
        if stored and characteristics & _WRITE:
            places.append(Region(name=f"section {name}", address=0, data=content, writable=True))
    arch, bits = _MACHINES[machine]
    return Image(
        container=Container(
            format="coff", os="windows", arch=arch, bits=bits, endian="little", kind="object"
        ),
        endian="little",
        whole=data,
        sections=tuple(sections),
        candidates=tuple(places[: limits.mapped_segments]),
    )


def _names(data: memoryview, symbols: int, count: int, end: int) -> Reader | None:
    """The table of long names behind the symbols, None where that cannot be."""
    if not symbols and not count:
        return Reader(data=data[:0])
    at = symbols + _SYMBOL * count
    if symbols < end or at + 4 > len(data):
        return None
    size = int.from_bytes(data[at : at + 4], "little")
    return Reader(data=data[at : at + size]) if at + size <= len(data) else None


def _name(raw: bytes, names: Reader) -> str:
    """A name, which is a slash and its place in the table where it is longer than eight bytes."""
    name = text(raw.split(b"\0", 1)[0])
    place = name[1:]
    if name.startswith("/") and place.isascii() and place.isdigit() and int(place) < names.size:
        return names.string(int(place), 256, "a name")
    return name
