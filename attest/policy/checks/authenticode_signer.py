"""A Windows program is signed by somebody else than declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip
from attest.policy.glob import glob_matches

if TYPE_CHECKING:
    from collections.abc import Iterator


SUBJECTS: Setting[list[str]] = Setting(
    section="windows",
    key="authenticode.subjects",
    annotation=list[str],
    description="Globs of the signer's subject as RFC 4514 writes it; anybody can make such a certificate.",
    pattern=r".+",
    example="CN=Acme*,O=Acme",
)
CERTIFICATES: Setting[list[str]] = Setting(
    section="windows",
    key="authenticode.certificates",
    annotation=list[str],
    description="SHA-256 of certificates: the signer's, or one that issued it and is in the file.",
    pattern=r"[0-9a-f]{64}",
    example="00" * 32,
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every signature is by a signer and under a certificate that the policy names."""
    context.only("pe")
    subjects, certificates = SUBJECTS.of(context), CERTIFICATES.of(context)
    if subjects is None and certificates is None:
        raise Skip("the policy sets neither windows.authenticode.subjects nor .certificates")
    hint = "sign it with the certificate that the policy names, or mend the policy"
    if not context.flag("pe.authenticode"):
        yield Fault(
            message=f"{context.name} should be signed by whom the policy names, and is not", hint=hint
        )
        return
    if not context.flag("pe.authenticode_signature"):
        yield Fault(message=f"who signed {context.name} is not proven: a signature does not hold", hint=hint)
        return
    signers = context.words("pe.authenticode_signers")
    for signer, chain in zip(signers, context.words("pe.authenticode_certificates"), strict=True):
        by = f"{context.name} is signed by {signer}"
        if subjects is not None and not any(glob_matches(each, signer) for each in subjects):
            yield Fault(
                message=f"{by}, which windows.authenticode.subjects does not name",
                hint=hint,
            )
        if certificates is not None and not set(certificates) & set(chain.split()):
            yield Fault(
                message=f"{by}, under no certificate that the policy names",
                hint=hint,
            )


CHECK = Check(
    title="A Windows program is signed by somebody else than declared",
    sees=ImageContext,
    kind="integrity",
    run=run,
    settings=(SUBJECTS, CERTIFICATES),
)
