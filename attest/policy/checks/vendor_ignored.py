"""There is a vendor directory that the build does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.requirements import vendor_unused
from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.vendor_drift import VENDOR

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """The go command builds from vendor/ without being asked to."""
    if context.policy is not None:
        VENDOR.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and vendor-drift denies that")
    if not context.report.vendored:
        raise Skip("the source tree has no vendor directory")
    found = vendor_unused(context.report)
    if found is not None:
        reason, place = found
        yield Fault(
            message=f"vendor/ is not what is built: {reason}",
            hint="remove vendor/, or build with -mod=vendor (in a workspace: with GOWORK=off)",
            place=place,
        )


CHECK = Check(
    title="There is a vendor directory that the build does not use",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(VENDOR,),
    waivable=True,
    default=True,
    severity="info",
)
