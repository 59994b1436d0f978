"""An Authenticode signature is over another file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.policy.check import Check, Fault, ImageContext, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGEST: Final = "its digest is not that of its signature"
_PAGES: Final = "its pages are not those of its signature"


def run(context: ImageContext) -> Iterator[Fault]:
    """Where there are signatures, the digest in each is that of the file."""
    context.only("pe")
    if not context.flag("pe.authenticode"):
        raise Skip(f"{context.name} carries no Authenticode signature")
    if not context.flag("pe.authenticode_digest"):
        yield Fault(
            message=f"{context.name} was changed after it was signed: {_DIGEST}",
            hint="take the file as it was signed, or sign it again",
        )
    elif context.report.fact("pe.authenticode_page_hashes") is False:
        yield Fault(
            message=f"{context.name} was changed after it was signed: {_PAGES}",
            hint="take the file as it was signed, or sign it again",
        )


CHECK = Check(
    title="An Authenticode signature is over another file",
    sees=ImageContext,
    kind="integrity",
    run=run,
)
