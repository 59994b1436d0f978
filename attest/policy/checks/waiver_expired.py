"""A waiver of the policy has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, VerdictContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: VerdictContext) -> Iterator[Fault]:
    """Every waiver holds on the day of the run, whether it waives something or not."""
    if not context.policy.waivers:
        raise Skip("the policy has no waivers")
    for waiver in context.policy.waivers:
        if context.now > waiver.expires:
            yield Fault(
                message=f"the waiver {waiver.id} of {waiver.check} should hold today, "
                f"and ended on {waiver.expires:%Y-%m-%d}",
                hint=f"mend what it waived and remove it (line {waiver.place.line} of the policy), "
                "or decide anew and give it a later date",
                names=(waiver.id,),
            )


CHECK = Check(
    title="A waiver of the policy has ended",
    sees=VerdictContext,
    kind="integrity",
    run=run,
)
