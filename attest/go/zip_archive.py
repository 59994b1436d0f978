"""The entries of a zip archive, read from mapped bytes; nothing is extracted.

What different readers could take for different things is refused: bytes before the archive, a directory that
is not exactly as large as it says, entries that overlap, two names for one entry. What remains is what the go
command reads. Sources: PKWARE's APPNOTE.TXT 4.3; archive/zip (readDirectoryEnd, File.Open, checksumReader).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STORED: Final = 0
DEFLATED: Final = 8
#: Bytes of an entry that are inflated at once; larger ones come in pieces.
PIECE_BYTES: Final = 1 << 20

#: Packed bytes that are inflated whatever comes of it: a thousand times as many at most, and faster.
_SMALL_BYTES: Final = 1 << 15

_LOCAL: Final = struct.Struct("<4s22xHH")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_CENTRAL: Final = struct.Struct("<4s4xHH4xLLLHHHHHLL")
_CENTRAL_MAGIC: Final = b"PK\x01\x02"
_END: Final = struct.Struct("<4sHHHHLLH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_END64: Final = struct.Struct("<4sQ4xLLQQQQ")
_END64_MAGIC: Final = b"PK\x06\x06"
_COMMENT_BYTES: Final = 0xFFFF
_MANY: Final = 0xFFFF  # what counts and sizes say where the true ones stand in the zip64 record
_LARGE: Final = 0xFFFFFFFF


class ZipError(ValueError):
    """Why bytes cannot be read as a zip archive; `attest.go.module_zip` tells the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where the central directory lies, and how many entries it says it has."""

    start: int
    end: int
    entries: int

    @property
    def room(self) -> int:
        """How many entries there is room for, whatever it says."""
        return (self.end - self.start) // _CENTRAL.size


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipEntry:
    """An entry as the central directory has it: its sizes are claims, held against what is inflated."""

    name: bytes
    encrypted: bool
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def find_directory(data: memoryview) -> Directory:
    """Find the central directory; `ZipError` where there is none, or more than one way to read it."""
    tail_at = max(0, len(data) - _END.size - _COMMENT_BYTES)
    tail = bytes(data[tail_at:])
    at = tail.rfind(_END_MAGIC, 0, max(0, len(tail) - _END.size + len(_END_MAGIC)))
    if at < 0:
        raise ZipError("File is not a zip file")
    _, disk, first_disk, here, entries, size, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        raise ZipError("something follows its end")
    end = tail_at + at
    if _MANY in (here, entries) or _LARGE in (size, start):
        end, disk, first_disk, here, entries, size, start = _end64(data, end)
    if disk or first_disk or here != entries:
        raise ZipError("it has several parts")
    if start + size != end:
        raise ZipError("its directory is not where it says")
    return Directory(start=start, end=end, entries=entries)


def _end64(data: memoryview, end: int) -> tuple[int, int, int, int, int, int, int]:
    locator = end - _LOCATOR.size
    record = locator - _END64.size
    if record < 0:
        raise ZipError("its zip64 record is missing")
    magic, disk, pointed, disks = _LOCATOR.unpack_from(data, locator)
    if magic != _LOCATOR_MAGIC or pointed != record or disk or disks != 1:
        raise ZipError("its zip64 record is not where it says")
    magic, length, disk, first_disk, here, entries, size, start = _END64.unpack_from(data, record)
    if magic != _END64_MAGIC or length != _END64.size - 12:
        raise ZipError("its zip64 record is malformed")
    return record, disk, first_disk, here, entries, size, start


def read_entries(data: memoryview, directory: Directory) -> tuple[ZipEntry, ...]:
    """The entries in the directory's order; `ZipError` where it is malformed or entries overlap."""
    central = bytes(data[directory.start : directory.end])
    found: list[ZipEntry] = []
    at = 0
    while at < len(central):
        if len(central) - at < _CENTRAL.size:
            raise ZipError("its directory is cut off")
        fields = _CENTRAL.unpack_from(central, at)
        magic, flags, method, crc, packed, size, name, extra, comment, disk, _, _, offset = fields
        after = at + _CENTRAL.size + name
        if magic != _CENTRAL_MAGIC or disk or after + extra + comment > len(central):
            raise ZipError("its directory is malformed")
        found.append(
            ZipEntry(
                name=central[after - name : after],
                encrypted=bool(flags & 1),
                method=method,
                crc=crc,
                packed=packed,
                size=size,
                offset=offset,
            )
        )
        at = after + extra + comment
    if len(found) != directory.entries:
        raise ZipError(f"its directory has {len(found)} entries and says {directory.entries}")
    _refuse_overlaps(found, directory.start)
    return tuple(found)


def _refuse_overlaps(entries: Iterable[ZipEntry], end: int) -> None:
    """Entries that share bytes are how a small archive becomes a large one."""
    free = 0
    for each in sorted(entries, key=lambda entry: entry.offset):
        if each.offset < free:
            raise ZipError(f"Overlapped entries: {each.name.decode(errors='replace')!r}")
        free = each.offset + _LOCAL.size + len(each.name) + each.packed
    if free > end:
        raise ZipError("its entries reach into its directory")


def pieces(data: memoryview, entry: ZipEntry) -> Iterable[bytes | memoryview]:
    """The content of a stored or deflated entry, piece by piece; it must be taken to its end.

    Raises `ZipError` and `zlib.error`, also while it is taken, for content that is not as the directory says.
    """
    if entry.offset + _LOCAL.size > len(data):
        raise ZipError("an entry begins after its end")
    magic, name, extra = _LOCAL.unpack_from(data, entry.offset)
    start = entry.offset + _LOCAL.size + name
    if magic != _LOCAL_MAGIC or bytes(data[start - name : start]) != entry.name:
        raise ZipError(f"the directory and the header of {entry.name.decode(errors='replace')!r} differ")
    start += extra
    packed = data[start : start + entry.packed]
    if len(packed) != entry.packed:
        raise ZipError("an entry ends after its end")
    if entry.method == STORED:
        return _checked(entry, (packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)))
    if entry.size > PIECE_BYTES:
        return _checked(entry, _inflate(packed, entry))
    if entry.packed <= _SMALL_BYTES:
        content = zlib.decompress(packed, -zlib.MAX_WBITS, entry.size + 1)
        ended = True
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflater.decompress(packed, entry.size + 1)
        ended = inflater.eof
    _check(entry, len(content), zlib.crc32(content), ended=ended)
    return (content,)


def _inflate(packed: memoryview, entry: ZipEntry) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    left = entry.size + 1
    at = 0
    rest: bytes | memoryview = b""
    while left > 0 and not inflater.eof:
        if not rest:
            rest = packed[at : at + PIECE_BYTES]
            at += PIECE_BYTES
        last = not rest  # what is left may still lie in the inflater
        content = inflater.decompress(rest, min(PIECE_BYTES, left))
        rest = inflater.unconsumed_tail
        left -= len(content)
        yield content
        if last and not content:
            break
    if not inflater.eof:
        raise ZipError(f"an entry is not as long as it says: {entry.name.decode(errors='replace')!r}")


def _checked(entry: ZipEntry, content: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    size = crc = 0
    for piece in content:
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        yield piece
    _check(entry, size, crc, ended=True)


def _check(entry: ZipEntry, size: int, crc: int, *, ended: bool) -> None:
    name = entry.name.decode(errors="replace")
    if size != entry.size or not ended:
        raise ZipError(f"an entry is not as long as it says: {name!r}")
    if crc != entry.crc:
        raise ZipError(f"Bad CRC-32 for file {name!r}")
