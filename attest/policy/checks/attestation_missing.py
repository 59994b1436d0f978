"""A file lacks an attestation that the policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.statement import SBOM_PREDICATES
from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.sboms import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every attestation that the slot asks for is there, by its identity, as often as asked.

    An SBOM about several files is the SBOM of none of them.
    """
    if not context.slot.attestations:
        raise Skip("the policy asks for no attestation")
    for rule in context.slot.attestations:
        of_type = [piece for piece in context.pieces() if piece.type in rule.predicates]
        statements = {
            (piece.bundle.signer, piece.bundle.statement.payload)
            for piece in of_type
            if piece.status == "accepted" and rule.signer in piece.identities
            if piece.bundle is not None and piece.bundle.statement is not None
            if piece.type not in SBOM_PREDICATES or is_own(context, piece)
        }
        if len(statements) >= rule.min:
            continue
        others = sorted({piece.reason for piece in of_type if piece.status != "accepted"})
        found = f"has one {others[0]}" if others else f"has {len(statements) or 'none'}"
        yield Fault(
            message=f"{context.file.path} should have {rule.min} attestation '{rule.name}' "
            f"({' or '.join(rule.predicates)}) by '{rule.signer}', and {found}",
            hint="attest the file with that predicate type, signed as that identity (attest release)",
        )


CHECK = Check(
    title="A file lacks an attestation that the policy asks for",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
