"""Module zips: the rules that their names and sizes keep, and the hash of every file in one.

A zip is read from mapped bytes, entry by entry; nothing is extracted. Sources: golang.org/x/mod/zip
(CheckZip, Unzip); golang.org/x/mod/sumdb/dirhash (HashZip).
"""

from __future__ import annotations

import hashlib
import posixpath
import zlib
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.go import semver, zip_archive
from attest.go.module_path import file_path_fault, major_fault, module_path_fault, split_major

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from attest.go.zip_archive import ZipEntry
    from attest.model.limits import Limits
    from attest.model.module import ModuleVersion
    from attest.model.place import Place

_HINT: Final = "remove it from the module cache and run `go mod download`"
_METHODS: Final = frozenset({zip_archive.STORED, zip_archive.DEFLATED})
_BROKEN: Final = (zip_archive.ZipError, zlib.error, UnicodeDecodeError)


def sha256(_name: str, pieces: Iterable[bytes | memoryview]) -> str:
    """The SHA-256 (hexadecimal) of an entry's content, which comes in pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def manifest(
    data: memoryview,
    module: ModuleVersion,
    *,
    limits: Limits,
    place: Place,
    digest: Callable[[str, Iterable[bytes | memoryview]], str] = sha256,
) -> tuple[tuple[str, str], ...]:
    """The name and SHA-256 (hexadecimal) of every entry, in the archive's order; directories are empty.

    The names are as stored, as `example.com/x@v1.0.0/x.go`. `digest` is given each name and content, of which
    it must take every piece, and gives the SHA-256. Raises `FormatError` at `place` for bytes that are no zip
    or break a rule of module zips, and `LimitError` where the archive, its contents or the number of its
    entries is larger than `limits` allow.
    """
    _check_module(module, place)
    if len(data) > limits.module_zip_bytes:
        raise LimitError(
            f"module zip file is too large ({len(data)} bytes; limit is {limits.module_zip_bytes} bytes)",
            place=place,
        )
    try:
        directory = zip_archive.find_directory(data)
        if directory.room > limits.module_zip_entries:
            raise LimitError(
                f"room for {directory.room} entries, more than {limits.module_zip_entries}",
                place=place,
                hint=_HINT,
            )
        entries = zip_archive.read_entries(data, directory)
        names = [each.name.decode() for each in entries]
        _check(names, entries, module, limits, place)
        return tuple(
            (name, digest(name, zip_archive.pieces(data, each)))
            for name, each in zip(names, entries, strict=True)
        )
    except _BROKEN as error:
        raise _unreadable(error, place) from error


def _unreadable(error: Exception, place: Place) -> FormatError:
    return FormatError(f"the module zip cannot be read: {error}", place=place, hint=_HINT)


def _check_module(module: ModuleVersion, place: Place) -> None:
    fault = module_path_fault(module.path)
    if not fault and semver.canonical(module.version) != module.version:
        fault = "its version is not canonical"
    suffix = split_major(module.path)
    fault = fault or (major_fault(module.version, suffix[1]) if suffix else "")
    if fault:
        raise FormatError(f"{module} cannot be a module zip: {fault}", place=place, hint=_HINT)


def _check(
    names: list[str], entries: Iterable[ZipEntry], module: ModuleVersion, limits: Limits, place: Place
) -> None:
    prefix = f"{module}/"
    paths: dict[str, tuple[str, bool]] = {}
    total = 0
    for stored, entry in zip(names, entries, strict=True):
        name = stored.removeprefix(prefix)
        fault = "" if stored.startswith(prefix) else f'path does not have prefix "{prefix}"'
        directory = stored.endswith("/")
        if name and not fault:
            fault = _name_fault(name.removesuffix("/"), directory=directory, paths=paths)
        if directory and entry.size:
            fault = fault or "a directory with content"
        if entry.method not in _METHODS or entry.encrypted:
            fault = fault or "compressed or encrypted in a way that module zips are not"
        if fault:
            raise FormatError(f"{stored}: {fault}", place=place, hint=_HINT)
        cap = limits.go_mod_bytes if name in ("go.mod", "LICENSE") else limits.module_zip_bytes
        total += entry.size
        if entry.size > cap or total > limits.module_zip_bytes:
            raise LimitError(
                f"{stored}: module contents too large (limit is {cap} bytes)", place=place, hint=_HINT
            )


def _name_fault(name: str, *, directory: bool, paths: dict[str, tuple[str, bool]]) -> str:
    above, _, base = name.rpartition("/")
    # A directory above that an earlier entry has was checked with that entry.
    unchecked = base if above and paths.get(_folded(above)) == (above, True) else name
    if unchecked is name and posixpath.normpath(name) != name:
        return "file path is not clean"
    if not directory and base.lower() == "go.mod" and name != "go.mod":
        return (
            "go.mod files must have lowercase names"
            if base == name
            else "go.mod file not in module root directory"
        )
    return file_path_fault(unchecked) or _collision(name, directory=directory, paths=paths)


def _collision(name: str, *, directory: bool, paths: dict[str, tuple[str, bool]]) -> str:
    """Why `name` or a directory above it clashes with an earlier entry, letter case aside."""
    while name:
        folded = _folded(name)
        known = paths.get(folded)
        if known is None:
            paths[folded] = (name, directory)
        elif known[0] != name:
            return f'case-insensitive file name collision: "{known[0]}" and "{name}"'
        elif known[1] != directory:
            return f'entry "{name}" is both a file and a directory'
        elif not directory:
            return f'multiple entries for file "{name}"'
        else:
            break  # a directory met before, and with it those above it
        name, directory = posixpath.dirname(name), True
    return ""


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else "".join(map(_fold, name))


def _fold(character: str) -> str:
    upper = character.upper()
    upper = upper if len(upper) == 1 else character
    lower = upper.lower()
    return lower if len(lower) == 1 else upper


def contents(data: memoryview, names: Collection[str], *, limits: Limits, place: Place) -> dict[str, bytes]:
    """The bytes of some entries of a module zip that `manifest` takes, by name as stored.

    Entries larger than `limits.go_source_header_bytes` are left out. Raises `FormatError` at `place` for a
    zip that cannot be read.
    """
    wanted = frozenset(names)
    try:
        entries = zip_archive.read_entries(data, zip_archive.find_directory(data))
        return {
            name: b"".join(zip_archive.pieces(data, each))
            for each in entries
            if each.size <= limits.go_source_header_bytes and (name := each.name.decode()) in wanted
        }
    except _BROKEN as error:
        raise _unreadable(error, place) from error


def sizes(data: memoryview, *, limits: Limits, place: Place) -> dict[str, int]:
    """The name as stored and the stated size of every entry; nothing is inflated.

    Raises `FormatError` at `place` for bytes that are no zip, `LimitError` where there is room for more
    entries than `limits` allow.
    """
    try:
        directory = zip_archive.find_directory(data)
        if directory.room > limits.module_zip_entries:
            raise LimitError(
                f"room for {directory.room} entries, more than {limits.module_zip_entries}",
                place=place,
                hint=_HINT,
            )
        return {each.name.decode(): each.size for each in zip_archive.read_entries(data, directory)}
    except _BROKEN as error:
        raise _unreadable(error, place) from error
