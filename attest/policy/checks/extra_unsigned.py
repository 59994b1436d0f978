"""An extra has no signature by the identity that the policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext, Skip
from attest.policy.evidence import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every extra with a signer is signed by it; checksums files are left to `checksums-mismatch`."""
    asked = [(e, file) for e, file in context.binding.extras if e.signer and e.kind != "checksums"]
    if not asked:
        raise Skip("the policy asks for no signature on an extra that is no checksums file")
    for extra, file in asked:
        if file is None:
            continue  # artifact-missing says so
        digest = file.identity.sha256 if file.identity is not None else None
        if not any(
            piece.status == "accepted"
            and piece.type == SIGNATURE
            and digest in piece.digests
            and extra.signer in piece.identities
            for piece in context.pieces
        ):
            yield Fault(
                message=f"{extra.path} should be signed by '{extra.signer}', "
                "and no accepted signature on it is",
                hint="find out where the file comes from, then sign it with what the policy names",
                subject=extra.path,
            )


CHECK = Check(
    title="An extra has no signature by the named identity",
    sees=ReleaseContext,
    kind="integrity",
    run=run,
)
