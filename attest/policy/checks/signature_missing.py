"""A file has no signature by the identity that the policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.evidence import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.evidence import Piece

_OTHER_BYTES: Final = "is about other bytes than these"


def run(context: ArtifactContext) -> Iterator[Fault]:
    """As many different signers of the named identity as asked for have signed the file."""
    rule = context.slot.signatures
    if rule is None:
        raise Skip("the policy asks for no signature on the file itself")
    signatures = [piece for piece in context.pieces() if piece.type == SIGNATURE]
    good = [p for p in signatures if p.status == "accepted" and rule.signer in p.identities]
    signers = {piece.bundle.signer for piece in good if piece.bundle is not None}
    if len(signers) >= rule.min:
        return
    wanted = (
        f"a signature by '{rule.signer}'"
        if rule.min == 1
        else f"signatures by {rule.min} signers of '{rule.signer}'"
    )
    found = _found(context, signatures, len(signers))
    yield Fault(
        message=f"{context.file.path} should have {wanted}, and {found}",
        hint="find out who changed the file after it was signed, before anybody signs it again"
        if found.endswith(_OTHER_BYTES)
        else "sign the file with the key or workflow that the policy names; its trust is in the policy alone",
    )


def _found(context: ArtifactContext, signatures: list[Piece], good: int) -> str:
    """What is there instead: who did sign, or which bundle did not verify."""
    others = sorted({piece.reason for piece in signatures if piece.status != "accepted"})
    if others:
        return (
            f"has one {others[0]}"
            if others[0].startswith("signed by")
            else f"its signature is refused: {others[0]}"
        )
    if good:
        return f"has {good}"
    for piece in context.release.pieces:
        if piece.path == f"{context.file.path}.sigstore.json":
            return f"{piece.path} {_why(piece)}"
    return "has none"


def _why(piece: Piece) -> str:
    """Why the bundle that is named after the file is no signature on it."""
    return f"does not verify: {piece.reason}" if piece.bundle is None else _OTHER_BYTES


CHECK = Check(
    title="A file has no signature by the named identity", sees=ArtifactContext, kind="integrity", run=run
)
