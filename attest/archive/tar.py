"""Tar archives as streams.

Sources: POSIX.1-2017, pax (ustar and pax headers); GNU tar's manual, "Basic Tar Format" (long names, sparse
files, numbers in base 256).
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

BLOCK: Final = 512
_DIGITS: Final = 19  # of the largest size that 63 bits hold
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_EXTENSIONS: Final = frozenset({_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL})
_REGULAR: Final = frozenset({b"0", b"\0", b"7"})
_LINKS: Final = frozenset({b"1", b"2"})
_SPARSE: Final = b"S"


def is_header(block: bytes) -> bool:
    """Whether a block is a tar header: its checksum is right."""
    if len(block) < BLOCK or not any(block):
        return False
    try:
        said = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    return said == sum(block[:148]) + 8 * 0x20 + sum(block[156:BLOCK])


def read_tar(stream: Stream, limits: Limits) -> Iterator[Item]:
    """The regular files and links of a tar archive, or of several, one behind the other.

    Directories and devices are passed over. Raises `FormatError` where the archive is damaged or cut off,
    `LimitError` where a header is too large.
    """
    extended: dict[str, str] = {}
    ended = False
    while block := exactly(stream, BLOCK, "a tar header", may_end=True):
        ended = not any(block)
        if ended:
            continue
        if not is_header(block):
            raise FormatError("a damaged tar header")
        size = _size(extended.get("size"), block)
        if block[156:157] in _EXTENSIONS:
            extended |= _extension(stream, block[156:157], size, limits)
            continue
        yield from _entry(stream, block, size, extended)
        extended = {}
    if not ended:  # some decompressors do not tell that they were cut off
        yield "the tar archive does not end as it should, and may be cut off"


def _extension(stream: Stream, kind: bytes, size: int, limits: Limits) -> dict[str, str]:
    """What a header says about the entry behind it; nothing for what says something of all entries."""
    if size > limits.archive_header_bytes:
        raise LimitError(f"a tar header of {size} bytes")
    content = exactly(stream, size, "a tar header")
    skip(stream, -size % BLOCK, "a tar header")
    if kind == _PAX:
        return _pax(content)
    key = {_LONG_NAME: "path", _LONG_LINK: "linkpath"}.get(kind)
    return {key: _text(content.split(b"\0", 1)[0])} if key else {}


def _entry(stream: Stream, block: bytes, size: int, extended: dict[str, str]) -> Iterator[Item]:
    kind = block[156:157]
    name = extended.get("GNU.sparse.name") or extended.get("path") or _name(block)
    if kind in _LINKS:
        yield Link(name=name, target=extended.get("linkpath") or _text(block[157:257].split(b"\0", 1)[0]))
    elif kind == _SPARSE or any(key.startswith("GNU.sparse.") for key in extended):
        yield f"{name} is sparse, and is not looked into"
    elif kind in _REGULAR and not name.endswith("/"):
        part = Part(stream=stream, left=size)
        yield Member(name=name, size=size, content=part)
        part.finish()
        skip(stream, -size % BLOCK, "the content of a member")
        return
    if kind not in _LINKS:  # old archives give a hard link the size of its file, and no content
        skip(stream, size + -size % BLOCK, "the content of a member")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _name(block: bytes) -> str:
    name = _text(block[:100].split(b"\0", 1)[0])
    if block[257:263] == b"ustar\0":
        prefix = _text(block[345:500].split(b"\0", 1)[0])
        return f"{prefix}/{name}" if prefix else name
    return name


def _size(said: str | None, block: bytes) -> int:
    field = block[124:136]
    try:
        if said is not None:
            size = int(said) if said.isascii() and said.isdigit() and len(said) <= _DIGITS else -1
        elif field[0] & 0x80:
            size = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        else:
            size = int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        size = -1
    if size < 0:
        raise FormatError("a tar header that says no size")
    return size


def _pax(content: bytes) -> dict[str, str]:
    """The records of a pax header: LENGTH KEY=VALUE and a newline, the length that of all of it."""
    found: dict[str, str] = {}
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + 20)
        digits = content[at:space] if space > 0 else b""
        if not digits.isdigit():
            raise FormatError("a damaged pax header")
        end = at + int(digits)
        key, equals, value = content[space + 1 : end].partition(b"=")
        if end <= space or end > len(content) or not equals:
            raise FormatError("a damaged pax header")
        found[_text(key)] = _text(value.removesuffix(b"\n"))
        at = end
    return found
