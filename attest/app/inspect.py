"""Look into executables: each file opened once, hashed and read from the same bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.edge.files import DirectoryTree
from attest.errors import LimitError, NothingToVerifyError
from attest.exe.identity import identify
from attest.exe.inspect import inspect, looks_executable
from attest.model.binary import InspectedFile
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attest.exe.locate import Located
    from attest.model.binary import Depth
    from attest.model.limits import Limits
    from attest.model.ports import Tree

    #: Gives, for a path as the user wrote it, the tree that the file is in and its name there.
    TreeOf = Callable[[str], tuple[Tree, str]]
    #: Gives, for such a path, the tree below it; None where it is no directory.
    FolderOf = Callable[[str], Tree | None]
    #: A file: its tree, its name there, how the user calls it, and whether it was named and not found.
    _Wanted = tuple[Tree, str, str, bool]

#: Files from which on processes are started: that takes as long as a few files do.
ENOUGH: Final[Mapping[Depth, int]] = {"full": 8, "hashed": 128, "headers": 128}

#: Bytes from which on a file is hashed beside: a thread takes as long to start as some MiB to hash.
LARGE: Final = 16 << 20


def inspect_file(
    tree: Tree, name: str, *, path: str | None = None, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS
) -> InspectedFile:
    """One file of a tree, called `path` in the result (default: its name), looked into to a `depth`.

    Raises `attest.errors.ReadError` where it cannot be read or changes meanwhile; content raises nothing.
    """
    with tree.open(name) as file:
        return _file(file.data, name if path is None else path, _Manner(depth=depth, limits=limits))


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
    wanted = [(*tree_of(path), path, True) for path in paths]
    return tuple(
        each
        for files in _looked(wanted, _Manner(depth=depth, limits=limits, whole=True), jobs)
        for each in files
    )


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
    wanted: list[_Wanted] = []
    for path in paths:
        folder = folder_of(path)
        if folder is None:
            wanted.append((*tree_of(path), path, True))
            continue
        wanted += [(folder, name, f"{path.rstrip('/')}/{name}", False) for name in _below(folder, limits)]

    found = _looked(wanted, _Manner(depth=depth, limits=limits), jobs)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How files are looked into; `whole` takes archives as the files that they are."""

    depth: Depth
    limits: Limits
    whole: bool = False


def _looked(wanted: Sequence[_Wanted], manner: _Manner, jobs: int) -> list[tuple[InspectedFile, ...]]:
    """What is in each file, in their order, by several processes where that is quicker than to do it here."""
    found: dict[int, tuple[InspectedFile, ...]] = {}
    if len(wanted) >= ENOUGH[manner.depth] and all(isinstance(tree, DirectoryTree) for tree, *_ in wanted):
        from attest.app import processes

        if count := processes.wanted(jobs):
            order = range(len(wanted))
            found = processes.apply(_look, manner, wanted, order=order, count=count)
    left = [index for index in range(len(wanted)) if index not in found]
    workers = min(jobs or os.cpu_count() or 1, len(left))
    if workers <= 1:
        found |= {index: _look(manner, wanted[index]) for index in left}
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=workers) as pool:
            looked = pool.map(lambda index: _look(manner, wanted[index]), left)
            found |= zip(left, looked, strict=True)
    return [found[index] for index in range(len(wanted))]


def _look(manner: _Manner, wanted: _Wanted) -> tuple[InspectedFile, ...]:
    tree, name, path, named = wanted
    with tree.open(name) as file:
        if manner.whole:
            return (_file(file.data, path, manner),)
        return _found_in(file.data, path, manner, named=named)


def _found_in(data: memoryview, path: str, manner: _Manner, *, named: bool) -> tuple[InspectedFile, ...]:
    if not looks_executable(bytes(data[:64])):
        from attest.app.inspect_archive import inspect_archive

        found = inspect_archive(data, path, depth=manner.depth, limits=manner.limits)
        if found is not None:
            return found if named or len(found) > 1 or found[0].report.notes else ()
        if not named:
            return ()
    return (_file(data, path, manner),)


def _file(data: memoryview, path: str, manner: _Manner) -> InspectedFile:
    if manner.depth != "full" or len(data) < LARGE:
        report = inspect(data, depth=manner.depth, limits=manner.limits)
        return InspectedFile(path=path, identity=identify(data, depth=manner.depth), report=report)
    from concurrent.futures import ThreadPoolExecutor

    # To hash needs no interpreter, so that the functions are read meanwhile.
    with ThreadPoolExecutor(max_workers=1) as pool:
        identity = pool.submit(identify, data, depth=manner.depth)
        report = inspect(data, depth=manner.depth, limits=manner.limits)
        return InspectedFile(path=path, identity=identity.result(), report=report)
