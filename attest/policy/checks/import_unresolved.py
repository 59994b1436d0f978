"""An import of the source leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, NoEvidence, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """Every import of what is built leads to a package."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    for fault in context.report.import_faults:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)
    if unproven := context.report.graph_unproven:
        raise NoEvidence(f"the module graph could not be read: {unproven.message}", unproven.hint)


CHECK = Check(
    title="An import of the source leads nowhere",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_SUM,),
    waivable=True,
    default=True,
)
