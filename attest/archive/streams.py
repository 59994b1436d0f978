"""Compressed bytes as streams that never give more than was allowed.

Sources: RFC 1952 (gzip), the xz file format 1.1, RFC 8878 (Zstandard), bzip2's own documentation.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Protocol, cast

from attest.errors import FormatError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.archive.member import Stream
    from attest.model.limits import Limits

_INPUT: Final = 1 << 16
#: The largest dictionary that decoders are given memory for: what `xz -9` uses, and zstd refuses by itself.
_XZ_MEMORY: Final = 128 << 20
_ZSTD_WINDOW: Final = 128 << 20

#: The first bytes of each compression.
MAGICS: Final = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\x5d\0\0": "lzma",
}


class _Decoder(Protocol):
    """The interface of the decompressors of `lzma` and `bz2`."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the interface of the others."""

    __slots__ = ("_zlib",)

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max(max_length, 0))


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Plain:
    """Bytes as they are."""

    data: memoryview
    at: int = 0

    def read(self, size: int) -> bytes:
        """The next bytes."""
        found = bytes(self.data[self.at : self.at + size])
        self.at += len(found)
        return found


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class _Decompressed:
    """One compressed stream after the other, as `gzip` and `xz` read them."""

    data: memoryview
    make: Callable[[], _Decoder]
    magic: bytes
    name: str
    at: int = 0
    decoder: _Decoder | None = None
    pending: bytes = b""
    finished: bool = False

    def read(self, size: int) -> bytes:
        while not self.finished:
            if self.decoder is None:
                self.decoder = self.make()
            found = self._step(self.decoder, size)
            if self.decoder.eof:
                self._next(self.decoder)
            if found:
                return found
        return b""

    def _step(self, decoder: _Decoder, size: int) -> bytes:
        fresh = b""
        if decoder.needs_input:
            fresh = self.pending or bytes(self.data[self.at : self.at + _INPUT])
            if not self.pending:
                self.at += len(fresh)
            self.pending = b""
            if not fresh:
                raise FormatError(f"the {self.name} stream is cut off, at {self.at:#x}")
        try:
            return decoder.decompress(fresh, size)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError) as error:
            raise FormatError(f"the {self.name} stream is damaged before {self.at:#x}") from error

    def _next(self, decoder: _Decoder) -> None:
        """Begin with the next stream; zeros behind the last one are padding."""
        self.at -= len(decoder.unused_data)
        self.decoder = None
        while self.at < len(self.data) and bytes(self.data[self.at : self.at + 4]) == bytes(4):
            self.at += 4
        rest = bytes(self.data[self.at : self.at + len(self.magic)])
        if rest != self.magic:
            self.finished = True


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Guarded:
    """A stream that ends with an error before it gives too much: in all, or for what it was made of."""

    inner: Stream
    packed: int
    limits: Limits
    given: int = field(default=0)

    def read(self, size: int) -> bytes:
        """The next bytes; `LimitError` where they are too many."""
        found = self.inner.read(size)
        self.given += len(found)
        if self.given > self.limits.archive_bytes:
            raise LimitError(f"more than {self.limits.archive_bytes} bytes unpacked; the rest is not read")
        most = self.limits.archive_ratio * self.packed + self.limits.archive_ratio_free
        if self.given > most:
            raise LimitError(f"more than {self.limits.archive_ratio} bytes for each packed one: a bomb")
        return found


def compression(start: bytes) -> str:
    """What data that begins so is compressed with; "" where it is none of those known."""
    return next((name for magic, name in MAGICS.items() if start.startswith(magic)), "")


def decompressed(data: memoryview, limits: Limits) -> tuple[Stream, str]:
    """The bytes as a guarded stream, decompressed where they are compressed, and the compression's name.

    Raises `FormatError` where it is one that cannot be read here.
    """
    name = compression(bytes(data[:8]))
    stream: Stream
    if not name:
        stream = Plain(data=data)
    elif name == "zstd":
        stream = _zstd(data)
    else:
        makers: dict[str, Callable[[], _Decoder]] = {
            "gzip": _Gzip,
            "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
            "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
            "bzip2": bz2.BZ2Decompressor,
        }
        magic = next(magic for magic, each in MAGICS.items() if each == name)
        stream = _Decompressed(data=data, make=makers[name], magic=magic, name=name)
    return Guarded(inner=stream, packed=len(data), limits=limits), name


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class _Zstd:
    """The stream reader of the zstandard library, with its errors as ours."""

    reader: Stream
    error: type[Exception]

    def read(self, size: int) -> bytes:
        try:
            return self.reader.read(size)
        except (self.error, MemoryError) as error:
            raise FormatError("the zstd stream is damaged") from error


def _zstd(data: memoryview) -> Stream:
    try:
        import zstandard
    except ImportError as error:
        raise FormatError(
            "compressed with zstd, and the Python package zstandard is not installed",
            hint="install it: python3 -m pip install zstandard",
        ) from error
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    source = cast("IO[bytes]", Plain(data=data))  # it is only ever asked to read
    reader = decoder.stream_reader(source, read_across_frames=True)
    return _Zstd(reader=reader, error=zstandard.ZstdError)
