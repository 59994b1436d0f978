"""What the reader of an archive gives: members with their content as a stream, and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

ArchiveFormat = Literal["tar", "zip", "deb", "rpm", "apk"]


class Stream(Protocol):
    """Bytes in order, as a decompressor gives them."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes, fewer where no more come at once; b"" at the end and only there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A regular file in an archive. `content` must be read before the next member is asked for.

    `name` is as the archive has it, without "./" and "/" before it; `size` is what its header says.
    """

    name: str
    size: int
    content: Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic or hard link in an archive, which nobody follows, and what it says to lead to."""

    name: str
    target: str


Item = Member | Link | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An archive: what it is, how it is compressed ("" for not at all), and what is in it.

    `items` gives members, links and, between them, sentences about what could not be read. It raises
    `attest.errors.FormatError` or `LimitError` where nothing behind that place can be.
    """

    format: ArchiveFormat
    compression: str
    items: Iterator[Item]
