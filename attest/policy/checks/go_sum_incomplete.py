"""go.sum is malformed, contradicts itself or lacks lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """The document go.sum has no fault of its own."""
    if context.policy is not None:
        GO_SUM.asked(context)
    for fault in context.report.sum_faults:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)


CHECK = Check(
    title="go.sum is malformed or lacks lines",
    sees=SourceContext,
    kind="integrity",
    run=run,
    settings=(GO_SUM,),
    default=True,
)
