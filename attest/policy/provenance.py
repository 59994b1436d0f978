"""What the checks of provenance share: every accepted one of a rule, read.

One that is wrong denies, however many beside it are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.intoto.predicates.read import read_predicate
from attest.model.provenance import Provenance
from attest.policy.check import ArtifactContext, NoEvidence

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from attest.policy.evidence import Piece
    from attest.policy.model import AttestationRule

#: The checks that must have passed on a file before its provenance proves a level.
LEVEL_CHECKS: Final = frozenset({"attestation-missing", "provenance-builder"})


def accepted(context: ArtifactContext, rule: AttestationRule) -> tuple[Piece, ...]:
    """The statements about the file that count for the rule."""
    return tuple(
        piece
        for piece in context.accepted()
        if piece.type in rule.predicates and rule.signer in piece.identities
    )


def provenances(context: ArtifactContext, rule: AttestationRule) -> Iterator[tuple[Piece, Provenance]]:
    """The provenance about the file that counts for the rule; `NoEvidence` where one cannot be read."""
    for piece in accepted(context, rule):
        statement = piece.bundle.statement if piece.bundle else None
        try:
            found = read_predicate(statement, piece.path) if statement else None
        except AttestError as error:
            raise NoEvidence(
                f"the provenance in {piece.path} cannot be read: {error.message}", "make it again"
            ) from error
        if isinstance(found, Provenance):
            yield piece, found


def proven_level(context: ArtifactContext, passed: Container[str]) -> int | None:
    """The SLSA Build level that the policy asks for and accepted provenance about the file proves.

    `passed` are the checks that passed on the file. None where a check of `LEVEL_CHECKS` is not among them
    (one that `when` leaves out did not pass), or where no rule with a level has accepted provenance.
    """
    if any(each not in passed for each in LEVEL_CHECKS):
        return None
    levels = [
        rule.provenance.level
        for rule in context.slot.attestations
        if rule.provenance and rule.provenance.level and any(provenances(context, rule))
    ]
    return max(levels, default=None)
