"""Which kind of archive a file is, told by its content, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.archive import packages, tar
from attest.archive import zip as zips
from attest.archive.cpio import read_cpio
from attest.archive.member import Opened
from attest.archive.streams import compression, decompressed

if TYPE_CHECKING:
    from attest.archive.member import ArchiveFormat, Stream
    from attest.model.limits import Limits


def looks_archived(prefix: bytes | memoryview) -> bool:
    """Whether a file that begins with `prefix` (512 bytes, or all if fewer) may be an archive."""
    start = bytes(prefix[: tar.BLOCK])
    return (
        start.startswith((*zips.MAGICS, packages.RPM))
        or bool(compression(start) and compression(start) != "lzma")
        or packages.is_deb(memoryview(start))
        or tar.is_header(start)
    )


def open_archive(data: memoryview, limits: Limits) -> Opened | None:
    """The archive that a file is; None where it is none, or something else compressed.

    Raises `FormatError` where it is one whose members cannot be reached.
    """
    start = bytes(data[: tar.BLOCK])
    if start.startswith(zips.MAGICS):
        return Opened(format="zip", compression="", items=zips.read_zip(data, limits))
    if start.startswith(packages.RPM):
        stream, name = decompressed(packages.rpm_payload(data), limits)
        return Opened(format="rpm", compression=name, items=read_cpio(stream, limits))
    kind: ArchiveFormat = "tar"
    if packages.is_deb(data):
        kind, data = "deb", packages.deb_payload(data, limits)
    stream, name = decompressed(data, limits)
    first = _block(stream)
    if not tar.is_header(first) and kind == "tar":
        return None
    if kind == "tar" and name == "gzip" and first.startswith((b".SIGN.", b".PKGINFO\0")):
        kind = "apk"
    return Opened(format=kind, compression=name, items=tar.read_tar(_Again(first, stream), limits))


def _block(stream: Stream) -> bytes:
    """The first block of what may be a tar archive, shorter where there is no more."""
    found = b""
    while len(found) < tar.BLOCK and (piece := stream.read(tar.BLOCK - len(found))):
        found += piece
    return found


class _Again:
    """A stream whose first bytes were read already."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: bytes, rest: Stream) -> None:
        self._first = first
        self._rest = rest

    def read(self, size: int) -> bytes:
        if not self._first:
            return self._rest.read(size)
        found, self._first = self._first[:size], self._first[size:]
        return found
