"""go.sum has lines that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """Every line of go.sum is for a version that something requires, proves something, and stands once."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    report = context.report
    for fault in report.sum_untidy:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)
    if not report.sum_untidy and report.superfluous_unknown:
        raise Skip(report.superfluous_unknown)


CHECK = Check(
    title="go.sum has lines that nobody needs",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_SUM,),
    waivable=True,
    default=True,
    severity="info",
)
