"""An Authenticode signature or its timestamp does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ImageContext) -> Iterator[Fault]:
    """Where there are signatures, each is one by the key of its certificate, and so is its timestamp."""
    context.only("pe")
    if not context.flag("pe.authenticode"):
        raise Skip(f"{context.name} carries no Authenticode signature")
    faults = context.words("pe.authenticode_faults")
    for each in faults:
        yield Fault(
            message=f"an Authenticode signature of {context.name} does not hold: {each}",
            hint="sign the file again",
        )
    if not faults and not context.flag("pe.authenticode_signature"):
        yield Fault(
            message=f"an Authenticode signature of {context.name} does not hold", hint="sign the file again"
        )


CHECK = Check(
    title="An Authenticode signature or its timestamp does not hold",
    sees=ImageContext,
    kind="integrity",
    run=run,
)
