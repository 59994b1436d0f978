"""A folder of small files that outlive a crash: each is on the disk, and whole, before `put` returns."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.edge.files import DirectoryTree
from attest.errors import LimitError, OutputError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SUFFIX: Final = ".json"
_ASIDE: Final = ".unreadable"
_CREATE: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
)
_HINT: Final = "signing needs a place beside what it signs where a few small files can be kept meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFolder:
    """`attest.model.ports.Journal` of the real file system; the folder is made with its first file."""

    folder: Path
    limits: Limits = DEFAULT_LIMITS

    @property
    def where(self) -> str:
        """The path of the folder."""
        return str(self.folder)

    def read(self) -> dict[str, bytes]:
        """All files by name; `ReadError` where the folder is none, `LimitError` beyond the limits."""
        if not os.path.lexists(self.folder):
            return {}
        tree = DirectoryTree.of(self.folder)
        names = [
            each.name
            for each in tree.entries()
            if each.kind == "file" and each.name.endswith(_SUFFIX) and not each.name.startswith(".")
        ]
        if len(names) > self.limits.journal_files:
            raise LimitError(
                f"{len(names)} files, more than the {self.limits.journal_files} that are read of a journal",
                place=Place(file=self.where),
                hint="take it away, and sign anew",
            )
        return {name: tree.read(name, self.limits.journal_bytes) for name in names}

    def put(self, name: str, data: bytes) -> None:
        """Write, bring it to the disk, move it into place, and bring that to the disk too."""
        temporary = self.folder / f".{name}.attest-tmp"
        try:
            self.folder.mkdir(exist_ok=True)
            with os.fdopen(os.open(temporary, _CREATE, 0o666), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / name)
            self._sync()
        except OSError as error:
            raise self._error(error) from error

    def set_aside(self, name: str) -> str:
        """Give it another name, under which it is not read again."""
        target = self.folder / f"{name.removesuffix(_SUFFIX)}{_ASIDE}"
        try:
            (self.folder / name).replace(target)
        except OSError as error:
            raise self._error(error) from error
        return str(target)

    def remove(self, names: Iterable[str]) -> None:
        """Remove these, what was never moved into place, and the folder where it is empty then."""
        try:
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
            if self.folder.is_dir():
                for each in self.folder.glob(".*.attest-tmp"):
                    each.unlink(missing_ok=True)
                if not any(self.folder.iterdir()):
                    self.folder.rmdir()
        except OSError as error:
            raise self._error(error) from error

    def _sync(self) -> None:
        """Bring the folder's names to the disk; Windows does that by itself and opens no folders."""
        if os.name == "nt":
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _error(self, error: OSError) -> OutputError:
        return OutputError(
            f"cannot keep the signing journal: {(error.strerror or str(error)).lower()}",
            place=Place(file=self.where),
            hint=_HINT,
        )
