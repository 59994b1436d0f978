"""Zip archives. Source: PKWARE's APPNOTE.TXT, as Python's zipfile reads it."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.archive.member import Link, Member
from attest.archive.streams import Guarded
from attest.errors import FormatError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from attest.archive.member import Item
    from attest.model.limits import Limits

MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: What zipfile and its decompressors raise over bytes that are no zip.
_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that Python does not have
    RuntimeError,  # encrypted
    ValueError,  # negative offsets, names that are not UTF-8
    OSError,
    OverflowError,
)
_ENCRYPTED: Final = 1
_LINK: Final = 0o120000


class _View(io.RawIOBase):
    """Mapped bytes as a file, without a copy."""

    def __init__(self, data: memoryview) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        at = offset + (0, self._at, len(self._data))[whence]
        if at < 0:
            raise ValueError("before the file")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = len(self._data) if size < 0 else self._at + size
        found = bytes(self._data[self._at : end])
        self._at += len(found)
        return found


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class _Content:
    """A member's bytes, with the errors of zipfile as ours."""

    file: IO[bytes]

    def read(self, size: int) -> bytes:
        try:
            return self.file.read(size)
        except _FAULTS as error:
            raise FormatError("the content of a member is damaged") from error


def read_zip(data: memoryview, limits: Limits) -> Iterator[Item]:
    """The regular files of a zip archive. Raises `FormatError` where its directory cannot be read."""
    try:
        archive = zipfile.ZipFile(_View(data))
    except _FAULTS as error:
        raise FormatError("a damaged zip archive: its directory cannot be read") from error
    given = 0
    for each in archive.infolist():
        if each.is_dir():
            continue
        if each.flag_bits & _ENCRYPTED:
            yield f"{each.filename} is encrypted, and is not looked into"
            continue
        try:
            file = archive.open(each)
        except _FAULTS:
            yield f"{each.filename} is damaged or compressed in an unknown way, and is not looked into"
            continue
        with file:
            guarded = Guarded(inner=_Content(file=file), packed=max(each.compress_size, 0), limits=limits)
            if each.external_attr >> 16 & 0o170000 == _LINK:
                target = guarded.read(limits.archive_header_bytes)
                yield Link(name=each.filename, target=target.decode("utf-8", "replace"))
            else:
                yield Member(name=each.filename, size=each.file_size, content=guarded)
        given += guarded.given
        if given > limits.archive_bytes:
            raise LimitError(f"more than {limits.archive_bytes} bytes unpacked; the rest is not read")
