"""The SHA-256 of module zips, of those that are proven to be what was compiled.

A zip in the module cache tells something about a component only where its h1 hash is the component's: both
are computed from the same bytes. The h1 itself is the SHA-256 of no file.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.go import sums
from attest.model.bom import ComponentFiles
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from attest.sbom.licenses import with_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.bom import Bom, BomComponent
    from attest.model.ports import Tree
    from attest.model.source import SumProof


@dataclass(slots=True, kw_only=True)
class ZipDigests:
    """Hashes the zips of `modcache`, each once. `proofs` are of zips that were hashed in this run already."""

    modcache: Tree | None
    proofs: Iterable[SumProof] = ()
    limits: Limits = DEFAULT_LIMITS
    _known: dict[tuple[ModuleVersion, str], str] = field(init=False)

    def __post_init__(self) -> None:
        """Take what is proven."""
        self._known = {
            (each.module, each.computed): each.zip_sha256
            for each in self.proofs
            if each.kind == "zip" and each.status == "match"
        }

    def describe(self, bom: Bom) -> Bom:
        """`bom` with the SHA-256 of the zip of each module whose zip is there and has the module's hash."""
        asked = {each.ref: key for each in bom.components if (key := _key(each))}
        new = sorted({*asked.values()} - self._known.keys())
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            self._known.update(zip(new, pool.map(self._read, new), strict=True))
        return with_files(
            bom,
            {
                ref: ComponentFiles(zip_sha256=digest, evidence=("module-zip",))
                for ref, key in asked.items()
                if (digest := self._known[key])
            },
        )

    def _read(self, key: tuple[ModuleVersion, str]) -> str:
        """The digest of a zip with that hash, "" where there is none that can be read."""
        module, h1 = key
        line = GoSumLine(module=module, kind="zip", hash=h1, place=Place(file=str(module)))
        try:
            name = sums.cache_name(line)
            if self.modcache is None or not self.modcache.exists(name):
                return ""
            with self.modcache.open(name) as file:
                proven = sums.prove_bytes(
                    line, file.data, Place(file=name), needed=False, limits=self.limits, digest=True
                )
        except AttestError:
            return ""
        return proven.proof.zip_sha256


def _key(component: BomComponent) -> tuple[ModuleVersion, str] | None:
    if component.kind != "module" or component.directory or not (component.version.value and component.sum):
        return None
    return ModuleVersion(path=component.name, version=component.version.value), component.sum
