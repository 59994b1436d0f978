"""What the checks of provenance share: every accepted one of a rule, read.

One that is wrong denies, however many beside it are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.intoto.predicates.read import read_predicate
from attest.model.provenance import Provenance
from attest.policy.check import ArtifactContext, NoEvidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.evidence import Piece
    from attest.policy.model import AttestationRule


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
