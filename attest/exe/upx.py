"""What all files that UPX packed have in common: methods, filters and the pack header.

Sources: src/conf.h, packhead.cpp and compress/ of UPX. The pack header (32 bytes) is the magic "UPX!", the
version of the format, the kind of file, the method, the level, two checksums, the sizes unpacked and packed,
the size of the file, filter, its mark and its number, and a checksum of itself. Other magics than UPX's own
are seen in the wild: they stop `upx -d`, and nothing else.
"""

from __future__ import annotations

import lzma
import zlib
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import FormatError, LimitError
from attest.exe import nrv, upx_filter
from attest.exe.packing import MAGIC, VERSIONS, Packing
from attest.exe.reader import find
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.exe.image import Image
    from attest.model.limits import Limits

PACKER: Final = "UPX"
RENAMED: Final = "the magic of UPX was changed; its other structures tell it"

_LZMA, _DEFLATE = 14, 15
_NRV: Final[dict[int, tuple[nrv.Variant, Literal[1, 2, 4]]]] = {
    2: ("2B", 4),
    3: ("2B", 1),
    4: ("2B", 2),
    5: ("2D", 4),
    6: ("2D", 1),
    7: ("2D", 2),
    8: ("2E", 4),
    9: ("2E", 1),
    10: ("2E", 2),
}
METHODS: Final = frozenset({*_NRV, _LZMA, _DEFLATE})
_PIECE: Final = 1 << 20
#: Where a Mach-O file has the magic, behind its load commands.
_MACHO_START: Final = 16_384


def decompress(method: int, source: memoryview, size: int, limits: Limits) -> bytes | bytearray:
    """The `size` bytes that were compressed.

    Raises `FormatError` for a method that is not known, `LimitError` for more than is unpacked, and
    `attest.exe.reader.BoundsError` where the data is damaged.
    """
    if size > limits.unpacked_bytes:
        raise LimitError(f"{size} packed bytes: more than {limits.unpacked_bytes} are not unpacked")
    if method in _NRV:
        variant, word = _NRV[method]
        return nrv.decompress(bytes(source), size, variant, word)
    try:
        found: bytes | bytearray
        if method == _LZMA:
            found = _unlzma(source, size)
        elif method == _DEFLATE:
            found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(source, size)
        else:
            raise FormatError(f"the compression method {method} is not known")
    except (lzma.LZMAError, zlib.error, EOFError) as error:
        raise BoundsError(f"damaged compressed data: {error}") from error
    if len(found) != size:
        raise BoundsError(f"compressed data of {len(found)} bytes instead of the {size} it says")
    return found


def _unlzma(source: memoryview, size: int) -> bytearray:
    """Piece by piece: at once it would be in memory twice."""
    decompressor, rest, out = _lzma(source, size), bytes(source[2:]), bytearray()
    while len(out) < size:
        piece = decompressor.decompress(rest, min(size - len(out), _PIECE))
        if not piece:
            break
        out += piece
        rest = b""
    return out


def _lzma(source: memoryview, size: int) -> lzma.LZMADecompressor:
    """Two bytes tell the parameters: (lc + lp) << 3 | pb, and lp << 4 | lc."""
    if len(source) < 2 or source[0] >> 3 != (source[1] & 15) + (source[1] >> 4):  # noqa: PLR2004 - both
        raise BoundsError("damaged compressed data: its parameters contradict each other")
    parameters = {
        "id": lzma.FILTER_LZMA1,
        "lc": source[1] & 15,
        "lp": source[1] >> 4,
        "pb": source[0] & 7,
        "dict_size": max(size, 1 << 12),
    }
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[parameters])
    except ValueError as error:
        raise BoundsError(f"damaged compressed data: {error}") from error


def unfilter(code: bytearray, kind: int, mark: int, base: int, notes: list[str]) -> None:
    """Take a filter back in place; one that is not known is noted: only operands of code are then wrong."""
    try:
        upx_filter.undo(code, kind, mark, base)
    except FormatError as error:
        notes.append(f"packed by UPX: {error.message}; the machine code that was unpacked is not as linked")


def in_macho(image: Image) -> Packing | None:
    """A Mach-O file of UPX, by its magic; what it holds is not unpacked."""
    at = find(image.whole[:_MACHO_START], MAGIC)
    if at is None or (len(image.whole) < at + 8 or image.whole[at + 6] not in VERSIONS):
        return None
    note = "packed by UPX: what is packed in Mach-O files is not unpacked"
    return Packing(packer=PACKER, source=f"l_info at {at - 4:#x}", notes=(note,))
