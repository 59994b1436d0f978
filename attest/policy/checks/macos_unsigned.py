"""An executable does not carry the kind of code signature that the policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting
from attest.policy.macos import ROOT, distrusted, signature

if TYPE_CHECKING:
    from collections.abc import Iterator


SIGNATURE: Setting[str] = Setting(
    section="macos",
    key="signature",
    annotation=Literal["ad-hoc", "certificate", "developer-id"],
    description=(
        "ad-hoc: signed at all. certificate: with a certificate that leads to macos.root. "
        "developer-id: with a Developer ID certificate of Apple."
    ),
)
_KINDS = {
    "ad-hoc": "signed",
    "certificate": "signed with a certificate",
    "developer-id": "signed with a Developer ID",
}


def run(context: ImageContext) -> Iterator[Fault]:
    """There is a code signature, of a certificate that counts where one is asked for."""
    wanted = SIGNATURE.asked(context)
    kind = signature(context)
    should = f"{context.name} should be {_KINDS[wanted]}, and"
    if kind == "none":
        why = "has no code signature"
    elif wanted == "ad-hoc":
        return
    elif kind != "cms":
        why = "is signed ad hoc"
    else:
        why = distrusted(context)
        if not why and wanted == "developer-id" and not context.flag("macho.developer_id"):
            why = f"its certificate is no Developer ID: {context.words('macho.certificates')[0]}"
    if why:
        yield Fault(
            message=f"{should} {why}",
            hint="sign with codesign after linking, and change nothing in the file afterwards",
        )


CHECK = Check(
    title="An executable lacks the code signature that is asked for",
    sees=ImageContext,
    kind="integrity",
    run=run,
    settings=(SIGNATURE, ROOT),
)
