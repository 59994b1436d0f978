"""The module cache contradicts the modules that go.sum proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """The noted hash and the extracted directory of every proven module say what its zip says."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    for proof in context.report.proofs:
        for fault in proof.cache_faults:
            yield Fault(message=fault.message, hint=fault.hint, place=fault.place)


CHECK = Check(
    title="The module cache was modified",
    sees=SourceContext,
    kind="integrity",
    run=run,
    settings=(GO_SUM,),
    default=True,
)
