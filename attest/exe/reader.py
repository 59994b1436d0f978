"""A bounded reader over the bytes of an executable: every access is checked, nothing is copied whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from attest.model.bounds import BoundsError
from attest.model.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

Endian = Literal["little", "big"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Reader:
    """Typed reads from `data` (bytes, one-dimensional); offsets are from its start, and `whole` names it."""

    data: memoryview
    endian: Endian = "little"
    whole: str = "file"

    @property
    def size(self) -> int:
        """How many bytes are there."""
        return len(self.data)

    def take(self, offset: int, size: int, what: str) -> memoryview:
        """Exactly `size` bytes at `offset`; `BoundsError` where they are not all there."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise BoundsError(f"{what} beyond the end of the {self.whole}, at {offset:#x}")
        return self.data[offset : offset + size]

    def clip(self, offset: int, size: int) -> memoryview:
        """What is really there of `size` bytes at `offset`, perhaps nothing."""
        start = min(max(offset, 0), len(self.data))
        return self.data[start : max(start, min(offset + size, len(self.data)))]

    def uint(self, offset: int, size: int, what: str) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(offset, size, what), self.endian)

    def u8(self, offset: int, what: str) -> int:
        """An unsigned byte."""
        return self.uint(offset, 1, what)

    def u16(self, offset: int, what: str) -> int:
        """An unsigned 16-bit integer."""
        return self.uint(offset, 2, what)

    def u32(self, offset: int, what: str) -> int:
        """An unsigned 32-bit integer."""
        return self.uint(offset, 4, what)

    def u64(self, offset: int, what: str) -> int:
        """An unsigned 64-bit integer."""
        return self.uint(offset, 8, what)

    def string(self, offset: int, limit: int, what: str) -> str:
        """A string that ends with NUL, or with the file or after `limit` bytes; never fails to decode."""
        if not 0 <= offset <= len(self.data):
            raise BoundsError(f"{what} beyond the end of the {self.whole}, at {offset:#x}")
        return text(bytes(self.clip(offset, limit)).split(b"\0", 1)[0])


def text(data: bytes | memoryview) -> str:
    """UTF-8 as Go's encoding/json reads it: each byte that is none becomes U+FFFD."""
    decoded = bytes(data).decode("utf-8", "surrogateescape")
    if decoded.isascii():
        return decoded
    return "".join("\N{REPLACEMENT CHARACTER}" if "\udc80" <= each <= "\udcff" else each for each in decoded)


def find_all(data: memoryview, needle: bytes) -> Iterator[int]:
    """Where `needle` begins in `data`, ascending, without copying more than a chunk at a time."""
    for start, piece in pieces(data, overlap=len(needle) - 1):
        chunk = bytes(piece)
        at = chunk.find(needle)
        while at >= 0:
            yield start + at
            at = chunk.find(needle, at + 1)


def find(data: memoryview, needle: bytes) -> int | None:
    """The first place of `needle`, None where there is none."""
    return next(find_all(data, needle), None)


def uvarint(data: memoryview, offset: int, bits: int, what: str) -> tuple[int, int]:
    """An unsigned LEB128 number of at most `bits` bits, as Go and WebAssembly write it, and where it ends.

    Raises `BoundsError` where it is cut off or too long.
    """
    value = 0
    for index in range((bits + 6) // 7):
        if offset + index >= len(data):
            break
        byte = data[offset + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follows
            if value >> bits:
                break
            return value, offset + index + 1
    raise BoundsError(f"{what} is no number of {bits} bits, at {offset:#x}")
