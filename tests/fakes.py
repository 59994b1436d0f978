"""In-memory twins of the outside world (attest.model.ports)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.errors import LimitError, OutputError, ReadError, ServiceError
from attest.model.place import Place
from attest.model.ports import Answer, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from attest.model.checkout import Checkout
    from attest.trust.keys import Hash, PrivateKey


@dataclass(frozen=True)
class MemoryFile:
    """The twin of a mapped file."""

    data: memoryview

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass
class MemoryTree:
    """The twin of attest.edge.files.DirectoryTree: names to bytes, with faults on demand.

    Where it is `identified`, listings tell one content of a file from another.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    label: str = "memory"
    unreadable: frozenset[str] = frozenset()
    symlinks: frozenset[str] = frozenset()
    identified: bool = False

    @property
    def where(self) -> str:
        return self.label

    def _names(self) -> set[str]:
        return {*self.files, *self.unreadable, *self.symlinks}

    def _is_directory(self, name: str) -> bool:
        return not name or any(each.startswith(f"{name}/") for each in self._names())

    def exists(self, name: str) -> bool:
        return name in self.files or name in self.unreadable or self._is_directory(name)

    def read(self, name: str, limit: int) -> bytes:
        place = Place(file=name)
        if name in self.unreadable:
            raise ReadError("permission denied", place=place, hint="make the file readable")
        if name not in self.files:
            what = "is a directory, not a file" if self._is_directory(name) else "no such file"
            raise ReadError(what, place=place, hint="check the name")
        if len(self.files[name]) > limit:
            raise LimitError(f"larger than {limit} bytes", place=place)
        return self.files[name]

    @contextmanager
    def open(self, name: str) -> Iterator[MemoryFile]:
        yield MemoryFile(memoryview(self.read(name, 1 << 40)))

    def entries(self, name: str = "") -> tuple[Entry, ...]:
        prefix = f"{name}/" if name else ""
        if not self._is_directory(name):
            raise ReadError("no such directory", place=Place(file=name), hint="check the name")
        found: dict[str, Entry] = {}
        for path in sorted(self._names()):
            if not path.startswith(prefix):
                continue
            first, _, rest = path.removeprefix(prefix).partition("/")
            if rest:
                found[first] = Entry(name=first, kind="directory")
            elif path in self.symlinks:
                found[first] = Entry(name=first, kind="symlink")
            else:
                data = self.files.get(path, b"")
                identity = f"{path} {hash(data)}" if self.identified else ""
                found[first] = Entry(name=first, kind="file", size=len(data), identity=identity)
        return tuple(found[each] for each in sorted(found))


@dataclass
class MemoryCache:
    """The twin of attest.edge.cache.DiskCache; `found` and `missed` are the keys that were asked for."""

    entries: dict[str, bytes] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def get(self, key: str) -> bytes | None:
        (self.found if key in self.entries else self.missed).append(key)
        return self.entries.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.entries[key] = value


@dataclass
class MemorySink:
    """The twin of attest.edge.files.FileSink; `full` is a disk with no space left."""

    written: dict[str, bytes] = field(default_factory=dict)
    full: bool = False
    private: frozenset[str] = frozenset()

    def write(self, files: dict[str, bytes], *, private: AbstractSet[str] = frozenset()) -> None:
        if self.full:
            raise OutputError("no space left on device", place=Place(file=next(iter(files))))
        self.written.update(files)
        self.private = self.private | private


@dataclass
class MemoryDownloads:
    """The twin of attest.edge.proxy.ProxyDownloads: URLs to bytes; `failing` hosts answer 500."""

    files: dict[str, bytes] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, url: str, limit: int) -> Iterator[MemoryFile | None]:
        self.asked.append(url)
        host = url.split("/")[2]
        if host in self.failing:
            raise ServiceError(f"{host} answered 500", hint="try again")
        data = self.files.get(url)
        if data is not None and len(data) > limit:
            raise LimitError(f"{host} sends more than the {limit} bytes", hint="try again")
        yield None if data is None else MemoryFile(memoryview(data))


@dataclass
class MemoryRepository:
    """The twin of attest.edge.git.GitRepository: what is checked out, or why nobody knows, and its files."""

    found: Checkout | str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0

    @property
    def top(self) -> MemoryTree:
        return MemoryTree(self.files)

    def checkout(self) -> Checkout:
        self.asked += 1
        if isinstance(self.found, str):
            raise ReadError(self.found)
        return self.found

    def committed(self, name: str, limit: int) -> bytes | None:
        content = self.files.get(name)
        if content is not None and len(content) > limit:
            raise LimitError(f"{name} is too large")
        return content


@dataclass
class MemoryKey:
    """A key that lies elsewhere (attest.signing.external.KeySource); `told` is said to be its public key."""

    key: PrivateKey
    told: bytes = b""
    where: str = "memory"
    asked: list[str] = field(default_factory=list)

    def public_key(self) -> bytes:
        return self.told or self.key.public.pem

    def sign(self, what: str, data: bytes) -> bytes:
        self.asked.append(what)
        if what == "message":
            return self.key.sign_message(data)
        algorithms: dict[str, Hash] = {"sha256": "sha256", "sha384": "sha384"}
        return self.key.sign_digest(data, algorithms[what])


@dataclass
class MemoryServices:
    """The twin of attest.edge.services.ServiceCalls: answers by URL, the last one for ever."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    waited: float = 0

    def get(self, url: str, limit: int) -> Answer:
        return self.post(url, b"", {}, limit)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:  # noqa: ARG002 - a twin
        self.asked.append((url, body))
        planned = self.answers.get(url)
        if not planned:
            raise ServiceError(f"cannot reach {url}", hint="try again")
        return planned.pop(0) if len(planned) > 1 else planned[0]

    def wait(self, seconds: float) -> None:
        self.waited += seconds


@dataclass
class MemoryJournal:
    """The twin of attest.edge.journal.JournalFolder."""

    files: dict[str, bytes] = field(default_factory=dict)
    aside: dict[str, bytes] = field(default_factory=dict)
    where: str = "journal"

    def read(self) -> dict[str, bytes]:
        return dict(self.files)

    def put(self, name: str, data: bytes) -> None:
        self.files[name] = data

    def set_aside(self, name: str) -> str:
        self.aside[name] = self.files.pop(name)
        return f"{name}.aside"

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self.files.pop(name, None)
