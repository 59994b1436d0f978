"""Pieces of a stream: exactly so many bytes, and never more in memory than are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError

if TYPE_CHECKING:
    from attest.archive.member import Stream

_CHUNK: Final = 1 << 18


def exactly(stream: Stream, size: int, what: str, *, may_end: bool = False) -> bytes:
    """`size` bytes; b"" at the end where it `may_end`, else `FormatError` where they are not all there."""
    pieces: list[bytes] = []
    left = size
    while left:
        piece = stream.read(min(left, _CHUNK))
        if not piece:
            if may_end and not pieces:
                return b""
            raise FormatError(f"{what} is cut off")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def skip(stream: Stream, size: int, what: str) -> None:
    """Pass over `size` bytes; `FormatError` where they are not all there."""
    left = size
    while left:
        piece = stream.read(min(left, _CHUNK))
        if not piece:
            raise FormatError(f"{what} is cut off")
        left -= len(piece)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Part:
    """The next `left` bytes of a stream, as a stream of their own."""

    stream: Stream
    left: int

    def read(self, size: int) -> bytes:
        """The next bytes; `FormatError` where the stream ends before the part does."""
        if not self.left or not size:
            return b""
        piece = self.stream.read(min(size, self.left))
        if not piece:
            raise FormatError("the content of a member is cut off")
        self.left -= len(piece)
        return piece

    def finish(self) -> None:
        """Pass over what was not read."""
        skip(self, self.left, "the content of a member")
