"""Provenance is of a kind of build that the policy does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.provenance import provenances

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The build type of every accepted provenance is named: it tells what the parameters mean."""
    asked = [rule for rule in context.slot.attestations if rule.provenance and rule.provenance.build_types]
    if not asked:
        raise Skip("the policy names no build_types")
    for rule in asked:
        known = rule.provenance.build_types if rule.provenance else ()
        for piece, provenance in provenances(context, rule):
            if provenance.build_type not in known:
                yield Fault(
                    message=f"{piece.path} should be of the build type {' or '.join(known)}, "
                    f"and is of {provenance.build_type}",
                    hint="name it in build_types once it is clear what its parameters mean",
                    names=(piece.path, provenance.build_type),
                )


CHECK = Check(
    title="Provenance is of a kind of build that the policy does not name",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
