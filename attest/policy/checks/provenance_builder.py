"""Provenance names a builder that its signer does not speak for, or one of too low a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.provenance import provenances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.evidence import Piece
    from attest.policy.model import BuilderRule


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The builder of every accepted provenance is one of its signer's, of the level that is asked for.

    The name in the provenance proves nothing by itself: whoever signs may write any. It counts where the
    policy binds it to the signing identity, or where the certificate names the same (SLSA, verifying
    artifacts, step 1).
    """
    asked = [rule for rule in context.slot.attestations if rule.provenance and rule.provenance.level]
    if not asked:
        raise Skip("the policy asks for no level of provenance")
    for rule in asked:
        level = (rule.provenance.level if rule.provenance else None) or 0
        for piece, provenance in provenances(context, rule):
            mine = [each for each in context.release.policy.builders if each.identity == rule.signer]
            levels = [each.level for each in mine if provenance.builder_id in _names(each, piece)]
            if not levels:
                yield Fault(
                    message=f"{piece.path} should name a builder that '{rule.signer}' speaks for, "
                    f"and names {provenance.builder_id}",
                    hint="name it under builders if it is meant; that provenance says it proves nothing",
                    names=(piece.path, provenance.builder_id),
                )
            elif max(levels) < level:
                yield Fault(
                    message=f"{piece.path} should be by a builder of SLSA Build level {level}, "
                    f"and {provenance.builder_id} has level {max(levels)}",
                    hint="build with one that is isolated from the build's own steps, or lower the level",
                    names=(piece.path, provenance.builder_id),
                )


def _names(builder: BuilderRule, piece: Piece) -> tuple[str, ...]:
    """The names that the builder goes by in a provenance that this signer signed."""
    claims = dict(piece.bundle.signer.claims) if piece.bundle else {}
    certified = claims.get("build_signer_uri", "") if builder.certified else ""
    return (*builder.ids, certified) if certified else builder.ids


CHECK = Check(
    title="Provenance names a builder that its signer does not speak for, or one of too low a level",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
