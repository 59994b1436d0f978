"""Module zips: the rules that their names and sizes keep, and the hash of every file in one.

A zip is read from mapped bytes, entry by entry; nothing is extracted. Sources: golang.org/x/mod/zip
(CheckZip, Unzip); golang.org/x/mod/sumdb/dirhash (HashZip).
"""

from __future__ import annotations

import errno
import hashlib
import io
import posixpath
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.go import semver
from attest.go.module_path import file_path_fault, major_fault, module_path_fault, split_major

if TYPE_CHECKING:
    from collections.abc import Collection

    from attest.model.limits import Limits
    from attest.model.module import ModuleVersion
    from attest.model.place import Place

_CHUNK: Final = 1 << 20
_HINT: Final = "remove it from the module cache and run `go mod download`"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 1
_UTF8_NAMES: Final = 0x800
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_END64_LOCATOR: Final = b"PK\x06\x07"
_END64_LOCATOR_BYTES: Final = 20
_END64_BYTES: Final = 56
_MIN_ENTRY_BYTES: Final = 46
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)


class _View(io.RawIOBase):
    """Mapped bytes as a file; nothing is copied but what is read."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "before the start of the file")  # as a file of the system
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # io passes it a memoryview
        chunk = self._data[self._position : self._position + len(buffer)]
        buffer[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)


def manifest(
    data: memoryview, module: ModuleVersion, *, limits: Limits, place: Place
) -> tuple[tuple[str, str], ...]:
    """The name and SHA-256 (hexadecimal) of every entry, in the archive's order; directories are empty.

    The names are as stored, as `example.com/x@v1.0.0/x.go`. Raises `FormatError` at `place` for bytes that
    are no zip or break a rule of module zips, and `LimitError` where the archive, its contents or the number
    of its entries is larger than `limits` allow.
    """
    _check_module(module, place)
    if len(data) > limits.module_zip_bytes:
        raise LimitError(
            f"module zip file is too large ({len(data)} bytes; limit is {limits.module_zip_bytes} bytes)",
            place=place,
        )
    if (entries := _directory_bytes(data) // _MIN_ENTRY_BYTES) > limits.module_zip_entries:
        raise LimitError(
            f"room for {entries} entries, more than {limits.module_zip_entries}", place=place, hint=_HINT
        )
    try:
        with zipfile.ZipFile(io.BufferedReader(_View(data), _CHUNK)) as archive:
            found = archive.infolist()
            names = [_name(each) for each in found]
            _check(names, found, module, limits, place)
            return tuple((name, _digest(archive, each)) for name, each in zip(names, found, strict=True))
    except _BROKEN as error:
        raise FormatError(f"the module zip cannot be read: {error}", place=place, hint=_HINT) from error


def _check_module(module: ModuleVersion, place: Place) -> None:
    fault = module_path_fault(module.path)
    if not fault and semver.canonical(module.version) != module.version:
        fault = "its version is not canonical"
    suffix = split_major(module.path)
    fault = fault or (major_fault(module.version, suffix[1]) if suffix else "")
    if fault:
        raise FormatError(f"{module} cannot be a module zip: {fault}", place=place, hint=_HINT)


def _directory_bytes(data: memoryview) -> int:
    """How many bytes the archive says that its central directory has, as zipfile will believe it.

    zipfile keeps an object for each entry, so that the number must be known before it starts.
    """
    tail_at = max(0, len(data) - _END_BYTES - 0xFFFF)
    tail = bytes(data[tail_at:])
    sizes = [0]
    for at in {len(tail) - _END_BYTES, tail.rfind(_END)}:
        if at < 0 or tail[at : at + 4] != _END or len(tail) - at < _END_BYTES:
            continue
        sizes.append(struct.unpack_from("<L", tail, at + 12)[0])
        locator = tail_at + at - _END64_LOCATOR_BYTES
        if locator >= 0 and bytes(data[locator : locator + 4]) == _END64_LOCATOR:
            # Some versions of zipfile take the record right before its locator, others where that points.
            pointed: int = struct.unpack_from("<Q", data, locator + 8)[0]
            records = {locator - _END64_BYTES, pointed}
            sizes += [
                struct.unpack_from("<Q", data, each + 40)[0]
                for each in records
                if 0 <= each <= len(data) - _END64_BYTES
            ]
    return min(max(sizes), len(data))


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name by its stored bytes: zipfile takes names without the UTF-8 flag for code page 437."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.orig_filename
    return entry.orig_filename.encode("cp437").decode()


def _check(
    names: list[str], entries: list[zipfile.ZipInfo], module: ModuleVersion, limits: Limits, place: Place
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
        if directory and entry.file_size:
            fault = fault or "a directory with content"
        if entry.compress_type not in _METHODS or entry.flag_bits & _ENCRYPTED:
            fault = fault or "compressed or encrypted in a way that module zips are not"
        if fault:
            raise FormatError(f"{stored}: {fault}", place=place, hint=_HINT)
        cap = limits.go_mod_bytes if name in ("go.mod", "LICENSE") else limits.module_zip_bytes
        total += entry.file_size
        if entry.file_size > cap or total > limits.module_zip_bytes:
            raise LimitError(
                f"{stored}: module contents too large (limit is {cap} bytes)", place=place, hint=_HINT
            )


def _name_fault(name: str, *, directory: bool, paths: dict[str, tuple[str, bool]]) -> str:
    if posixpath.normpath(name) != name:
        return "file path is not clean"
    base = posixpath.basename(name)
    if not directory and base.lower() == "go.mod" and name != "go.mod":
        return (
            "go.mod files must have lowercase names"
            if base == name
            else "go.mod file not in module root directory"
        )
    return file_path_fault(name) or _collision(name, directory=directory, paths=paths)


def _collision(name: str, *, directory: bool, paths: dict[str, tuple[str, bool]]) -> str:
    """Why `name` or a directory above it clashes with an earlier entry, letter case aside."""
    while name:
        folded = "".join(map(_fold, name))
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


def _fold(character: str) -> str:
    upper = character.upper()
    upper = upper if len(upper) == 1 else character
    lower = upper.lower()
    return lower if len(lower) == 1 else upper


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    left = entry.file_size
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            left -= len(chunk)
    if left:
        raise EOFError("an entry is shorter than it says")
    return digest.hexdigest()


def contents(data: memoryview, names: Collection[str], *, limits: Limits, place: Place) -> dict[str, bytes]:
    """The bytes of some entries of a module zip that `manifest` takes, by name as stored.

    Entries larger than `limits.go_source_header_bytes` are left out. Raises `FormatError` at `place` for a
    zip that cannot be read.
    """
    wanted = frozenset(names)
    try:
        with zipfile.ZipFile(io.BufferedReader(_View(data), _CHUNK)) as archive:
            return {
                name: archive.read(entry)
                for entry in archive.infolist()
                if entry.file_size <= limits.go_source_header_bytes and (name := _name(entry)) in wanted
            }
    except _BROKEN as error:
        raise FormatError(f"the module zip cannot be read: {error}", place=place, hint=_HINT) from error
