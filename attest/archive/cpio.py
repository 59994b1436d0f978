"""The cpio archives in RPM packages.

Sources: cpio(5) of the BSDs (the "new ASCII" format); rpm's lib/cpio.h (its form for files
of 4 GiB and more).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.archive.member import Link, Member
from attest.archive.part import Part, exactly, skip
from attest.errors import FormatError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.archive.member import Item, Stream
    from attest.model.limits import Limits

_NEW: Final = (b"070701", b"070702")
#: The rest of the header is the number of a file whose metadata stands in the RPM header alone.
_STRIPPED: Final = b"07070X"
_HEADER: Final = 110
_KIND, _REGULAR, _LINK = 0o170000, 0o100000, 0o120000


def read_cpio(stream: Stream, limits: Limits) -> Iterator[Item]:
    """The regular files of an archive. Raises `FormatError` where it is damaged or cut off."""
    while True:
        magic = exactly(stream, 6, "a cpio header")
        if magic == _STRIPPED:
            raise FormatError("a cpio archive of files of 4 GiB and more, which is not read")
        if magic not in _NEW:
            raise FormatError("a damaged cpio header")
        fields = exactly(stream, _HEADER - 6, "a cpio header")
        try:
            values = [int(fields[at : at + 8], 16) for at in range(0, len(fields), 8)]
        except ValueError as error:
            raise FormatError("a damaged cpio header") from error
        mode, size, named = values[1], values[6], values[11]
        if named > limits.archive_header_bytes:
            raise LimitError(f"a cpio header of {named} bytes")
        name = exactly(stream, named, "a cpio header").split(b"\0", 1)[0].decode("utf-8", "replace")
        skip(stream, -(_HEADER + named) % 4, "a cpio header")
        if name == "TRAILER!!!":
            break
        if mode & _KIND == _LINK and size <= limits.archive_header_bytes:
            target = exactly(stream, size, "the content of a member")
            skip(stream, -size % 4, "the content of a member")
            yield Link(name=name, target=target.decode("utf-8", "replace"))
        elif mode & _KIND == _REGULAR:
            part = Part(stream=stream, left=size)
            yield Member(name=name, size=size, content=part)
            part.finish()
            skip(stream, -size % 4, "the content of a member")
        else:
            skip(stream, size + -size % 4, "the content of a member")
