"""The outside world as small interfaces.

What is real stands in `attest.edge`, its in-memory twin in tests/fakes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

EntryKind = Literal["file", "directory", "symlink", "other"]


class Entry(NamedTuple):  # one of tens of thousands: a tuple is made in a third of the time
    """One name in a directory, as `lstat` sees it: links are never followed.

    `identity` tells this content of a file from every earlier and later one on this machine. It is "" where
    that is not certain, as for a file that was changed so lately that its times may not show the next change.
    """

    name: str
    kind: EntryKind
    size: int = 0
    identity: str = ""


class OpenFile(Protocol):
    """A file that was opened once; all its bytes are read through this one handle."""

    @property
    def size(self) -> int:
        """Size in bytes when it was opened."""
        ...

    @property
    def data(self) -> memoryview:
        """All bytes, mapped, not copied; valid until the context ends."""
        ...


class Tree(Protocol):
    """A read-only directory tree. Names are relative to its root, with slashes; "" is the root.

    Every method raises `attest.errors.ReadError` where the thing is absent, of another kind, outside
    the tree or unreadable.
    """

    @property
    def label(self) -> str:
        """What to call the tree in messages, for instance the path that the user gave."""
        ...

    @property
    def where(self) -> str:
        """What tells the tree from every other one on this machine, however the user called it."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether a regular file or directory of that name is there (no link is followed)."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a regular file; `attest.errors.LimitError` where there are more than `limit`."""
        ...

    def open(self, name: str) -> AbstractContextManager[OpenFile]:
        """A regular file, mapped for as long as the context lasts."""
        ...

    def entries(self, name: str = "") -> tuple[Entry, ...]:
        """The names directly in a directory, sorted."""
        ...


class Cache(Protocol):
    """What is remembered between runs. Nothing in it is proven, and nothing of it need be there again."""

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, None where nothing is known of it."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Remember `value`; where that fails, nothing happens."""
        ...


class Downloads(Protocol):
    """What is asked of module proxies; nothing that it gives is proven."""

    def open(self, url: str, limit: int) -> AbstractContextManager[OpenFile | None]:
        """The content of an http, https or file URL; None where it is not there (404 and 410 for http).

        Raises `attest.errors.ServiceError` for every other failure, and `attest.errors.LimitError` where
        there are more than `limit` bytes.
        """
        ...


class Sink(Protocol):
    """Where results go. All or nothing: no file changes unless every one could be written."""

    def write(self, files: dict[str, bytes], *, private: AbstractSet[str] = frozenset()) -> None:
        """Write each file, replacing what is there; those in `private` for their owner alone.

        Raises `attest.errors.OutputError` where one cannot be written, and then changes nothing.
        """
        ...
