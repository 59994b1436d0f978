"""An SBOM file of the release is vouched for by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext, Skip
from attest.policy.discover import canonical
from attest.policy.evidence import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every SBOM file equals, as a JSON value, an accepted predicate, or carries an accepted signature.

    One in a form that is no JSON can equal none.
    """
    if not context.binding.sboms:
        raise Skip("no SBOM file is in the release")
    accepted = [piece for piece in context.pieces if piece.status == "accepted"]
    predicates = {
        canonical(dict(piece.bundle.statement.predicate))
        for piece in accepted
        if piece.bundle is not None and piece.bundle.statement is not None and piece.sbom is not None
    }
    signed = {digest for piece in accepted if piece.type == SIGNATURE for digest in piece.digests}
    for file, document in context.binding.sboms:
        if file.identity is not None and file.identity.sha256 in signed:
            continue
        if document is None:
            yield Fault(
                message=f"{file.path} should be signed, and is not: it is no JSON, "
                "which alone an attestation holds",
                hint="sign the file, or remove it",
                subject=file.path,
            )
        elif canonical(document) not in predicates:
            yield Fault(
                message=f"{file.path} should be the SBOM of an accepted attestation or be signed, "
                "and is neither",
                hint="attest the document as it is, or remove the file",
                subject=file.path,
            )


CHECK = Check(
    title="An SBOM file is neither attested nor signed", sees=ReleaseContext, kind="integrity", run=run
)
