"""What the SBOM checks share: documents come from accepted attestations alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.statement import CYCLONEDX_PREDICATE, SPDX_PREDICATE
from attest.policy.check import ArtifactContext, NoEvidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.bom_facts import SbomFacts
    from attest.policy.evidence import Piece

_SHOWN: Final = 3
#: Predicate types that carry an SBOM; cosign writes the second without a version.
PREDICATES: Final = frozenset({SPDX_PREDICATE, "https://spdx.dev/Document", CYCLONEDX_PREDICATE})


def asked(context: ArtifactContext) -> bool:
    """Tell whether the policy wants SBOMs of the file, in whatever words."""
    predicates = {each for rule in context.slot.attestations for each in rule.predicates}
    return bool(predicates & PREDICATES or context.settings("sbom").values)


def accepted(context: ArtifactContext) -> tuple[tuple[Piece, SbomFacts], ...]:
    """Every accepted SBOM about the file, those about several files too.

    Raises `NoEvidence` where an accepted SBOM predicate was not read, since what it says is unknown.
    """
    found = []
    for piece in context.accepted():
        if piece.sbom is not None:
            found.append((piece, piece.sbom))
        elif piece.type in PREDICATES:
            raise NoEvidence(
                f"the SBOM in {piece.path} could not be read", "check that its predicate is an SBOM document"
            )
    return tuple(found)


def own(context: ArtifactContext) -> tuple[tuple[Piece, SbomFacts], ...]:
    """The accepted SBOMs about this file alone."""
    return tuple(
        (piece, facts)
        for piece, facts in accepted(context)
        if piece.bundle is not None and set(piece.bundle.digests) == {context.sha256}
    )


def expected(context: ArtifactContext, piece: Piece) -> frozenset[tuple[str, str]]:
    """What a true SBOM about all subjects of `piece` names; `NoEvidence` where one of them is unknown."""
    found: set[tuple[str, str]] = set()
    for digest in piece.bundle.digests if piece.bundle else ():
        if digest not in context.release.expected:
            raise NoEvidence(
                f"the SBOM in {piece.path} has a subject whose modules are unknown ({digest[:16]}…)",
                "attest SBOMs about executables with build information, all of them in the release",
            )
        found |= context.release.expected[digest]
    return frozenset(found)


def listing(modules: Iterable[tuple[str, str]]) -> str:
    """The first few modules as path@version, and how many more there are."""
    names = sorted(f"{path}@{version}" if version else path for path, version in modules)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
