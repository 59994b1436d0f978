"""The h1 hash, by which go.sum knows module zips and go.mod files.

It is "h1:" and the base64 form of the SHA-256 of one line for each file, sorted by name: the SHA-256 of its
content in hexadecimal, two spaces, its name, a line feed.

Source: golang.org/x/mod/sumdb/dirhash (Hash1, DirFiles); cmd/go/internal/modfetch (goModSum).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.model.limits import Limits
    from attest.model.ports import Entry, Tree

_NOTHING: Final[Mapping[str, tuple[int, str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files below a directory as they are listed: their names in the tree, with their sizes in bytes.

    `state` tells their contents from any others on this machine, as `attest.model.ports.Entry.identity` does,
    and is "" where that is not certain.
    """

    files: tuple[tuple[str, int], ...]
    state: str


def h1(manifest: Iterable[tuple[str, str]]) -> str:
    """The hash of a list of files, each a name and the SHA-256 of its content in hexadecimal.

    Raises `FormatError` for a name with a line feed, which the hash has no way to write.
    """
    digest = hashlib.sha256()
    for name, sha256 in sorted(manifest):
        if "\n" in name:
            raise FormatError(f"{name!r}: filenames with newlines are not supported", hint="rename the file")
        digest.update(f"{sha256}  {name}\n".encode())
    return f"h1:{base64.b64encode(digest.digest()).decode()}"


def go_mod(data: bytes | memoryview) -> str:
    """The hash of a go.mod: of the one name `go.mod` with these bytes."""
    return h1([("go.mod", hashlib.sha256(data).hexdigest())])


def listing(tree: Tree, root: str, *, limits: Limits) -> Listing:
    """The files below `root`, none of which is read.

    The go command hashes what a symbolic link leads to; module zips hold none, so that one here is a
    `FormatError` at its place, as is everything else that is neither file nor directory. Raises `LimitError`
    where there is more than in any module zip that `limits` allow, and `ReadError` for what cannot be read.
    """
    found: list[tuple[str, int]] = []
    total = 0
    state = hashlib.sha256()
    certain = True
    for name, entry in _files(tree, root, limits):
        total += entry.size
        if total > limits.module_zip_bytes or len(found) >= limits.module_zip_entries:
            raise LimitError(
                "more files or bytes up to here than a module can have",
                place=Place(file=f"{tree.label}/{name}"),
                hint="remove the module's directory and run `go mod download`",
            )
        found.append((name, entry.size))
        certain = certain and bool(entry.identity)
        state.update(f"{name}\0{entry.identity}\0".encode("utf-8", "surrogateescape"))
    return Listing(files=tuple(found), state=state.hexdigest() if certain else "")


def directory(
    tree: Tree, listed: Listing, root: str, prefix: str, *, known: Mapping[str, tuple[int, str]] = _NOTHING
) -> tuple[tuple[str, str], ...]:
    """The name and SHA-256 (hexadecimal) of every file `listed` below `root`, sorted, as `h1` takes them.

    `prefix` stands for `root` in the names, for instance `example.com/x@v1.0.0`. `known` gives size and
    SHA-256 of files that were read just now, by their names in the tree. Raises `ReadError` for what cannot
    be read.
    """
    found: list[tuple[str, str]] = []
    for name, size in listed.files:
        read_as, digest = known.get(name, (-1, ""))
        if read_as != size:
            with tree.open(name) as file:
                digest = hashlib.sha256(file.data).hexdigest()
        found.append((f"{prefix}{name.removeprefix(root)}", digest))
    return tuple(sorted(found))


def _files(tree: Tree, root: str, limits: Limits) -> Iterator[tuple[str, Entry]]:
    """The files below `root`, by their names in the tree."""
    pending = [(root, 0)]
    while pending:
        folder, depth = pending.pop()
        if depth > limits.tree_depth:
            raise LimitError(
                f"more than {limits.tree_depth} directories deep", place=Place(file=f"{tree.label}/{folder}")
            )
        for entry in tree.entries(folder):
            name = f"{folder}/{entry.name}"
            if entry.kind == "directory":
                pending.append((name, depth + 1))
            elif entry.kind == "file":
                yield name, entry
            else:
                raise FormatError(
                    "is a symbolic link" if entry.kind == "symlink" else "is no regular file",
                    place=Place(file=f"{tree.label}/{name}"),
                    hint="module zips hold files alone: remove the module's directory and download it again",
                )
