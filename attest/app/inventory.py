"""Read a release directory once: every file hashed, looked into and kept for judging from the same bytes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, LimitError
from attest.exe.identity import identify
from attest.exe.inspect import inspect, looks_executable
from attest.model.limits import DEFAULT_LIMITS, KIB, MIB, Limits
from attest.model.place import Place
from attest.model.release import Inventory, ReleaseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.binary import BinaryReport
    from attest.model.ports import Entry, Tree
    from attest.model.vulnerability import Scan

    Scanner = Callable[[memoryview, BinaryReport], Scan]

_TEXT_PROBE: Final = 4096
#: Files up to this size are read by one thread: handing such a one to another takes longer.
_SMALL: Final = 64 * KIB
#: Text that is no JSON (checksums, notes) is kept up to this size; SBOMs and bundles up to their limit.
_TEXT_KEPT: Final = 16 * MIB


def take_inventory(
    tree: Tree,
    *,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    done: Callable[[str], None] = lambda _: None,
    scan: Scanner | None = None,
) -> Inventory:
    """Every name below the release directory, sorted, each file opened once; links are listed, not followed.

    `jobs` files are read at once (0: one for each processor); `done` hears of each that is finished, and
    `scan` looks for known vulnerabilities in executables. A file that cannot be read is listed with its
    error: the verdict names it. Raises `ReadError` where the directory itself cannot be read, `LimitError`
    where it holds more than the limits allow.
    """
    entries = list(islice(walk(tree, "", limits), limits.release_files + 1))
    if len(entries) > limits.release_files:
        raise LimitError(
            f"more than {limits.release_files} files",
            place=Place(file=tree.label),
            hint="name the release alone",
        )

    def read(item: tuple[str, Entry]) -> ReleaseFile:
        path, entry = item
        plain = entry.kind == "file"
        file = read_file(tree, path, limits, scan) if plain else ReleaseFile(path=path, kind=entry.kind)
        done(path)
        return file

    large = [item for item in entries if item[1].size > _SMALL]
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        read_meanwhile = pool.map(read, large)
        files = [read(item) for item in entries if item[1].size <= _SMALL]
        files += read_meanwhile
    return Inventory(label=tree.label, files=tuple(sorted(files, key=lambda file: file.path)))


def walk(tree: Tree, folder: str, limits: Limits) -> Iterator[tuple[str, Entry]]:
    """Everything below a folder but directories that hold something; `LimitError` where that is too deep."""
    if folder.count("/") > limits.tree_depth:
        raise LimitError(f"folders more than {limits.tree_depth} deep", place=Place(file=folder))
    for entry in tree.entries(folder):
        path = f"{folder}/{entry.name}" if folder else entry.name
        empty = True
        if entry.kind == "directory":
            for found in walk(tree, path, limits):
                empty = False
                yield found
        if empty:
            yield path, entry


def read_file(
    tree: Tree, path: str, limits: Limits = DEFAULT_LIMITS, scan: Scanner | None = None
) -> ReleaseFile:
    """Open one file, hash it, look into it; an error becomes part of the result."""
    try:
        with tree.open(path) as file:
            return read_bytes(path, file.data, limits, scan)
    except AttestError as error:
        return ReleaseFile(path=path, kind="file", error=error.message)


def read_bytes(
    path: str, data: memoryview, limits: Limits = DEFAULT_LIMITS, scan: Scanner | None = None
) -> ReleaseFile:
    """What a file of these bytes is; executables are inspected, text and JSON are kept."""
    found = ReleaseFile(path=path, kind="file", identity=identify(data))
    if looks_executable(bytes(data[:64])):
        report = inspect(data, limits=limits)
        return replace(found, report=report, scan=scan(data, report) if scan else None)
    probe = bytes(data[:_TEXT_PROBE])
    kept = limits.sbom_bytes if probe.lstrip()[:1] in (b"{", b"[") else _TEXT_KEPT
    if b"\0" in probe or len(data) > kept:
        return found
    return replace(found, content=bytes(data))
