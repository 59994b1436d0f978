"""Look into executables: each file opened once, hashed and read from the same bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attest.exe.identity import identify
from attest.exe.inspect import inspect
from attest.model.binary import InspectedFile
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.exe.locate import Located
    from attest.model.binary import Depth
    from attest.model.limits import Limits
    from attest.model.ports import Tree

    #: Gives, for a path as the user wrote it, the tree that the file is in and its name there.
    TreeOf = Callable[[str], tuple[Tree, str]]


def inspect_file(
    tree: Tree, name: str, *, path: str | None = None, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS
) -> InspectedFile:
    """One file of a tree, called `path` in the result (default: its name), looked into to a `depth`.

    Raises `attest.errors.ReadError` where it cannot be read or changes meanwhile; content raises nothing.
    """
    with tree.open(name) as file:
        return InspectedFile(
            path=name if path is None else path,
            identity=identify(file.data),
            report=inspect(file.data, depth=depth, limits=limits),
        )


def locate_in(tree: Tree, name: str, place: int, *, limits: Limits = DEFAULT_LIMITS) -> Located:
    """The function at a place in a file; raises `ReadError`, and `UsageError` where the file cannot tell."""
    from attest.exe.locate import locate

    with tree.open(name) as file:
        return locate(file.data, place, limits)


def inspect_paths(
    paths: Sequence[str],
    *,
    tree_of: TreeOf,
    jobs: int = 0,
    depth: Depth = "full",
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[InspectedFile, ...]:
    """Every file, in the order given; `jobs` are read at once, 0 is one for each processor.

    Raises `attest.errors.ReadError` for the first file in that order that cannot be read.
    """

    def one(path: str) -> InspectedFile:
        tree, name = tree_of(path)
        return inspect_file(tree, name, path=path, depth=depth, limits=limits)

    workers = min(jobs or os.cpu_count() or 1, len(paths))
    if workers <= 1:
        return tuple(one(path) for path in paths)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return tuple(pool.map(one, paths))
