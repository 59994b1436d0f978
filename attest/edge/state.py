"""What attest remembers from run to run: tree heads of checksum databases, updated trust of Sigstore.

Sources: the XDG Base Directory Specification ($XDG_STATE_HOME) for Linux and wherever that is set; the
conventions of macOS (~/Library/Application Support) and Windows (%LOCALAPPDATA%) elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from attest.edge.files import DirectoryTree, FileSink, make_folder, read_error
from attest.errors import LimitError, OutputError, ReadError
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.limits import Limits

_HEAD: Final = re.compile(r"([0-9]{1,19})-[0-9a-f]{16}")
_HINT: Final = "point XDG_STATE_HOME to a folder that can be written to"


def state_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where attest keeps its state; nothing is made."""
    if chosen := environment.get("XDG_STATE_HOME"):
        return Path(chosen) / "attest"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "attest"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "attest"
    return home / ".local" / "state" / "attest"


def find_state_folder() -> Path:
    """The state folder of this user on this machine."""
    return state_folder(os.environ, Path.home(), sys.platform)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFolder:
    """Where the updated trust of a Sigstore instance is kept: `name` is what attest calls it, or a URL."""

    state: Path
    name: str

    @property
    def folder(self) -> Path:
        """Where all of it lies."""
        return self.state / "trust" / quote(self.name, safe="")

    @property
    def metadata(self) -> Path:
        """Where it is remembered what the TUF repository has said so far."""
        return self.folder / "tuf"

    @property
    def file(self) -> Path:
        """The one file that the trust itself stands in."""
        return self.folder / "trust.json"

    def read(self, limit: int) -> bytes | None:
        """The trust, None where there was no update yet.

        Raises `attest.errors.ReadError` for what is no regular file or cannot be read, and `LimitError`.
        """
        if not os.path.lexists(self.file):
            return None
        return DirectoryTree.of(self.folder).read(self.file.name, limit)

    def write(self, data: bytes) -> None:
        """Put it in the place of the old one, in one step; `OutputError` where that cannot be."""
        make_folder(str(self.folder))
        FileSink(self.folder).write({self.file.name: data})


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHeads:
    """The remembered tree heads of the database `name` whose key has the hash `key_hash`.

    Each stands in a file of its own, called by its number of records, and takes its place in one step. A
    run removes only those that it read and that its own continues: so runs at the same time lose nothing,
    and what two of them remembered is compared by the next.
    """

    state: Path
    name: str
    key_hash: str

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.state / "sumdb" / f"{quote(self.name, safe='')}+{self.key_hash}"

    def read(self, limits: Limits) -> dict[str, bytes]:
        """The remembered notes by file.

        Raises `attest.errors.ReadError` for what is no regular file or cannot be read, and `LimitError`
        beyond `limits`.
        """
        tree = DirectoryTree.of(self.folder)
        try:
            names = sorted(each.name for each in self.folder.iterdir() if not each.name.startswith("."))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise read_error(error, str(self.folder)) from error
        if len(names) > limits.sumdb_heads:
            message = f"{len(names)} remembered tree heads, more than the {limits.sumdb_heads} that are read"
            raise LimitError(message, place=Place(file=str(self.folder)), hint="find out who wrote them")
        found: dict[str, bytes] = {}
        for name in names:
            try:
                found[str(self.folder / name)] = tree.read(name, limits.note_bytes)
            except ReadError:
                # One that is gone by now was replaced by a run at the same time.
                if os.path.lexists(self.folder / name):
                    raise
        return found

    def remember(self, size: int, note: bytes, known: Iterable[str]) -> None:
        """Keep the note of a tree of `size` records; of the files `known` those of smaller trees go.

        Raises `OutputError` where it cannot be written.
        """
        sizes = {Path(file): int(found[1]) for file in known if (found := _HEAD.fullmatch(Path(file).name))}
        if size not in sizes.values():
            name = f"{size}-{hashlib.sha256(note).hexdigest()[:16]}"
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                message = f"cannot remember the tree head of {self.name}: {error.strerror or error}"
                raise OutputError(message, place=Place(file=str(self.folder)), hint=_HINT) from error
            FileSink(self.folder).write({name: note})
        for file, smaller in sizes.items():
            if smaller < size:
                file.unlink(missing_ok=True)
