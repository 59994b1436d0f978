"""What lies in vendor/: every file with its hash, and the header of every Go file; each is read once."""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.go import imports, modulestxt
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.go.imports import SourceHeader
    from attest.model.limits import Limits
    from attest.model.ports import Entry, Tree

VENDOR: Final = "vendor"
_VERSION_CONTROL: Final = frozenset({".bzr", ".git", ".hg", ".svn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedTree:
    """The regular files of a directory: SHA-256 (hexadecimal) by name relative to it.

    `directories` holds the names in each directory that has files, "" being the directory itself. `headers`
    are those of the Go files, by the SHA-256 of the whole file; `cut` are those of them that were longer than
    what is read of a Go file. `irregular` are names that are neither regular files nor directories.
    `listings` are the directories as the tree listed them, by their names in it.
    """

    files: Mapping[str, str]
    directories: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, SourceHeader]
    irregular: tuple[str, ...]
    cut: frozenset[str]
    listings: Mapping[str, tuple[Entry, ...]]


def directories_of(files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The base names in each directory of the named files, sorted; "" is the top."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(files):
        directory, base = posixpath.split(name)
        found[directory].append(base)
    return {directory: tuple(names) for directory, names in found.items()}


def read_vendor(tree: Tree, *, limits: Limits) -> HashedTree:
    """Everything in vendor/ but modules.txt.

    Raises `LimitError` for a tree beyond `limits`, `ReadError` for a file that cannot be read.
    """
    return _read(tree, VENDOR, limits, module=False)


def read_module(tree: Tree, root: str, *, limits: Limits) -> HashedTree:
    """The files of a module that lies in the directory `root` of a tree, as a local replacement does.

    Directories with a go.mod of their own are other modules, and version control directories are nobody's.
    Raises as `read_vendor`.
    """
    return _read(tree, root, limits, module=True)


def _read(tree: Tree, root: str, limits: Limits, *, module: bool) -> HashedTree:
    files: dict[str, str] = {}
    headers: dict[str, SourceHeader] = {}
    irregular: list[str] = []
    cut: set[str] = set()
    listings: dict[str, tuple[Entry, ...]] = {}
    longest = limits.go_source_header_bytes
    for directory, entries in _walk(tree, root, limits, module=module):
        listings[directory] = entries
        for entry in entries:
            file = posixpath.join(directory, entry.name)
            if entry.kind == "directory" or file == modulestxt.NAME:
                continue
            name = file[len(root) + 1 :] if root else file
            if entry.kind != "file":
                irregular.append(name)
                continue
            with tree.open(file) as opened:
                sha256 = hashlib.sha256(opened.data).hexdigest()
                if name.endswith(".go") and sha256 not in headers:
                    headers[sha256] = imports.read(bytes(opened.data[:longest]))
                    if opened.size > longest:
                        cut.add(sha256)
            files[name] = sha256
    return HashedTree(
        files=files,
        directories=directories_of(files),
        headers=headers,
        irregular=tuple(irregular),
        cut=frozenset(cut),
        listings=listings,
    )


def _walk(tree: Tree, root: str, limits: Limits, *, module: bool) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    seen = 0
    pending = [root]
    while pending:
        directory = pending.pop()
        entries = tree.entries(directory)
        seen += len(entries)
        if seen > limits.tree_entries or directory.count("/") > limits.tree_depth:
            raise LimitError(
                f"{root or tree.label} has too many or too deep directories", place=Place(file=directory)
            )
        if module and directory != root and any(each.name == "go.mod" for each in entries):
            continue
        yield directory, entries
        pending += [
            posixpath.join(directory, each.name)
            for each in reversed(entries)
            if each.kind == "directory" and not (module and each.name in _VERSION_CONTROL)
        ]
