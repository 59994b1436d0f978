"""Hashes of modules that an SBOM tells, held against those that an executable was built with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.sbom.identity import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.binary import BinaryReport
    from attest.model.bom_facts import SbomFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSum:
    """A module (path@version) of which the document tells one h1 hash, and the executable others (sorted)."""

    module: str
    told: str
    there: tuple[str, ...]


def other_sums(facts: SbomFacts, report: BinaryReport) -> Iterator[OtherSum]:
    """The modules of the executable of which the document tells another hash, sorted.

    A module that was built without one (vendored, or from a directory) contradicts nothing.
    """
    known: dict[tuple[str, str], set[str]] = {}
    for image in report.images:
        for module in map(compiled, image.build_info.deps if image.build_info else ()):
            known.setdefault(module.key, set()).update(filter(None, [module.sum]))
    for path, version, h1 in sorted(facts.sums):
        there = known.get((path, version))
        if there and h1 not in there:
            yield OtherSum(module=f"{path}@{version}", told=h1, there=tuple(sorted(there)))
