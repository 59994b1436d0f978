"""What the SBOM checks share: documents come from accepted attestations alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.statement import SBOM_PREDICATES
from attest.policy.check import ArtifactContext, NoEvidence, Skip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.bom_facts import SbomFacts
    from attest.policy.evidence import Piece

_SHOWN: Final = 3


def accepted(context: ArtifactContext) -> tuple[tuple[Piece, SbomFacts], ...]:
    """Every accepted SBOM about the file, those about several files too.

    Raises `NoEvidence` where an accepted SBOM predicate was not read, since what it says is unknown.
    """
    found = []
    for piece in context.accepted():
        if piece.sbom is not None:
            found.append((piece, piece.sbom))
        elif piece.type in SBOM_PREDICATES:
            raise NoEvidence(
                f"the SBOM in {piece.path} could not be read", "check that its predicate is an SBOM document"
            )
    return tuple(found)


def documents(context: ArtifactContext) -> tuple[tuple[Piece, SbomFacts], ...]:
    """As `accepted`, for the checks of what documents say: without any there is nothing that they could say.

    Raises `Skip` where another check denies the absence, or the policy asks for no SBOM, else `NoEvidence`.
    """
    found = accepted(context)
    if found:
        return found
    section = context.settings("sbom")
    sbom_rules = [rule for rule in context.slot.attestations if set(rule.predicates) <= SBOM_PREDICATES]
    if section.get("required_formats"):
        raise Skip("the file has no accepted SBOM: sbom-missing")
    if sbom_rules:
        raise Skip("the file has no accepted SBOM: attestation-missing")
    if not section.values:
        raise Skip("the policy asks for no SBOM")
    raise NoEvidence(f"{context.file.path} has no accepted SBOM", "attest an SBOM of the file")


def speaks_for(context: ArtifactContext, piece: Piece) -> bool:
    """Tell whether faults of the document in `piece` are told at this file.

    One about several files is judged once, at the first of them, and not again at all others.
    """
    paths = context.release.paths
    return context.file.path == min(paths[digest] for digest in piece.digests if digest in paths)


def is_own(context: ArtifactContext, piece: Piece) -> bool:
    """Tell whether a piece of evidence is about this file alone."""
    return piece.bundle is not None and set(piece.bundle.digests) == {context.sha256}


def own(context: ArtifactContext) -> tuple[tuple[Piece, SbomFacts], ...]:
    """The accepted SBOMs about this file alone."""
    return tuple((piece, facts) for piece, facts in accepted(context) if is_own(context, piece))


def expected(context: ArtifactContext, piece: Piece) -> frozenset[tuple[str, str]] | None:
    """What a true SBOM about all subjects of `piece` names; None where one of them is unknown."""
    known = context.release.expected
    digests = piece.bundle.digests if piece.bundle else ()
    if not all(digest in known for digest in digests):
        return None
    return frozenset().union(*(known[digest] for digest in digests))


def listing(modules: Iterable[tuple[str, str]]) -> str:
    """The first few modules as path@version, and how many more there are."""
    names = sorted(f"{path}@{version}" if version else path for path, version in modules)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
