"""The outside world as small interfaces.

What is real stands in `attest.edge`, its in-memory twin in tests/fakes.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

    from attest.model.trust_update import TufFiles

EntryKind = Literal["file", "directory", "symlink", "other"]


#: Bytes of a file that another names, as a policy its keys, by its path relative to that, up to a limit.
ReadBeside = Callable[[str, int], bytes]


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


class Answer(NamedTuple):
    """What a service answered; names of `headers` are in lower case.

    `repeated` tells that the request was sent more than once, and that one of those before may be done.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    repeated: bool = False


class Services(Protocol):
    """Calls of the services of a Sigstore instance, each within a deadline and tried again where that helps.

    `get` and `post` raise `attest.errors.ServiceError` where a service cannot be reached, goes on failing,
    redirects or answers more than `limit` bytes. What it refuses (4xx) is an answer.
    """

    def get(self, url: str, limit: int) -> Answer:
        """Ask for `url`."""
        ...

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        """Send `body`; the same bytes go out again where that may not have arrived."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass before asking again for what a service has not got ready yet."""
        ...


class Repository(Protocol):
    """A TUF repository: `attest.edge.tuf.TufRepository`."""

    def refresh(self, names: Iterable[str]) -> TufFiles:
        """The files of those names as the repository vouches for them now."""
        ...


class Journal(Protocol):
    """Small files that outlive a crash: once `put` returns, they are on the disk whole."""

    @property
    def where(self) -> str:
        """What to call it in messages."""
        ...

    def read(self) -> Mapping[str, bytes]:
        """All of it by name, empty where there is none."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keep one, in the place of one of that name; `attest.errors.OutputError` where it cannot be."""
        ...

    def set_aside(self, name: str) -> str:
        """Take one that cannot be read out of the way; its new name."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove these, and the folder with the last of all."""
        ...


class Sink(Protocol):
    """Where results go. All or nothing: no file changes unless every one could be written."""

    def write(self, files: dict[str, bytes], *, private: AbstractSet[str] = frozenset()) -> None:
        """Write each file, replacing what is there; those in `private` for their owner alone.

        Raises `attest.errors.OutputError` where one cannot be written, and then changes nothing.
        """
        ...
