"""All bytes of a file, a piece at a time: what was read need not stay in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Large enough that hashlib lets other threads run, small enough to stay in the processor's cache.
CHUNK: Final = 1 << 20
#: How many bytes of a mapped file are kept in memory by who reads all of it.
_KEPT: Final = 32 << 20


def pieces(data: memoryview, size: int = CHUNK, overlap: int = 0) -> Iterator[tuple[int, memoryview]]:
    """All of `data` by pieces of `size` bytes and their places; each has `overlap` bytes of the next.

    Where `data` is a mapped file what was read does not stay in memory, which would be as large as the file.
    """
    let_go = getattr(data.obj, "madvise", None)  # not on Windows, and not of bytes
    read = 0
    for start in range(0, len(data), size):
        yield start, data[start : start + size + overlap]
        read += size
        if let_go is not None and read >= _KEPT:
            from mmap import MADV_DONTNEED

            let_go(MADV_DONTNEED)
            read = 0


def sha256_of(data: memoryview) -> str:
    """The SHA-256 of `data`, in hexadecimal."""
    import hashlib  # it loads OpenSSL, which takes longer than to read headers

    digest = hashlib.sha256()
    for _, piece in pieces(data):
        digest.update(piece)
    return digest.hexdigest()
