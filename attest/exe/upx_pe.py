"""PE files that UPX packed.

Sources: src/pefile.cpp and packhead.cpp of UPX. The first section is the room that is unpacked into, the
second holds the packed data, the pack header before it. What is unpacked is the memory of the program from
its first section on; its last four bytes say where in it the program's own headers stand: "PE", the file
header and the optional header, and the section headers.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.exe import upx
from attest.exe.packing import MAGIC, VERSIONS, Packing
from attest.exe.pe import read_pe
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.exe.pe import PeImage
    from attest.model.limits import Limits

_PACK_HEADER: Final = 32
_SEARCHED_BEFORE, _SEARCHED = 64, 1024
_CHECKSUM_MODULUS: Final = 251
#: Kinds of files: 32-bit for 386 and ARM, 64-bit for amd64 and arm64.
_KINDS: Final = frozenset({9, 21, 36, 43, 44})
_FILE_HEADER, _SECTION = 24, 40
#: Where the headers are put in the file that is put together.
_START: Final = 0x40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _PackHeader:
    """The pack header; `at` is where it is, the rest as UPX calls it."""

    at: int
    magic: bool
    method: int
    checksum: int
    unpacked: int
    packed: int
    filter: int
    mark: int


def unpack(image: PeImage, limits: Limits) -> Packing | None:
    """What UPX made of a program, None where it did nothing; nothing is raised."""
    header = _pack_header(image)
    if header is None:
        return None
    source = f"pack header at {header.at:#x}"
    notes = [] if header.magic else [f"packed by UPX: {upx.RENAMED}"]
    try:
        inner = _program(image, header, limits, notes)
    except (BoundsError, FormatError, LimitError) as error:
        notes.append(f"packed by UPX, and what was packed could not be read: {error.message}")
        return Packing(packer=upx.PACKER, source=source, notes=tuple(notes))
    return Packing(packer=upx.PACKER, source=source, image=inner, notes=tuple(notes))


def _pack_header(image: PeImage) -> _PackHeader | None:
    """The first thing before or in the second section that is a pack header, by its own checksum."""
    if len(image.parts) < 2:  # noqa: PLR2004 - the room, and the packed data
        return None
    start = max(image.parts[1].offset - _SEARCHED_BEFORE, 0)
    window = bytes(image.reader.clip(start, _SEARCHED))
    for at in range(len(window) - _PACK_HEADER + 1):
        found = window[at : at + _PACK_HEADER]
        if (
            found[4] in VERSIONS
            and found[5] in _KINDS
            and found[6] in upx.METHODS
            and found[31] == sum(found[4:31]) % _CHECKSUM_MODULUS
        ):
            header = Reader(data=memoryview(found))
            packed = header.u32(20, "pack header")
            if 1 < packed <= image.reader.size - start - at - _PACK_HEADER:
                return _PackHeader(
                    at=start + at,
                    magic=found[:4] == MAGIC,
                    method=found[6],
                    checksum=header.u32(12, "pack header"),
                    unpacked=header.u32(16, "pack header"),
                    packed=packed,
                    filter=found[28],
                    mark=found[29],
                )
    return None


def _program(image: PeImage, header: _PackHeader, limits: Limits, notes: list[str]) -> PeImage:
    packed = image.reader.take(header.at + _PACK_HEADER, header.packed, "packed data")
    if zlib.adler32(packed) != header.checksum:
        notes.append("packed by UPX: the checksum of the packed data is wrong")
    memory = upx.decompress(header.method, packed, header.unpacked, limits)
    if header.filter:
        memory = bytearray(memory)
    reader, what = Reader(data=memoryview(memory), whole="unpacked data"), "packed header"
    at = reader.u32(reader.size - 4, what)
    count, optional = reader.u16(at + 6, what), reader.u16(at + 20, what)
    if bytes(reader.take(at, 4, what)) != b"PE\0\0" or not 0 < count <= limits.mapped_segments:
        raise BoundsError(f"no PE header in the unpacked data, at {at:#x}")
    code_size, code = reader.u32(at + 28, what), reader.u32(at + 44, what)
    headers = bytearray(reader.take(at, _FILE_HEADER + optional, what))
    headers[12:20] = bytes(8)  # symbols are not packed
    table_at = at + _wide(headers)
    table = bytes(reader.take(table_at, count * _SECTION, what))
    rows = Reader(data=memoryview(table))
    first = rows.u32(12, what)
    parts = [
        (rows.u32(row + 12, what) - first, rows.u32(row + 16, what), rows.u32(row + 20, what))
        for row in range(0, len(table), _SECTION)
    ]
    if header.filter:
        part = bytearray(reader.take(code - first, code_size, "packed code"))
        upx.unfilter(part, header.filter, header.mark, code - first, notes)
        reader.data[code - first : code - first + code_size] = part
    size = max(offset + length for _, length, offset in parts)
    if max(size, sum(length for _, length, _ in parts)) > limits.unpacked_bytes:
        raise LimitError(f"{size} packed bytes: more than {limits.unpacked_bytes} are not unpacked")
    content = bytearray(max(size, _START + len(headers) + len(table)))
    for place, length, offset in parts:
        data = reader.clip(place, length)
        content[offset : offset + len(data)] = data
    start = b"MZ".ljust(_START - 4, b"\0") + _START.to_bytes(4, "little") + headers + table
    content[: len(start)] = start
    return read_pe(memoryview(content), limits)


def _wide(headers: bytearray) -> int:
    """How large UPX keeps the headers: with sixteen directories, whatever they say."""
    return 0x108 if int.from_bytes(headers[24:26], "little") == 0x20B else 0xF8  # noqa: PLR2004 - PE32+
