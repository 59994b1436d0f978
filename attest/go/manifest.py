"""Module manifests: the text whose own hash is the h1 of go.sum, so that no module cache is needed.

::

    attest module manifest v1
    module example.com/x v1.0.0
    go.mod bW9kdWxl…                      its go.mod, in base64
    0f3c…  example.com/x@v1.0.0/LICENSE   the SHA-256 and name of every file of its zip, sorted by name
    content cGFja2Fn…                     a file whose content must be known and is not in vendor/, in base64

A manifest vouches for nothing by itself: the h1 of a module's lines must be the one that go.sum has for its
zip, that of go.mod the one of its `/go.mod` line. Contents count by their SHA-256, which must be one of
the lines'. The bytes are the same for the same modules: modules and lines are sorted.

Source of the hash: golang.org/x/mod/sumdb/dirhash (Hash1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.go import dirhash, semver
from attest.go.module_path import file_path_fault, module_path_fault
from attest.go.sums import ProvenLine
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.source import SumProof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine

HEADER: Final = "attest module manifest v1"
_FILE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_MODULE: Final = re.compile(r"module ([^ ]+) ([^ ]+)")
_HINT: Final = "write it again with `attest check --write-manifest`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleManifest:
    """What a manifest says of one module.

    `files` are names, as stored in the module zip, and SHA-256 (hexadecimal), sorted; empty where only the
    go.mod is told. `go_mod` is None where it is not. `contents` are bytes of some of the files.
    """

    module: ModuleVersion
    files: tuple[tuple[str, str], ...] = ()
    go_mod: bytes | None = None
    contents: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Open:
    """A module whose lines are being read; the lines come in the order go.mod, files, contents."""

    module: ModuleVersion
    files: list[tuple[str, str]] = field(default_factory=list)
    go_mod: bytes | None = None
    contents: list[bytes] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)
    last: str = ""


def write(modules: Iterable[ModuleManifest]) -> bytes:
    """The text of a manifest; raises `FormatError` for a file name that no line can hold."""
    return b"".join(_written(modules))


def _written(modules: Iterable[ModuleManifest]) -> Iterator[bytes]:
    yield f"{HEADER}\n".encode()
    for each in sorted(modules, key=lambda one: one.module):
        yield f"module {each.module.path} {each.module.version}\n".encode()
        if each.go_mod is not None:
            yield b"go.mod " + base64.b64encode(each.go_mod) + b"\n"
        for name, sha256 in sorted(each.files):
            if "\n" in name:
                raise FormatError(f"{name!r}: a name with a line feed", hint="rename the file")
            yield f"{sha256}  {name}\n".encode()
        for content in sorted(set(each.contents), key=_sha256):
            yield b"content " + base64.b64encode(content) + b"\n"


def parse(data: bytes, file: str, *, limits: Limits = DEFAULT_LIMITS) -> dict[ModuleVersion, ModuleManifest]:
    """The modules of a manifest.

    Only the very bytes that `write` gives are taken: raises `FormatError` at the first line that is not in
    the format or not in order, and `LimitError` above `limits.module_manifest_bytes` or `module_zip_entries`.
    """
    if len(data) > limits.module_manifest_bytes:
        raise LimitError(f"larger than {limits.module_manifest_bytes} bytes", place=Place(file=file))
    found: dict[ModuleVersion, ModuleManifest] = {}
    current: _Open | None = None
    last: ModuleVersion | None = None
    for number, line in enumerate(_lines(data, file), start=1):
        place = Place(file=file, line=number)
        if number == 1:
            if line != HEADER:
                raise FormatError(f'does not begin with "{HEADER}"', place=place, hint=_HINT)
        elif match := _MODULE.fullmatch(line):
            _close(current, found)
            current = _Open(_module(match[1], match[2], place))
            if last is not None and current.module <= last:
                raise FormatError(f"{current.module} is not in order", place=place, hint=_HINT)
            last = current.module
        elif current is None:
            raise FormatError("no line `module path version` before it", place=place, hint=_HINT)
        else:
            _read(current, line, place, limits)
    _close(current, found)
    return found


def _lines(data: bytes, file: str) -> Iterator[str]:
    """The lines one by one; the text as a whole may be large."""
    start = number = 0
    while number == 0 or start < len(data):
        number += 1
        end = data.find(b"\n", start)
        place = Place(file=file, line=number)
        if end < 0:
            raise FormatError("the last line does not end", place=place, hint=_HINT)
        try:
            yield data[start:end].decode()
        except UnicodeDecodeError as error:
            raise FormatError("invalid UTF-8", place=place, hint=_HINT) from error
        start = end + 1


def _module(path: str, version: str, place: Place) -> ModuleVersion:
    fault = module_path_fault(path)
    if not fault and semver.canonical(version) != version:
        fault = "its version is not canonical"
    if fault:
        raise FormatError(f"{path}@{version} is no module: {fault}", place=place, hint=_HINT)
    return ModuleVersion(path=path, version=version)


def _read(current: _Open, line: str, place: Place, limits: Limits) -> None:
    verb, _, value = line.partition(" ")
    if match := _FILE.fullmatch(line):
        sha256, name = match.groups()
        _in_order(current, f"2 {name}", place)
        prefix = f"{current.module}/"
        fault = "" if name.startswith(prefix) else f'it does not begin with "{prefix}"'
        if name != prefix:
            fault = fault or file_path_fault(name[len(prefix) :].removesuffix("/"))
        if fault:
            raise FormatError(f"{name!r} is no file of the module: {fault}", place=place, hint=_HINT)
        if len(current.files) >= limits.module_zip_entries:
            raise LimitError(f"more than {limits.module_zip_entries} files in a module", place=place)
        current.files.append((name, sha256))
        current.hashes.add(sha256)
    elif verb == "go.mod":
        _in_order(current, "1", place)
        current.go_mod = _bytes(value, place)
        if len(current.go_mod) > limits.go_mod_bytes:
            raise LimitError(f"a go.mod larger than {limits.go_mod_bytes} bytes", place=place)
    elif verb == "content":
        content = _bytes(value, place)
        sha256 = _sha256(content)
        _in_order(current, f"3 {sha256}", place)
        if sha256 not in current.hashes:
            raise FormatError("the content of no file of the module", place=place, hint=_HINT)
        current.contents.append(content)
    else:
        raise FormatError("no line of a module manifest", place=place, hint=_HINT)


def _in_order(current: _Open, key: str, place: Place) -> None:
    if current.last >= key:
        raise FormatError("the line is not in order, or stands there twice", place=place, hint=_HINT)
    current.last = key


def _bytes(value: str, place: Place) -> bytes:
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("invalid base64", place=place, hint=_HINT) from error
    if base64.b64encode(data).decode() != value:
        raise FormatError("base64 that is not in its one form", place=place, hint=_HINT)
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _close(current: _Open | None, found: dict[ModuleVersion, ModuleManifest]) -> None:
    if current:
        found[current.module] = ModuleManifest(
            module=current.module,
            files=tuple(current.files),
            go_mod=current.go_mod,
            contents=tuple(current.contents),
        )


def prove(line: GoSumLine, module: ModuleManifest, *, needed: bool) -> ProvenLine | None:
    """Compare one line of go.sum with what a manifest says; None where it says nothing of the line.

    What does not match is a mismatch, never just absent.
    """
    if line.kind == "zip":
        computed = dirhash.h1(module.files) if module.files else ""
    else:
        computed = dirhash.go_mod(module.go_mod) if module.go_mod is not None else ""
    if not computed:
        return None
    matches = computed == line.hash
    return ProvenLine(
        proof=SumProof(
            module=line.module,
            kind=line.kind,
            recorded=line.hash,
            computed=computed,
            status="match" if matches else "mismatch",
            place=line.place,
            needed=needed,
        ),
        manifest=module.files if matches and line.kind == "zip" else (),
    )
