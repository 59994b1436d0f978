"""What the module cache says of a module besides its zip: the noted hash and the extracted directory.

The go command compiles the extracted directory and compares only the noted hash with go.sum, so that either
can be changed unseen. Sources: cmd/go/internal/modfetch/cache.go (DownloadDir), fetch.go (checkMod);
cmd/go/internal/modcmd/verify.go.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, ReadError
from attest.go import dirhash, module_zip
from attest.go.module_path import escape_path, escape_version
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, ModuleVersion
    from attest.model.ports import Tree

_CHANGED_HINT: Final = (
    "find out who changed the module cache; then run `go clean -modcache` and `go mod download`"
)
_SHOWN: Final = 64  # characters of a noted hash that a message repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One thing in the cache that has a hash of the module.

    `hash` is "" where `error` says why there is none. `manifest` gives name and SHA-256 of each file of the
    directory, and is empty for a noted hash.
    """

    place: Place
    hash: str = ""
    manifest: tuple[tuple[str, str], ...] = ()
    error: AttestError | None = None


class Twins:
    """Hashes the entries of a module's zip and holds each against its file in the extracted directory.

    Equal bytes have equal hashes, so that those of the directory are hashed only where they differ.
    """

    def __init__(self, cache: Tree, module: ModuleVersion) -> None:
        """Compare with the extracted directory of `module`, whose path and version must be valid."""
        self._cache = cache
        self._root = _root(module)
        self._prefix = len(str(module))
        self.known: dict[str, tuple[int, str]] = {}

    def digest(self, name: str, pieces: Iterable[bytes | memoryview]) -> str:
        """The SHA-256 (hexadecimal) of an entry; `known` has it too where the file has the same bytes."""
        file = self._root + name[self._prefix :]
        sha256 = ""
        same = False
        size = 0
        try:
            with self._cache.open(file) as opened:
                size = opened.size
                sha256, same = _compare(pieces, opened.data)
            if same:
                self.known[file] = (size, sha256)
        except ReadError:
            pass  # whoever reads the directory says so
        return sha256 or module_zip.sha256(name, pieces)


def _compare(pieces: Iterable[bytes | memoryview], data: memoryview) -> tuple[str, bool]:
    digest = hashlib.sha256()
    at = 0
    same = True
    for piece in pieces:
        digest.update(piece)
        # Copies are compared: Python compares views byte by byte.
        same = same and bytes(data[at : at + len(piece)]) == bytes(piece)
        at += len(piece)
    return digest.hexdigest(), same and at == len(data)


def _root(module: ModuleVersion) -> str:
    return f"{escape_path(module.path)}@{escape_version(module.version)}"


def noted(cache: Tree, stem: str, limits: Limits) -> Witness | None:
    """The hash noted in `stem`.ziphash; None where there is none. Nothing is raised for bad content."""
    name = f"{stem}.ziphash"
    if not cache.exists(name):
        return None
    place = Place(file=f"{cache.label}/{name}")
    try:
        return Witness(place=place, hash=cache.read(name, limits.ziphash_bytes).decode("ascii", "replace"))
    except AttestError as error:
        return Witness(place=place, error=error)


def list_extracted(
    cache: Tree, module: ModuleVersion, stem: str, limits: Limits
) -> dirhash.Listing | AttestError | None:
    """The files of the extracted directory, or why they cannot be listed; None where it is not there.

    One with a .partial marker is not there for the go command, which extracts the zip again. The module's
    path and version must be valid.
    """
    root = _root(module)
    if cache.exists(f"{stem}.partial") or not cache.exists(root):
        return None
    try:
        return dirhash.listing(cache, root, limits=limits)
    except AttestError as error:
        return error


def extracted(
    cache: Tree, module: ModuleVersion, listed: dirhash.Listing | AttestError | None, twins: Twins | None
) -> Witness | None:
    """The extracted directory as it was `listed`; `twins` may know hashes of its files."""
    if listed is None:
        return None
    root = _root(module)
    place = Place(file=f"{cache.label}/{root}")
    if isinstance(listed, AttestError):
        return Witness(place=place, error=listed)
    try:
        manifest = dirhash.directory(cache, listed, root, str(module), known=twins.known if twins else {})
        return Witness(place=place, hash=dirhash.h1(manifest), manifest=manifest)
    except AttestError as error:
        return Witness(place=place, error=error)


def faults(
    line: GoSumLine,
    manifest: tuple[tuple[str, str], ...],
    noted: Witness | None,
    extracted: Witness | None,
) -> tuple[SourceFault, ...]:
    """How the noted hash and the extracted directory contradict a module that the line of go.sum proves.

    `manifest` is that of the proven bytes; directory entries of a zip count for nothing: they are not
    extracted.
    """
    found: list[SourceFault] = []
    if noted and noted.error:
        found.append(_unusable(line.module, "the .ziphash", noted, noted.error))
    elif noted and noted.hash != line.hash:
        found.append(
            SourceFault(
                message=f"the .ziphash of {line.module} says {noted.hash[:_SHOWN]!r}, "
                f"and the module's bytes and go.sum agree on {line.hash}",
                place=noted.place,
                hint="find out who changed the module cache; "
                "the go command writes the file again once it is removed",
            )
        )
    if extracted and extracted.error:
        found.append(_unusable(line.module, "the extracted directory", extracted, extracted.error))
    elif extracted:
        found += _differences(line.module, manifest, extracted)
    return tuple(found)


def _unusable(module: ModuleVersion, what: str, witness: Witness, error: AttestError) -> SourceFault:
    return SourceFault(
        message=f"{what} of {module} cannot be compared: {error.message}",
        place=error.place or witness.place,
        hint=error.hint or _CHANGED_HINT,
    )


def _differences(
    module: ModuleVersion, manifest: tuple[tuple[str, str], ...], extracted: Witness
) -> list[SourceFault]:
    wanted = {name: digest for name, digest in manifest if not name.endswith("/")}
    there = dict(extracted.manifest)
    different = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if not different:
        return []
    first, others = different[0], len(different) - 1
    what = "differs" if first in wanted and first in there else "is added" if first in there else "is missing"
    more = f" (and {others} more {'files' if others > 1 else 'file'})" if others else ""
    name = first.removeprefix(f"{module}/")
    return [
        SourceFault(
            message=f"{name}{more} {what} in the extracted directory of {module}, and zip and go.sum agree",
            place=Place(file=f"{extracted.place.file}/{name}"),
            hint=_CHANGED_HINT,
        )
    ]


def odd_one(line: GoSumLine, zipped: str | None, noted: Witness | None, extracted: Witness | None) -> str:
    """Which of the four stands alone where a module is not what its line says; "" where that is open.

    `zipped` is the hash of the zip, "" for one that is no module, None where there is none.
    """
    hashes = {"the zip": zipped} if zipped is not None else {}
    hashes |= {
        name: each.hash
        for name, each in (("the .ziphash", noted), ("the extracted directory", extracted))
        if each
    }
    agreeing = [name for name, found in hashes.items() if found == line.hash]
    odd = [name for name in hashes if name not in agreeing]
    if agreeing:
        return f"{_and(odd)} stands alone: {_and([*agreeing, 'go.sum'])} agree" if not odd[1:] else ""
    if len(hashes) > 1 and len(set(hashes.values())) == 1 and "" not in hashes.values():
        return f"the line of go.sum stands alone: {_and(list(hashes))} agree"
    return ""


def _and(names: list[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))
