"""Look into executables: each file opened once, hashed and read from the same bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attest.errors import LimitError, NothingToVerifyError
from attest.exe.identity import identify
from attest.exe.inspect import inspect, looks_executable
from attest.model.binary import InspectedFile
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.exe.locate import Located
    from attest.model.binary import Depth
    from attest.model.limits import Limits
    from attest.model.ports import Tree

    #: Gives, for a path as the user wrote it, the tree that the file is in and its name there.
    TreeOf = Callable[[str], tuple[Tree, str]]
    #: Gives, for such a path, the tree below it; None where it is no directory.
    FolderOf = Callable[[str], Tree | None]


def inspect_file(
    tree: Tree, name: str, *, path: str | None = None, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS
) -> InspectedFile:
    """One file of a tree, called `path` in the result (default: its name), looked into to a `depth`.

    Raises `attest.errors.ReadError` where it cannot be read or changes meanwhile; content raises nothing.
    """
    with tree.open(name) as file:
        return InspectedFile(
            path=name if path is None else path,
            identity=identify(file.data, depth=depth),
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


def inspect_targets(
    paths: Sequence[str],
    *,
    tree_of: TreeOf,
    folder_of: FolderOf,
    jobs: int = 0,
    depth: Depth = "full",
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[InspectedFile, ...]:
    """Every file that is named, and of directories the executables and archives below them, in order.

    An archive is followed by the executables in it, which are called ARCHIVE!MEMBER; one in a directory
    is left out where it holds none and all of it could be read. Links in directories are not followed.
    Raises `attest.errors.ReadError` for what cannot be read, `attest.errors.LimitError` for a directory of
    too many files or too many levels, `attest.errors.NothingToVerifyError` where there is no file at all.
    """
    wanted: list[tuple[Tree, str, str, bool]] = []
    for path in paths:
        folder = folder_of(path)
        if folder is None:
            wanted.append((*tree_of(path), path, True))
            continue
        wanted += [(folder, name, f"{path.rstrip('/')}/{name}", False) for name in _below(folder, limits)]

    def one(item: tuple[Tree, str, str, bool]) -> tuple[InspectedFile, ...]:
        tree, name, path, named = item
        with tree.open(name) as file:
            return _look(file.data, path, named=named, depth=depth, limits=limits)

    workers = min(jobs or os.cpu_count() or 1, len(wanted))
    if workers <= 1:
        found = [one(item) for item in wanted]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=workers) as pool:
            found = list(pool.map(one, wanted))
    told = tuple(each for files in found for each in files)
    if not told:
        raise NothingToVerifyError(
            f"{paths[0]} holds no executable", hint="name a file, or the directory that holds the artifacts"
        )
    return told


def _below(folder: Tree, limits: Limits) -> list[str]:
    """The regular files below a directory."""
    from attest.app.inventory import walk

    files: list[str] = []
    for name, entry in walk(folder, "", limits):
        if entry.kind == "file":
            files.append(name)
        if len(files) > limits.release_files:
            raise LimitError(
                f"more than {limits.release_files} files",
                place=Place(file=folder.label),
                hint="name a smaller directory",
            )
    return files


def _look(
    data: memoryview, path: str, *, named: bool, depth: Depth, limits: Limits
) -> tuple[InspectedFile, ...]:
    if not looks_executable(bytes(data[:64])):
        from attest.app.inspect_archive import inspect_archive

        found = inspect_archive(data, path, depth=depth, limits=limits)
        if found is not None:
            return found if named or len(found) > 1 or found[0].report.notes else ()
        if not named:
            return ()
    report = inspect(data, depth=depth, limits=limits)
    return (InspectedFile(path=path, identity=identify(data, depth=depth), report=report),)
