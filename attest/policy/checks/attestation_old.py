"""An attestation was signed longer ago than the policy allows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Skip
from attest.policy.provenance import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every accepted attestation of a rule with `max_age` has a verified time of signing within it.

    Of several times the earliest counts: signing began then at the latest.
    """
    asked = [rule for rule in context.slot.attestations if rule.max_age is not None]
    if not asked:
        raise Skip("the policy sets no max_age for an attestation")
    for rule in asked:
        for piece in accepted(context, rule):
            times = piece.bundle.times if piece.bundle else ()
            if not times:
                raise NoEvidence(
                    f"nothing proves when {piece.path} was signed, and attestations.{rule.name}.max_age asks",
                    "sign with a timestamp or a transparency log",
                )
            age = context.release.now - min(times)
            if rule.max_age is not None and age > rule.max_age:
                yield Fault(
                    message=f"{piece.path} should have been signed in the last {_told(rule.max_age)}, "
                    f"and was on {min(times):%Y-%m-%d}",
                    hint="attest the file again, or raise max_age",
                    names=(piece.path,),
                )


def _told(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"


CHECK = Check(
    title="An attestation was signed longer ago than the policy allows",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
