"""The release of a test case: a directory that is read once, and changes of it that are made in memory."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.app.inventory import read_bytes
from attest.errors import FormatError
from attest.model.release import Inventory, ReleaseFile
from attest.policy.glob import glob_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.app.inventory import Scanner
    from attest.model.limits import Limits
    from attest.model.ports import ReadBeside, Tree
    from attest.policy.cases import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A directory and what lies in it."""

    tree: Tree
    inventory: Inventory


@dataclass(slots=True)
class _Held:
    """A file of the release, and where its bytes are to be had."""

    file: ReleaseFile
    data: Callable[[int], bytes]


class Fixture:
    """A release under change; nothing of it is ever written."""

    def __init__(self, folder: Folder, *, limits: Limits, scan: Scanner | None) -> None:
        self._label = folder.inventory.label
        self._limits = limits
        self._scan = scan
        self._files: dict[str, _Held] = {}
        self._take(folder)

    def _take(self, folder: Folder) -> None:
        for file in folder.inventory.files:
            self._files[file.path] = _Held(file, _reader(folder.tree, file.path))

    def inventory(self) -> Inventory:
        """What lies in the release now."""
        return Inventory(
            label=self._label, files=tuple(self._files[path].file for path in sorted(self._files))
        )

    def add_evidence(self, folder: Folder, change: Change) -> None:
        """Lay the files of a folder into the release; `FormatError` where there is one of the name."""
        for file in folder.inventory.files:
            self._absent(file.path, change)
        self._take(folder)

    def apply(self, changes: Iterable[Change], read_beside: ReadBeside) -> None:
        """Make the changes one after the other.

        Raises `FormatError`, with the place of the change, where a file is not there or one that is in the
        way, and what `read_beside` raises for the files that the changes name.
        """
        for change in changes:
            match change.kind:
                case "remove":
                    self._remove(change)
                case "rename":
                    held = self._files.pop(self._present(change.paths[0], change))
                    self._absent(change.to, change)
                    self._files[change.to] = _renamed(held, change.to)
                case "append":
                    path = self._present(change.paths[0], change)
                    self._put(path, self._files[path].data(self._limits.fixture_bytes) + change.data)
                case _:
                    (path,) = change.paths
                    if change.kind == "replace":
                        self._present(path, change)
                    else:
                        self._absent(path, change)
                    data = read_beside(change.file, self._limits.fixture_bytes) if change.file else None
                    self._put(path, change.data if data is None else data)

    def _remove(self, change: Change) -> None:
        for pattern in change.paths:
            gone = [path for path in self._files if glob_matches(pattern, path)]
            if not gone:
                self._present(pattern, change)
            for path in gone:
                del self._files[path]

    def _put(self, path: str, data: bytes) -> None:
        file = read_bytes(path, memoryview(data), self._limits, self._scan)
        self._files[path] = _Held(file, lambda _: data)

    def _present(self, path: str, change: Change) -> str:
        if path in self._files and self._files[path].file.kind == "file":
            return path
        near = difflib.get_close_matches(path, self._files, n=1)
        raise FormatError(
            f"there is no file '{path}' in the release",
            place=change.place,
            hint=f"did you mean '{near[0]}'?" if near else f"name a file below {self._label}",
        )

    def _absent(self, path: str, change: Change) -> None:
        if path in self._files:
            raise FormatError(
                f"there is a file '{path}' in the release already",
                place=change.place,
                hint="replace it, or remove it before",
            )


def _renamed(held: _Held, path: str) -> _Held:
    """The same bytes under another name."""
    return _Held(replace(held.file, path=path), held.data)


def _reader(tree: Tree, path: str) -> Callable[[int], bytes]:
    return lambda limit: tree.read(path, limit)
