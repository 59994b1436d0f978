"""There is a go.work, and not the workspace but one module of it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """A go.work that lies at the root is what the build obeys."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    fault = context.report.work_unused
    if fault is not None:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)


CHECK = Check(
    title="There is a go.work that is not what is judged",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_SUM,),
    waivable=True,
    default=True,
    severity="info",
)
