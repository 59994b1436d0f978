"""What the checks of verification summaries share: those that are accepted, and what is wrong with each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.intoto.predicates.read import read_predicate
from attest.intoto.predicates.vsa import VerificationSummary
from attest.model.statement import VSA_PREDICATE
from attest.policy.check import ArtifactContext, NoEvidence, Skip

if TYPE_CHECKING:
    from datetime import datetime

    from attest.policy.evidence import Piece
    from attest.policy.model import SummaryRule

_LEVEL: Final = re.compile(r"(SLSA_[A-Z]+_LEVEL_)([0-9])")


def asked(context: ArtifactContext) -> tuple[SummaryRule, ...]:
    """The verifiers that the policy accepts; `Skip` where it asks for no summary."""
    if not context.release.policy.summaries:
        raise Skip("the policy sets no vsa")
    return context.release.policy.summaries


def summaries(context: ArtifactContext) -> list[tuple[Piece, VerificationSummary]]:
    """Every accepted summary about the file; `NoEvidence` where one cannot be read."""
    found = []
    for piece in context.accepted():
        if piece.type != VSA_PREDICATE or piece.bundle is None or piece.bundle.statement is None:
            continue
        try:
            summary = read_predicate(piece.bundle.statement, piece.path)
        except AttestError as error:
            raise NoEvidence(
                f"the summary in {piece.path} cannot be read: {error.message}", "make it again"
            ) from error
        if isinstance(summary, VerificationSummary):
            found.append((piece, summary))
    return found


def mine(rule: SummaryRule, piece: Piece, summary: VerificationSummary) -> bool:
    """Tell whether a summary is by the verifier of the rule, and signed for it."""
    return rule.signer in piece.identities and summary.verifier == rule.verifier


def lacking(rule: SummaryRule, piece: Piece, summary: VerificationSummary, now: datetime) -> str:
    """What a summary of the rule's verifier lacks, "" where it is as asked."""
    missing = [each for each in rule.levels if not any(_reaches(level, each) for level in summary.levels)]
    if missing:
        return f"does not say {' and '.join(missing)}"
    if rule.max_age is None:
        return ""
    times = piece.bundle.times if piece.bundle else ()
    if not times:
        raise NoEvidence(
            f"nothing proves when {piece.path} was signed, and vsa.max_age asks",
            "sign with a timestamp or a transparency log",
        )
    return "" if now - min(times) <= rule.max_age else f"was signed on {min(times):%Y-%m-%d}, too long ago"


def _reaches(level: str, wanted: str) -> bool:
    """Tell whether a level is the wanted one or a higher one of its track."""
    one, other = _LEVEL.fullmatch(level), _LEVEL.fullmatch(wanted)
    if one and other:
        return one[1] == other[1] and int(one[2]) >= int(other[2])
    return level == wanted
